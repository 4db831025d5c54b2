"""Dicts, texts and frames, read as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap._data.dataset_batches import kind_of
from keraswrap._data.hub_dataset import read_column
from keraswrap._data.index_alignment import check_order
from keraswrap._data.lazy_column import LazyColumn
from keraswrap._data.row_data import LONE, Column, Rows, RowView
from keraswrap._data.value_checks import as_text, check_numbers, hold_text, is_text, to_array
from keraswrap.exceptions import InputError, InputTypeError

_ELSEWHERE = {
    "tensorflow": ("Iterator", "RaggedTensor"),
}


def refuse_streams(X: object) -> None:
    """Raise a clear error for data that cannot be indexed by row.

    Raises
    ------
    InputTypeError
        If X is a dataset where an array is expected, an iterator or a single
        string.
    """
    kinds = type(X).__mro__
    roots = {kind.__module__.partition(".")[0] for kind in kinds}
    elsewhere = any(
        root in roots and any(part in kind.__name__ for kind in kinds for part in names)
        for root, names in _ELSEWHERE.items()
    )
    if elsewhere or kind_of(X):
        raise InputTypeError(
            f"Expected rows that can be indexed (array, list, DataFrame, sparse matrix, "
            f"dict of arrays), got {kinds[0].__module__.partition('.')[0]}'s "
            f"{kinds[0].__name__}, which is not supported here. Convert it to arrays, for "
            "instance np.stack(list(...)) of its rows; see keraswrap.data.row_view for datasets."
        )
    if isinstance(X, str | bytes) or (hasattr(X, "__next__") and not hasattr(X, "__len__")):
        raise InputTypeError(
            f"Expected one row for each sample, got {type(X).__name__} {str(X)!r:.40}. "
            "Wrap a single text in a list; turn an iterator into one."
        )


def as_rows(X: object) -> Rows | None:
    """Read what needs no number check: dicts, texts, frames with text columns.

    Parameters
    ----------
    X : RowView, dict, array-like, DataFrame or sparse matrix
        What a user gave.

    Returns
    -------
    Rows or None
        None for plain numbers, which scikit-learn's own validation reads.

    Raises
    ------
    InputError, InputTypeError
        If X is empty, ragged, or cannot be indexed by row.

    Examples
    --------
    >>> as_rows({"a": [1, 2], "b": [[1.0], [2.0]]}).shapes
    {'a': (), 'b': (1,)}
    >>> as_rows(["good", "bad"]).n
    2
    """
    if isinstance(X, RowView):
        return X.rows
    refuse_streams(X)
    if sparse.issparse(X):  # first: scipy's dok_array is a dict too
        return None
    if isinstance(X, Mapping):
        return _from_dict(X)
    if isinstance(X, pd.DataFrame):
        return _from_frame(X)
    array = _text_array(X)
    return None if array is None else Rows({LONE: array})


def _text_array(X: object) -> np.ndarray | None:
    if isinstance(X, pd.Series | pd.Index):
        X = X.to_numpy(dtype=object) if X.dtype.kind not in "biufc" else X.to_numpy()
    if isinstance(X, list | tuple) and X:
        X = to_array(X) if isinstance(X[0], Sequence | np.ndarray) or hold_text(X) else X
    if isinstance(X, np.ndarray) and is_text(X):
        return as_text(X)
    return None


def _from_dict(X: Mapping[str | int, object]) -> Rows:
    if not X:
        raise InputError("Expected a dict of arrays, one for each input of the net, got {}.")
    check_order({f"X[{name!r}]": column for name, column in X.items()})
    arrays = {str(name): _column(value, f"X[{name!r}]") for name, value in X.items()}
    lengths = {name: array.shape[0] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Expected arrays of one length in X, got lengths {lengths}.")
    if 0 in lengths.values():
        raise InputError("Found array with 0 sample(s) in X while a minimum of 1 is required.")
    return Rows(arrays)


def _column(value: object, name: str) -> Column:
    if kind_of(value) == "hub column":
        value = read_column(value)
    if isinstance(value, LazyColumn):
        return value
    refuse_streams(value)
    if sparse.issparse(value):
        rows = sparse.csr_matrix(value)
        check_numbers(rows.sum(axis=1), name)  # finite if every number in the row is
        return rows
    array = value.to_numpy() if hasattr(value, "to_numpy") else to_array(value, name)
    if array.ndim == 0:
        raise InputError(f"Expected an array with one row for each sample in {name}, got {value}.")
    return as_text(array, name) if is_text(array) else check_numbers(array, name)


def _from_frame(X: pd.DataFrame) -> Rows | None:
    if not len(X) or all(dtype.kind in "biuf" for dtype in X.dtypes):
        return None
    if X.dtypes.eq(object).all() and not is_text(X.to_numpy()):
        return None  # numbers held as objects: scikit-learn converts them
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].tolist()
        raise InputError(f"Expected columns of different names in X, got {twice} more than once.")
    arrays = {str(name): _frame_column(X[name], f"X[{name!r}]") for name in X.columns}
    if len(arrays) == 1:
        return Rows({LONE: next(iter(arrays.values()))[:, None]}, tuple(arrays))
    return Rows(arrays)


def _frame_column(column: pd.Series, name: str) -> np.ndarray:
    if column.dtype.kind == "O":
        return as_text(column.to_numpy(dtype=object), name)
    return check_numbers(column.to_numpy(), name)


def as_view(data: object) -> RowView:
    """Put whatever is in memory behind a view, plain numbers too.

    Raises
    ------
    InputError, InputTypeError
        If there are no rows, or they cannot be used.

    Examples
    --------
    >>> as_view([[1.0, 2.0], [3.0, 4.0]])
    RowView of 2 rows: rows (2 numbers)
    """
    rows = as_rows(data)
    if rows is None:  # plain numbers
        columns = tuple(map(str, data.columns)) if isinstance(data, pd.DataFrame) else None
        rows = Rows({LONE: _numbers(data)}, columns)
    if not rows.n:
        raise InputError("Found array with 0 sample(s) while a minimum of 1 is required.")
    return RowView(rows)


def _numbers(data: object) -> Column:
    if sparse.issparse(data):
        return sparse.csr_matrix(data)
    array = data.to_numpy() if hasattr(data, "to_numpy") else to_array(data)
    if array.ndim == 0:
        raise InputTypeError(
            f"Expected data with rows, got {type(data).__name__} {data!r:.40}. Pass a dataset, a "
            "dict of arrays, a DataFrame, an array or a list."
        )
    return check_numbers(array, "X")
