"""What a net is trained on: y in, predictions out.

`Target` declares every step of a fit that depends on what y is. Each kind has a
file: `classes`, `ordered`, `indicators`, `positions`, `numbers`, `gaussian`; `labels`
and `cells` are the pure functions below them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from keraswrap._targets.base import ClassTarget, Target
from keraswrap._targets.classes import Classes
from keraswrap._targets.gaussian import Gaussian
from keraswrap._targets.indicators import Indicators, check_indicator, is_indicator
from keraswrap._targets.labels import check_labels, encode
from keraswrap._targets.numbers import Numbers, check_numbers
from keraswrap._targets.ordered import Ordered
from keraswrap._targets.positions import Positions
from keraswrap.exceptions import ParameterError

_Kind = TypeVar("_Kind", bound=Target)

__all__ = [
    "ClassTarget",
    "Classes",
    "Indicators",
    "Numbers",
    "Target",
    "check_indicator",
    "check_labels",
    "check_numbers",
    "choose_classes",
    "choose_numbers",
    "encode",
    "restore_target",
]


# By the names that users call them.
CLASS_TARGETS: dict[str, type[ClassTarget]] = {"positions": Positions, "ordered": Ordered}
NUMBER_TARGETS: dict[str, type[Numbers]] = {"gaussian": Gaussian}


def choose_classes(y: object, classes: object = None, target: object = "auto") -> ClassTarget:
    """Choose the target of a classifier.

    Parameters
    ----------
    y : array-like or sparse matrix
    classes : array-like of shape (k,), optional
        Every class there is, or the names of the columns of y.
    target : {"auto", "positions", "ordered"}, default="auto"
        The user's setting; ``"auto"`` follows the form of y.

    Raises
    ------
    ParameterError
        If there is no such target.

    Examples
    --------
    >>> type(choose_classes([[0, 1], [1, 1]])).__name__
    'Indicators'
    """
    if target != "auto":
        return _named(CLASS_TARGETS, target)(classes)
    return Indicators(classes) if is_indicator(y) else Classes(classes)


def choose_numbers(target: object = "auto") -> Numbers:
    """Choose the target of a regressor.

    Parameters
    ----------
    target : {"auto", "gaussian"}, default="auto"

    Raises
    ------
    ParameterError
        If there is no such target.

    Examples
    --------
    >>> type(choose_numbers("gaussian")).__name__
    'Gaussian'
    """
    return Numbers() if target == "auto" else _named(NUMBER_TARGETS, target)()


def _named(targets: Mapping[str, type[_Kind]], name: object) -> type[_Kind]:
    if not isinstance(name, str) or name not in targets:
        raise ParameterError(
            f"Expected target to be one of {['auto', *targets]}, got {name!r:.60}."
        )
    return targets[name]


def restore_target(learned: Mapping[str, object]) -> Target:
    """Restore the target of a fitted estimator from a file or an older pickle.

    Examples
    --------
    >>> restore_target({"n_outputs_": 2, "_target_ndim": 2}).meta
    {'n_outputs_': 2, 'n_units_': 2}
    """
    if "_kind" in learned:
        kinds: dict[str, type[Target]] = {**CLASS_TARGETS, **NUMBER_TARGETS}
        return kinds[str(learned["_kind"])].restored(learned)
    if "n_outputs_" in learned:
        return Numbers.restored(learned)
    # Estimators of the first version say nothing of several labels.
    return (Indicators if learned.get("_several") else Classes).restored(learned)
