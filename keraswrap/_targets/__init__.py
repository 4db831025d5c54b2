"""What a net is trained on: y in, predictions out.

`Target` declares every step of a fit that depends on what y is. Each kind has a
file: `classes`, `indicators`, `numbers`; `labels` are the pure functions below.
"""

from __future__ import annotations

from collections.abc import Mapping

from keraswrap._targets.base import ClassTarget, Target
from keraswrap._targets.classes import Classes
from keraswrap._targets.indicators import Indicators, check_indicator, is_indicator
from keraswrap._targets.labels import check_labels, encode
from keraswrap._targets.numbers import Numbers, check_numbers

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
    "encode",
    "restore_target",
]


def choose_classes(y: object, classes: object = None) -> ClassTarget:
    """Choose the target of a classifier by the form of y.

    Parameters
    ----------
    y : array-like or sparse matrix
    classes : array-like of shape (k,), optional
        Every class there is, or the names of the columns of y.

    Examples
    --------
    >>> type(choose_classes([[0, 1], [1, 1]])).__name__
    'Indicators'
    """
    return Indicators(classes) if is_indicator(y) else Classes(classes)


def restore_target(learned: Mapping[str, object]) -> Target:
    """Make the target of a fitted estimator from what a file or an older pickle says of it.

    Examples
    --------
    >>> restore_target({"n_outputs_": 2, "_target_ndim": 2}).meta
    {'n_outputs_': 2}
    """
    if "n_outputs_" in learned:
        return Numbers.restored(learned)
    # Estimators of the first version say nothing of several labels.
    return (Indicators if learned.get("_several") else Classes).restored(learned)
