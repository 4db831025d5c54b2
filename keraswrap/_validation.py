"""Check rows, targets and weights, with scikit-learn's own messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    validate_data,
)

from keraswrap._data import (
    LONE,
    Column,
    LazyColumn,
    Rows,
    RowView,
    as_fitted,
    as_rows,
    is_text,
    open_rows,
)
from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def check_rows(estimator: BaseEstimator, X: object, *, reset: bool) -> Rows:
    """Read X as rows, and compare it with what the estimator was fitted on.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_``, or is asked for them.
    X : array-like, DataFrame, sparse matrix, texts, dict of arrays, RowView or dataset
    reset : bool
        Whether this is a fit, which forgets what an earlier one learned.

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


def _check_view(estimator: BaseEstimator, rows: Rows, *, reset: bool) -> Rows:
    array = rows.arrays[LONE]
    lazy = isinstance(array, LazyColumn)  # checked when it was made; only its shape is needed
    shown: Column | pd.DataFrame = np.zeros((1, *array.shape[1:])) if lazy else array
    if array.ndim < 2:
        raise InputError(
            "Expected rows with features, got a view of single numbers. Make each row an array, "
            "for instance with dataset.map(lambda x, y: (x[None], y))."
        )
    if rows.columns:
        shown = pd.DataFrame(shown, columns=list(rows.columns))
    read = _check_numbers(estimator, shown, reset=reset)
    return Rows({LONE: array}, read.columns) if lazy else read


def _check_numbers(estimator: BaseEstimator, X: object, *, reset: bool) -> Rows:
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


def keep_features(holder: BaseEstimator, fitted: object) -> None:
    """Let a meta-estimator know the features that a fitted one does, and forget earlier ones.

    Examples
    --------
    >>> from sklearn.base import BaseEstimator
    >>> from sklearn.preprocessing import StandardScaler
    >>> holder = BaseEstimator()
    >>> keep_features(holder, StandardScaler().fit([[1.0, 2.0]]))
    >>> holder.n_features_in_, hasattr(holder, "feature_names_in_")
    (2, False)
    """
    for name in ("n_features_in_", "feature_names_in_"):
        holder.__dict__.pop(name, None)
        if hasattr(fitted, name):
            setattr(holder, name, getattr(fitted, name))


def _check_names(estimator: BaseEstimator, rows: Rows, names: list[str], *, reset: bool) -> None:
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


def check_weights(sample_weight: object, rows: Rows) -> np.ndarray | None:
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
    if isinstance(sample_weight, Mapping | TargetView):
        raise InputError(
            "Expected one sample_weight for each row, of shape (n,), got a dict by name. To leave "
            "rows out of one head, put None or NaN into its y; to weigh heads, set "
            "compile_kwargs={'loss_weights': {...}}."
        )
    shell = np.empty((rows.n, 0))  # _check_sample_weight asks X only for its length
    weights = _check_sample_weight(sample_weight, shell, dtype=np.float64, ensure_non_negative=True)
    if not weights.any():
        raise InputError(
            "Expected at least one sample_weight above 0, got only zeros: no row would count."
        )
    return weights


def require_target(estimator: BaseEstimator, y: object, rows: Rows) -> None:
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


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Restore an estimator if the block fails or is interrupted."""
    before = dict(estimator.__dict__)
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise
