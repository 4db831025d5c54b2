"""Turn any labels that scikit-learn takes into class indices. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError, ParameterError


def check_labels(y: object) -> np.ndarray:
    """Check labels and return them as a 1-D array.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels of any one kind: numbers, strings, booleans.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    InputError
        If a label is missing, labels are of mixed kinds, or y is a matrix.
    ValueError
        If y holds continuous numbers; scikit-learn's own message.

    Examples
    --------
    >>> check_labels(["neg", "pos"]).tolist()
    ['neg', 'pos']
    """
    array = as_label_array(y)
    if array.ndim == 2 and array.shape[1] > 1:
        raise InputError(
            f"Expected one label for each row as in fit, y of shape (n,), got shape {array.shape}."
            + _remedy(array)
        )
    array = column_or_1d(array, warn=True)
    _check_missing(array)
    if array.dtype.kind == "O":
        kinds = {_kind(value) for value in array}
        if len(kinds) > 1:
            names = sorted(kind.__name__ for kind in kinds)
            raise InputError(f"Expected labels of one kind, got {names}. Convert them to one.")
        if kinds <= {str, bool, int, float}:
            array = np.array(array.tolist())
    _check_kind(array)
    check_classification_targets(array)
    return array


def as_label_array(y: object) -> np.ndarray:
    """Return labels as an array, each unchanged.

    Raises
    ------
    InputError
        If rows are of unequal length.
    """
    refuse_heads(y)
    # By default, numpy would turn a gap among texts into the text "nan", and a number into "1".
    texts = isinstance(y, list | tuple) and any(isinstance(value, str) for value in y)
    try:
        return np.array(y, dtype=object) if texts else np.asarray(y)
    except ValueError as error:
        raise InputError(
            f"Expected one label for each row, got rows of unequal length ({error})."
        ) from error


def refuse_heads(y: object) -> None:
    """Raise InputError if y has targets of several heads instead of one.

    Examples
    --------
    >>> refuse_heads([0, 1])
    """
    names = list(y) if isinstance(y, dict) else list(getattr(y, "names", ()))
    if names and isinstance(y, dict | TargetView):
        raise InputError(
            f"Expected one target for each row, got a dict of several: {names!r:.100}. Take one of "
            f"them, y[{names[0]!r}]. Nets with several outputs are for KerasWrapperModel and "
            "KerasWrapperRegressor."
        )


def _check_kind(array: np.ndarray) -> None:
    if array.dtype.kind in "OSV" and len(array):
        decode = "Decode" if isinstance(array[0], bytes) else "Convert"
        raise InputError(
            f"Expected labels that are texts, numbers or booleans, got {array[0]!r:.60}. {decode} "
            "them first."
        )


def _kind(label: object) -> type:
    kinds = {bool: np.bool_, str: str, int: np.integer, float: np.floating}
    return next(
        (kind for kind, also in kinds.items() if isinstance(label, kind | also)), type(label)
    )


def _remedy(array: np.ndarray) -> str:
    if (np.isin(array, [0, 1]).all(axis=1) & ((array == 1).sum(axis=1) == 1)).all():
        return " y is one-hot: pass y.argmax(axis=1)."
    return (
        " Several labels for a row are for nets with a sigmoid, TransformerClassifier and "
        "MultiLabelZeroShotClassifier, fitted with columns of zeros and ones. Here, take one "
        "column at a time: y[:, k]."
    )


def _check_missing(array: np.ndarray) -> None:
    if array.dtype.kind in "OU":
        _refuse_blank(array)
    if array.dtype.kind == "O":
        bad = np.asarray(pd.isna(array))
    elif array.dtype.kind == "f":
        bad = ~np.isfinite(array)
    else:
        return
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"Input y contains NaN, None or infinity, first in row {row}: {array[row]!r}. "
            "Label or drop such rows."
        )


def _refuse_blank(array: np.ndarray) -> None:
    """Raise InputError if a label is empty or blank, as in a cell that was not filled in."""
    values = array.tolist()
    blank = {value for value in set(map(str, values)) if not value.strip()}
    rows = [row for row, value in enumerate(values) if value in blank] if blank else []
    if rows:
        raise InputError(
            f"Expected labels with text in them, got an empty one in {len(rows)} rows, first in "
            f"row {rows[0]}: {values[rows[0]]!r:.20}. Label or drop such rows; if it is a class, "
            "give it a name."
        )


def find_classes(labels: np.ndarray, given: object = None) -> np.ndarray:
    """Sort the classes, and check them against the ones given beforehand.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        As `check_labels` gives them.
    given : array-like of shape (k,), optional
        Every class there is, where a fold may miss some.

    Returns
    -------
    ndarray of shape (k,)

    Raises
    ------
    InputError
        If a label is not among `given`.

    Examples
    --------
    >>> find_classes(np.array(["b", "a"]), given=["c", "b", "a"]).tolist()
    ['a', 'b', 'c']
    """
    if given is None:
        return np.unique(labels)
    classes = np.unique(np.asarray(given))
    if classes.dtype.kind not in "biuf" and are_indices(np.unique(labels), len(classes)):
        return np.arange(len(classes))  # cross_val_predict encodes labels before it fits
    encode(labels, classes)
    return classes


def check_same_classes(given: Sequence[object] | np.ndarray, classes: np.ndarray) -> None:
    """Raise InputError where classes named later are not those of the first call."""
    if not np.array_equal(np.unique(np.asarray(given)), classes):
        raise InputError(
            f"Expected the classes of the first call, {classes.tolist()!r:.80}, got "
            f"{list(given)!r:.80}. Leave classes out, or fit a clone."
        )


def widen_classes(classes: np.ndarray, units: int, given: object = None) -> np.ndarray:
    """Reconcile the classes seen with the width of the net.

    Integer labels below the width are class indices, as for Keras and
    cleanlab: a fold that misses one still has a column for it.

    Parameters
    ----------
    classes : ndarray of shape (k,)
        Classes seen, sorted.
    units : int
        Output units of the net; 1 means two classes.
    given : array-like, optional
        Classes named by the user, which are then all there are.

    Returns
    -------
    ndarray of shape (max(units, 2),)

    Raises
    ------
    InputError
        If there are fewer than two classes, or not as many as units.

    Examples
    --------
    >>> widen_classes(np.array([0, 2]), 3).tolist()
    [0, 1, 2]
    """
    width = max(units, 2)
    if given is None and len(classes) < width and are_indices(classes, width):
        kind = bool if classes.dtype.kind == "b" else classes.dtype
        return np.arange(width).astype(kind)
    if len(classes) == width:
        return classes
    shown = f"{len(classes)} class{'es' if len(classes) != 1 else ''}: {classes.tolist()!r:.60}"
    if len(classes) == 1:
        raise InputError(
            f"Expected at least 2 classes in y, got {shown}. A classifier cannot learn from one "
            "class; if a fold misses the others, name them all with classes=[...]."
        )
    raise InputError(
        f"Expected as many output units as classes, got a net with {units} unit"
        f"{'s' if units != 1 else ''} and {shown}. Let the build function take `meta` and use "
        "meta['n_classes_'], or name every class with classes=[...]."
    )


def are_indices(classes: np.ndarray, width: int) -> bool:
    """Return whether classes are whole numbers from 0 to below a width."""
    if classes.dtype.kind == "b":
        return width == 2
    return classes.dtype.kind in "iu" and bool(((classes >= 0) & (classes < width)).all())


def encode(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Turn labels into their positions in `classes`.

    Raises
    ------
    InputError
        If a label is not among the classes.

    Examples
    --------
    >>> encode(np.array(["b", "a", "b"]), np.array(["a", "b"])).tolist()
    [1, 0, 1]
    """
    # For integers, searchsorted alone is enough; setdiff1d would be another pass over the labels.
    if labels.dtype.kind in "iu" and classes.dtype.kind in "iu" and len(classes):
        found = np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
        if (classes[found] == labels).all():
            return found
    unseen = np.setdiff1d(labels, classes)
    if len(unseen):
        raise InputError(
            f"Expected labels among the classes {classes.tolist()!r:.80}, got unseen "
            f"{unseen.tolist()!r:.80}. Fit on data that holds them, or name every class with "
            "classes=[...]."
        )
    return np.searchsorted(classes, labels)


def class_weights(
    class_weight: object, labels: np.ndarray, classes: np.ndarray
) -> np.ndarray | None:
    """Return the weight of each class, in the order of `classes`.

    Parameters
    ----------
    class_weight : {'balanced'}, dict or None
        A dict is keyed by the user's labels; a class left out weighs 1.
    labels : ndarray of shape (n,)
        Labels of the training rows.
    classes : ndarray of shape (k,)

    Returns
    -------
    ndarray of shape (k,) or None
        None where nothing is weighted.

    Raises
    ------
    ParameterError
        If it is something else, or names a class that does not exist.

    Examples
    --------
    >>> class_weights({"spam": 3}, np.array(["ham", "spam"]), np.array(["ham", "spam"])).tolist()
    [1.0, 3.0]
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, Mapping):
        return _weights_from_dict(class_weight, classes)
    if not (isinstance(class_weight, str) and class_weight == "balanced"):
        raise ParameterError(
            f"Expected class_weight to be 'balanced', a dict or None, got {class_weight!r:.60}."
        )
    present = np.unique(labels)
    weights = np.ones(len(classes))
    weights[np.searchsorted(classes, present)] = compute_class_weight(
        "balanced", classes=present, y=labels
    )
    return weights


def _weights_from_dict(class_weight: Mapping[object, object], classes: np.ndarray) -> np.ndarray:
    known = {label: position for position, label in enumerate(classes.tolist())}
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ParameterError(
            f"Expected class_weight to be keyed by the labels {list(known)!r:.80}, got "
            f"{unknown!r:.60}. Use the labels as in y."
        )
    weights = np.ones(len(classes))
    for label, weight in class_weight.items():
        if not (isinstance(weight, int | float | np.number) and 0 <= float(weight) < np.inf):
            raise ParameterError(f"Expected a weight ≥ 0 for class {label!r}, got {weight!r}.")
        weights[known[label]] = weight
    return weights
