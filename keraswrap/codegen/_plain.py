"""Columns in NumPy's types, whatever library or type held them. Pure.

The steps of scikit-learn know NaN and None as gaps, but not pandas' NA, and take a column
of objects for texts, even if all of them are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api import types

from keraswrap._data.index_alignment import index_of
from keraswrap.exceptions import InputError

__all__ = ["frame_of", "plain_column", "plain_frame"]

# What pandas calls objects that are all numbers.
_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal"})


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns have NumPy's types; the same object if they had.

    Parameters
    ----------
    frame : DataFrame of shape (n, d)

    Returns
    -------
    DataFrame of shape (n, d)

    Examples
    --------
    >>> ages = pd.Series([20, None], dtype="Int64")
    >>> plain_frame(pd.DataFrame({"age": ages}))["age"].tolist()
    [20.0, nan]
    """
    columns = [frame.iloc[:, k] for k in range(frame.shape[1])]
    made = [plain_column(column) for column in columns]
    if all(one is column for one, column in zip(made, columns, strict=True)):
        return frame
    found = pd.DataFrame(dict(enumerate(made)), index=frame.index)
    found.columns = frame.columns
    return found


def plain_column(column: pd.Series) -> pd.Series:
    """Return a column in NumPy's types; the same object if it had one, or holds dates.

    Parameters
    ----------
    column : Series of shape (n,)

    Returns
    -------
    Series of shape (n,)
        Numbers, bools, or objects in which a gap is NaN or None.

    Examples
    --------
    >>> plain_column(pd.Series(["Rome", pd.NA], dtype="string")).tolist()
    ['Rome', nan]
    >>> plain_column(pd.Series([1, 2.5], dtype=object)).dtype
    dtype('float64')
    """
    kind = column.dtype
    if isinstance(kind, np.dtype) and kind.hasobject:
        return _plain_objects(column)
    if not _may_hold_na(kind) or types.is_datetime64_any_dtype(kind):
        return column
    if types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
        return _as_numbers(column)
    if types.is_bool_dtype(kind) and not column.isna().any():
        return column.astype(bool)
    return _plain_objects(column.astype(object))


def _may_hold_na(kind: object) -> bool:
    if isinstance(kind, pd.StringDtype):
        return kind.na_value is pd.NA
    return isinstance(kind, pd.ArrowDtype) or hasattr(kind, "numpy_dtype")


def _plain_objects(column: pd.Series) -> pd.Series:
    if types.infer_dtype(column, skipna=True) in _NUMBERS:
        return _as_numbers(column)
    is_na = np.fromiter((one is pd.NA for one in column), dtype=bool, count=len(column))
    return column.mask(is_na, np.nan) if is_na.any() else column


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return whole numbers as such if none is missing, and float64 otherwise."""
    values = column.astype(object).where(column.notna(), np.nan).infer_objects()
    return values.astype(np.float64) if values.dtype == object else values


def frame_of(X: object) -> object:
    """Return tables of other libraries and dicts of columns as frames, and all else as it is.

    Parameters
    ----------
    X : object

    Returns
    -------
    object

    Raises
    ------
    InputError
        If columns in a dict are not of equal length, or not in one order.
    """
    if isinstance(X, Mapping):
        return _from_dict(dict(X))
    if type(X).__module__.partition(".")[0] == "polars" and hasattr(X, "to_dict"):
        return pd.DataFrame(X.to_dict(as_series=False))
    return X.to_pandas() if hasattr(X, "to_pandas") else X


def _from_dict(columns: dict[str, object]) -> pd.DataFrame:
    """Put columns side by side by position: pandas alone would sort rows by their index."""
    series = {name: one for name, one in columns.items() if isinstance(one, pd.Series)}
    index = index_of(columns) if series else None
    lengths = {len(one) for one in series.values()}
    if len(lengths) > 1:
        raise InputError(f"Expected columns of equal length in X, got {sorted(lengths)} rows.")
    bare = {name: one.reset_index(drop=True) for name, one in series.items()}
    try:
        found = pd.DataFrame({**columns, **bare})
    except ValueError as error:
        raise InputError(f"Expected columns of equal length in X, got {error!s:.100}") from error
    return found if index is None or len(index) != len(found) else found.set_axis(index)
