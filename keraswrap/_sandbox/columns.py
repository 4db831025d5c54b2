"""Columns of a DataFrame as Arrow, of kinds that do not depend on the rows.

Whether a column of whole numbers arrives as integers or floats must not hang on a gap in
another row: a function could see it. So each column has one of three kinds, and each kind
one type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Kind", "find_kinds", "make_table"]

Kind: TypeAlias = Literal["number", "text", "date"]


def find_kinds(frame: pd.DataFrame) -> dict[str, Kind]:
    """Return the kind of each column: "number", "date", or else "text".

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)

    Raises
    ------
    InputError
        If a name of a column is not a text, or is there twice.

    Examples
    --------
    >>> find_kinds(pd.DataFrame({"price": [1, 2], "color": ["red", None], "new": [True, False]}))
    {'price': 'number', 'color': 'text', 'new': 'number'}
    """
    names = list(frame.columns)
    if len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        raise InputError(
            f"Expected different texts as the names of columns, got {names!r:.200}. Rename them."
        )
    return {name: _kind(frame[name]) for name in names}


def _kind(column: pd.Series) -> Kind:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _kind(column.dtype.categories.to_series())
    numeric = pd.api.types.is_numeric_dtype(column) and not _is_complex(column)
    return "number" if numeric else "text"


def _is_complex(column: pd.Series) -> bool:
    return pd.api.types.is_complex_dtype(column)


def make_table(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> pa.Table:
    """Return columns as Arrow: numbers as float64, dates in UTC as nanoseconds, or texts.

    A missing value is NaN in a number, and null elsewhere.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        With each column of `kinds`; others are left out.
    kinds : mapping of str to {"number", "text", "date"}

    Returns
    -------
    pyarrow.Table of shape (n_rows, n_kinds)

    Raises
    ------
    InputError
        If a column is missing, or its values are of another kind.
    """
    import pyarrow as pa

    missing = [name for name in kinds if name not in frame]
    if missing:
        raise InputError(
            f"Expected the columns {list(kinds)!r:.200}, got a table without {missing[0]!r}."
        )
    types = {"number": pa.float64(), "text": pa.string(), "date": pa.timestamp("ns")}
    arrays = [_as_array(frame[name], kind, types[kind]) for name, kind in kinds.items()]
    return pa.table(arrays, names=list(kinds))


def _as_array(column: pd.Series, kind: Kind, dtype: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        if kind == "number":
            return pa.array(_as_numbers(column), dtype)
        if kind == "date":
            return pa.array(_as_dates(column), dtype, from_pandas=True)
        return pa.array([None if pd.isna(one) else str(one) for one in column], dtype)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"Expected each value of the column {column.name!r} to be a {kind}, as in training, "
            f"got one that is not: {error!s:.120}."
        ) from None


def _as_numbers(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column.astype(object)).to_numpy(dtype=np.float64, na_value=np.nan)


def _as_dates(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column.astype(object), utc=True).dt.tz_localize(None).astype("M8[ns]")
