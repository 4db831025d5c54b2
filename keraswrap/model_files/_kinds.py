"""The classes that a file without code may hold."""

from __future__ import annotations

from collections.abc import Sequence

from keraswrap.ensembles import DeepEnsembleClassifier, DeepEnsembleRegressor
from keraswrap.selective import SelectiveClassifier
from keraswrap.text import TransformerClassifier, TransformerRegressor
from keraswrap.wrappers import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

__all__ = ["ENSEMBLES", "PLAIN", "SELECTIVE", "TEXTS", "one_of"]

WRAPPERS: tuple[type, ...] = (KerasWrapperModel, KerasWrapperSequential, KerasWrapperRegressor)
TEXTS: tuple[type, ...] = (TransformerClassifier, TransformerRegressor)
# Those that train a net themselves; of the others, a file holds files of these.
PLAIN = (*WRAPPERS, *TEXTS)
ENSEMBLES: tuple[type, ...] = (DeepEnsembleClassifier, DeepEnsembleRegressor)
SELECTIVE: tuple[type, ...] = (SelectiveClassifier,)


def one_of(kinds: Sequence[type]) -> str:
    """Say that it is one of some classes.

    Examples
    --------
    >>> one_of([int, str])
    'one of int, str'
    """
    return f"one of {', '.join(kind.__name__ for kind in kinds)}"
