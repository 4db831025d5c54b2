"""The classes that a file without code may hold."""

from __future__ import annotations

from collections.abc import Sequence

from keraswrap.ensembles import DeepEnsembleClassifier, DeepEnsembleRegressor
from keraswrap.selective import SelectiveClassifier
from keraswrap.text import TransformerClassifier, TransformerRegressor
from keraswrap.wrappers import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

__all__ = ["ENSEMBLES", "PLAIN", "SELECTIVE", "TEXTS", "held_by", "one_of"]

WRAPPERS: tuple[type, ...] = (KerasWrapperModel, KerasWrapperSequential, KerasWrapperRegressor)
TEXTS: tuple[type, ...] = (TransformerClassifier, TransformerRegressor)
# Those that train a net themselves; of the others, a file holds files of these.
PLAIN = (*WRAPPERS, *TEXTS)
ENSEMBLES: tuple[type, ...] = (DeepEnsembleClassifier, DeepEnsembleRegressor)
SELECTIVE: tuple[type, ...] = (SelectiveClassifier,)


def held_by(kind: type | None) -> tuple[type, ...]:
    """Return the classes whose files a file of a class may hold; none if it trains a net itself.

    Examples
    --------
    >>> held_by(KerasWrapperModel), held_by(DeepEnsembleClassifier) == PLAIN
    ((), True)
    """
    if kind in SELECTIVE:
        return (*PLAIN, *ENSEMBLES)
    return PLAIN if kind in ENSEMBLES else ()


def one_of(kinds: Sequence[type]) -> str:
    """Say that it is one of some classes.

    Examples
    --------
    >>> one_of([int, str])
    'one of int, str'
    """
    return f"one of {', '.join(kind.__name__ for kind in kinds)}"
