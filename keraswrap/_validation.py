"""Checks of rows, targets and weights that need scikit-learn's own words."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    check_array,
    validate_data,
)

from keraswrap._data import (
    LONE,
    LazyColumn,
    Rows,
    RowView,
    as_fitted,
    as_rows,
    is_text,
    open_rows,
)
from keraswrap.exceptions import InputError, ParameterError


def check_rows(estimator: Any, X: Any, *, reset: bool) -> Rows:
    """Read X as rows, and hold it against what the estimator was fitted on.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_``, or is asked for them.
    X : array-like, DataFrame, sparse matrix, texts, dict of arrays, RowView or dataset
    reset : bool
        Whether this is a fit, which forgets what an earlier one learned.

    Returns
    -------
    Rows

    Raises
    ------
    InputError, InputTypeError
        If X cannot be used. Plain numbers get scikit-learn's own messages.
    """
    X = X if reset else as_fitted(X, getattr(estimator, "feature_names_in_", None))
    X = open_rows(X)
    rows = as_rows(X)
    if rows is None:
        return _check_numbers(estimator, X, reset=reset)
    if rows.n < 1:
        raise InputError("Found array with 0 sample(s) while a minimum of 1 is required.")
    if isinstance(X, RowView) and set(rows.arrays) == {LONE} and not _holds_text(rows):
        return _check_view(estimator, rows, reset=reset)
    _check_names(estimator, rows, list(rows.columns or rows.arrays), reset=reset)
    return rows


def _holds_text(rows: Rows) -> bool:
    array = rows.arrays[LONE]
    return not sparse.issparse(array) and is_text(array)


def _check_view(estimator: Any, rows: Rows, *, reset: bool) -> Rows:
    array = rows.arrays[LONE]
    lazy = isinstance(array, LazyColumn)  # checked when it was made: its shape is what is asked
    shown: Any = np.zeros((1, *array.shape[1:])) if lazy else array
    if array.ndim < 2:
        raise InputError(
            "Expected rows with features, got a view of single numbers. Make each row an array, "
            "for instance with dataset.map(lambda x, y: (x[None], y))."
        )
    if rows.columns:
        shown = pd.DataFrame(shown, columns=list(rows.columns))
    read = _check_numbers(estimator, shown, reset=reset)
    return Rows({LONE: array}, read.columns) if lazy else read


def _check_numbers(estimator: Any, X: Any, *, reset: bool) -> Rows:
    array = validate_data(
        estimator, X, reset=reset, accept_sparse="csr", dtype="numeric", allow_nd=True
    )
    if sparse.issparse(array):
        array = sparse.csr_matrix(array)
    elif array.dtype.kind not in "biuf":
        raise InputError(
            f"Expected numbers or text in X, got dtype {array.dtype}. Turn it into numbers first."
        )
    names = getattr(estimator, "feature_names_in_", None)
    return Rows({LONE: array}, None if names is None else tuple(map(str, names)))


def _check_names(estimator: Any, rows: Rows, names: list[str], *, reset: bool) -> None:
    count = max(1, len(names))
    if reset:
        estimator.n_features_in_ = count
        estimator.__dict__.pop("feature_names_in_", None)
        if names != [LONE]:
            estimator.feature_names_in_ = np.array(names, dtype=object)
        return
    fitted = getattr(estimator, "feature_names_in_", [LONE])
    if set(fitted) != set(names):
        raise InputError(
            f"Expected X with the arrays or columns {list(fitted)} as in fit, got {names}. "
            "Pass the same ones."
        )


def check_weights(sample_weight: Any, rows: Rows) -> np.ndarray | None:
    """Check one weight ≥ 0 for each row, some of them above 0.

    Returns
    -------
    ndarray of shape (n,), float64, or None

    Raises
    ------
    ValueError
        In scikit-learn's words, if they are of another shape, negative or not finite.
    InputError
        If all are zero.
    """
    if sample_weight is None:
        return None
    shell = np.empty((rows.n, 0))  # _check_sample_weight asks X only for its length
    weights = _check_sample_weight(sample_weight, shell, dtype=np.float64, ensure_non_negative=True)
    if not weights.any():
        raise InputError(
            "Expected at least one sample_weight above 0, got only zeros: no row would count."
        )
    return weights


def check_target(y: Any) -> np.ndarray:
    """Check a regression target: finite numbers, 1-D or 2-D.

    Returns
    -------
    ndarray of shape (n,) or (n, n_outputs), float64

    Raises
    ------
    ValueError
        In scikit-learn's words, if y holds something else.
    """
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", ensure_min_samples=1)


def require_target(estimator: Any, y: Any, rows: Rows) -> None:
    """Raise InputError unless there is one target for each row."""
    if y is None:
        raise InputError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )
    n = _num_samples(y)
    if n != rows.n:
        raise InputError(
            f"Found input variables with inconsistent numbers of samples: X has {rows.n} rows, y "
            f"has {n}. Pass one label for each row."
        )


def is_splitter(how: Any) -> bool:
    """Tell whether something splits rows as scikit-learn's cross-validators do.

    Examples
    --------
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> is_splitter(TimeSeriesSplit(3)), is_splitter(0.2), is_splitter("last")
    (True, False, False)
    """
    return callable(getattr(how, "split", None)) and hasattr(how, "get_n_splits")


def split_by(how: Any, y: np.ndarray, groups: Any, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split row positions into train and validation by the last split of a splitter.

    The last one, for of splits by time it is that with the most to train on.

    Parameters
    ----------
    how : splitter
        As in scikit-learn; left as it is. Without a random_state it gets `seed`.
    y : ndarray of shape (n, ...)
        What it may stratify by.
    groups : array-like of shape (n,), optional
    seed : int

    Returns
    -------
    train, validation : ndarray of int

    Raises
    ------
    InputError
        If groups are of another length.
    ParameterError
        If one of the parts is empty, or a row is in both.

    Examples
    --------
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> train, held = split_by(TimeSeriesSplit(3, test_size=2), np.zeros(8), None, 0)
    >>> train.tolist(), held.tolist()
    ([0, 1, 2, 3, 4, 5], [6, 7])
    """
    if groups is not None and _num_samples(groups) != len(y):
        raise InputError(
            f"Expected validation_groups of {len(y)} rows, as many as X, got "
            f"{_num_samples(groups)}. Pass the group of each row."
        )
    how = copy.deepcopy(how)
    if getattr(how, "random_state", 0) is None:  # else it would draw from numpy's global generator
        how.random_state = seed
    splits = list(how.split(np.empty((len(y), 0)), y, groups))
    train, held = map(np.asarray, splits[-1]) if splits else (np.arange(0), np.arange(0))
    if not len(train) or not len(held) or np.intersect1d(train, held).size:
        raise ParameterError(
            f"Expected validation_split to leave some rows to train on and hold out others, got "
            f"{how!r:.80} with {len(train)} and {len(held)} of {len(y)} rows. Change its sizes, or "
            "pass validation_data."
        )
    return train, held


@contextmanager
def unchanged_on_error(estimator: Any) -> Iterator[None]:
    """Leave an estimator as it was where the block fails or is interrupted."""
    before = dict(estimator.__dict__)
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise
