"""Choose the target of a y by its form and the user's setting, or restore it from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap._target_view import TargetView, count_rows, take_rows
from keraswrap._targets.base import ClassTarget, SingleTarget
from keraswrap._targets.classes import Classes
from keraswrap._targets.gaps import find_gaps
from keraswrap._targets.heads import Heads, columns_of, for_head, naming
from keraswrap._targets.indicators import Indicators, is_indicator
from keraswrap._targets.kinds import (
    CLASS_TARGETS,
    HEAD_TARGETS,
    NUMBER_TARGETS,
    find_kind,
    restore_single,
)
from keraswrap._targets.labels import as_label_array
from keraswrap._targets.numbers import Numbers
from keraswrap.exceptions import ParameterError


def choose_classifier_target(
    y: object, classes: object = None, target: object = "auto"
) -> ClassTarget | Heads:
    """Choose the target of a classifier.

    Parameters
    ----------
    y : array-like or sparse matrix, or TargetView
    classes : array-like of shape (k,), optional
        Every class there is, or the names of the columns of y. Of several heads,
        a dict by their names.
    target : {"auto", "positions", "ordered"} or dict, default="auto"
        The user's setting; ``"auto"`` follows the form of y. A dict is of several
        heads, by their names, which may be numbers too.

    Raises
    ------
    ParameterError
        If there is no such target.

    Examples
    --------
    >>> type(choose_classifier_target([[0, 1], [1, 1]])).__name__
    'Indicators'
    """
    if is_several(y, target):
        return _choose_each(y, classes, target, _choose_head)
    return choose_classes(y, classes, target)


def choose_classes(y: object, classes: object = None, target: object = "auto") -> ClassTarget:
    """Choose the target of a classifier with one output.

    Examples
    --------
    >>> type(choose_classes([0, 1])).__name__
    'Classes'
    """
    if target != "auto":
        return find_kind(CLASS_TARGETS, target)(classes)
    return Indicators(classes) if is_indicator(y) else Classes(classes)


def choose_regressor_target(y: object, target: object = "auto") -> Numbers | Heads:
    """Choose the target of a regressor.

    Parameters
    ----------
    y : array-like or TargetView
    target : {"auto", "gaussian"} or dict, default="auto"
        The user's setting. A dict is of several heads, by their names.

    Raises
    ------
    ParameterError
        If there is no such target.

    Examples
    --------
    >>> type(choose_regressor_target([0.5], "gaussian")).__name__
    'Gaussian'
    """
    if is_several(y, target):
        return _choose_each(y, None, target, lambda y, classes, target: choose_numbers(target))
    return choose_numbers(target)


def choose_numbers(target: object = "auto") -> Numbers:
    """Choose the target of a regressor with one output.

    Examples
    --------
    >>> type(choose_numbers("gaussian")).__name__
    'Gaussian'
    """
    return Numbers() if target == "auto" else find_kind(NUMBER_TARGETS, target)()


def is_several(y: object, target: object = "auto") -> bool:
    """Return whether y is of several heads.

    Examples
    --------
    >>> is_several([0, 1]), is_several(TargetView({"topic": [0, 1]}))
    (False, True)
    """
    return isinstance(y, TargetView) or isinstance(target, Mapping)


def _choose_each(
    y: object,
    classes: object,
    target: object,
    choose: Callable[[object, object, object], SingleTarget],
) -> Heads:
    columns = columns_of(y)
    if classes is not None and not isinstance(classes, Mapping):
        raise ParameterError(
            f"Expected classes as a dict by the names of heads, {list(columns)}, got "
            f"{classes!r:.60}."
        )
    all_classes = for_head("classes", classes, columns)
    kinds = for_head("target", target, columns, "auto")
    parts = {}
    for name, column in columns.items():
        with naming(name):
            parts[name] = choose(column, all_classes[name], kinds[name])
    return Heads(parts)


def _choose_head(y: object, classes: object, target: object) -> SingleTarget:
    if target == "auto":
        return Numbers() if _are_fractions(y) else choose_classes(y, classes)
    kind = find_kind(HEAD_TARGETS, target)
    return kind(classes) if issubclass(kind, ClassTarget) else kind()


def _are_fractions(y: object) -> bool:
    """Return whether a head holds numbers that cannot be labels."""
    if sparse.issparse(y):
        return False
    gaps = find_gaps(y)
    known = y if gaps is None else take_rows(y, np.flatnonzero(~gaps))
    values = as_label_array(known).ravel() if count_rows(known) else np.arange(0)
    if values.dtype == object:
        values = pd.Series(values).infer_objects().to_numpy()
    if values.dtype.kind != "f":
        return False
    finite = values[np.isfinite(values)]
    return bool((finite != np.floor(finite)).any())


def restore_target(learned: Mapping[str, object]) -> SingleTarget | Heads:
    """Restore the target of a fitted estimator from a file or an older pickle.

    Examples
    --------
    >>> restore_target({"n_outputs_": 2, "_target_ndim": 2}).meta
    {'n_outputs_': 2, 'n_units_': 2}
    """
    return Heads.restored(learned) if "_heads" in learned else restore_single(learned)
