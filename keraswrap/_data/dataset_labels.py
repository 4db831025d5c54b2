"""Labels and weights passed with a dataset, compared with the dataset's own.

A dataset gives its rows in an order of its own, which after a shuffle nobody
else knows. So labels and weights beside one are those of other rows unless the
dataset's own are the same, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from keraswrap._data.row_data import RowData
from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError

_INSTEAD = (
    "Leave {name} out, or take rows and labels in one order from keraswrap.data.row_view and pass "
    "its X with {name}."
)


def check_beside(
    data: object, kind: str, found: RowData, y: object, sample_weight: object
) -> RowData:
    """Return a dataset's rows with their own labels and weights.

    Parameters
    ----------
    data : dataset
    kind : str
        As `kind_of` names it.
    found : RowData
        What the dataset gave.
    y, sample_weight : array-like, optional
        What was passed beside it.

    Returns
    -------
    RowData
        With `y` as it was passed, which may name the dataset's numbers.

    Raises
    ------
    InputError
        If they are not the dataset's own, row by row, or nothing tells whether
        they are and the dataset is shuffled.
    """
    if y is not None:
        _check_targets(data, found.y, y)
        found = found._replace(y=y)
    if sample_weight is None:
        return found
    if found.sample_weight is None and kind == "keras" and y is None:
        raise InputError(
            f"Expected sample_weight in the elements of the {type(data).__name__}, (x, y, "
            "sample_weight), got it separately: its rows may be in another order. Put it there, or "
            "pass y too, which is compared with the labels."
        )
    _check(data, found.sample_weight, sample_weight, "sample_weight")
    return found._replace(sample_weight=sample_weight)


def _check_targets(data: object, own: object, given: object) -> None:
    if not isinstance(own, TargetView):
        _check(data, own, given, "y")
        return
    if not isinstance(given, TargetView) or set(given.names) != set(own.names):
        raise InputError(
            f"Expected y as the dataset has it, the heads {list(own.names)}, or none, got "
            f"{given!r:.60}. " + _INSTEAD.format(name="y")
        )
    for name, column in own.columns.items():
        _check(data, column, given.columns[name], f"y[{name!r}]")


def _check(data: object, own: object, given: object, name: str) -> None:
    if own is None:
        if is_shuffled(data):
            raise InputError(
                f"Expected {name} in the dataset itself, got it beside a {type(data).__name__} "
                "that is shuffled, so rows cannot be matched. Put it into the dataset, or remove "
                "the shuffle: every fit shuffles by itself."
            )
        return
    table = given.toarray() if hasattr(given, "toarray") else np.asarray(given)
    same = agree(np.asarray(own), table)
    if same is not None and not same.all():
        row, n = int(np.flatnonzero(~same)[0]), len(same)
        theirs, ours = np.asarray(own)[row].tolist(), table[row].tolist()
        raise InputError(
            f"Expected {name} as the dataset has it, or none, got another in {n - same.sum()} of "
            f"{n} rows, first in row {row}: {ours!r:.40} where the dataset has {theirs!r:.40}. A "
            "shuffled dataset yields its rows in another order. " + _INSTEAD.format(name=name)
        )


def agree(own: np.ndarray, given: np.ndarray) -> np.ndarray | None:
    """Return for each row whether two labels are equal, or name the same class.

    Returns
    -------
    ndarray of shape (n,), bool, or None
        None of arrays of another length, which are refused later.

    Examples
    --------
    >>> bool(agree(np.array([0, 1, 1]), np.array(["bad", "good", "good"])).all())
    True
    >>> agree(np.array([0, 1]), np.array([1, 1])).tolist()
    [False, True]
    """
    own, given = _squeezed(own), _squeezed(given)
    if own.shape[:1] != given.shape[:1] or not given.ndim:
        return None
    if {own.ndim, given.ndim} == {1, 2}:  # one column for each class
        own, given = (a.argmax(axis=1) if a.ndim == 2 else a for a in (own, given))
    if own.shape != given.shape:
        return np.zeros(len(own), bool)
    if own.dtype.kind in "biuf" and given.dtype.kind in "biuf":
        each = _close(own, given)
    elif own.ndim == 1 and (own.dtype.kind in "biuf" or given.dtype.kind in "biuf"):
        each = np.asarray(_first_seen(own) == _first_seen(given))
    else:
        each = np.asarray(own.astype(str) == given.astype(str))
    return np.all(each.reshape(len(own), -1), axis=1)


def _squeezed(array: np.ndarray) -> np.ndarray:
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _close(own: np.ndarray, given: np.ndarray) -> np.ndarray:
    kinds = [np.dtype(a.dtype) for a in (own, given) if a.dtype.kind == "f"]
    rough = 4 * max((float(np.finfo(kind).eps) for kind in kinds), default=0.0)
    return np.isclose(own.astype(float), given.astype(float), rtol=rough, atol=0, equal_nan=True)


def _first_seen(values: np.ndarray) -> np.ndarray:
    # Equal if numbers and names correspond one to one.
    return pd.factorize(values.astype(object) if values.dtype.kind in "US" else values)[0]


def is_shuffled(data: object) -> bool:
    """Return whether a dataset declares that its rows are shuffled.

    Examples
    --------
    >>> is_shuffled([1, 2])
    False
    """
    names = [type(step).__name__ for step in _steps(data)]
    return any("Shuffle" in name or name == "RandomSampler" for name in names)


def _steps(data: object) -> Iterator[object]:
    """Follow the steps that made a dataset; neither package promises that there is a way."""
    yield data
    made_from = getattr(data, "_inputs", None)
    if callable(made_from):
        before = list(made_from())
    else:
        before = [getattr(data, name, None) for name in ("_ex_iterable", "ex_iterable", "sampler")]
        before += getattr(data, "ex_iterables", [])
    for step in before:
        if step is not None:
            yield from _steps(step)
