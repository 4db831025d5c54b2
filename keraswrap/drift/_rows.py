"""Rows as a monitor reads them: texts, tables, or something that only the model knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from keraswrap.exceptions import InputError, InputTypeError

__all__ = ["Rows", "read_rows", "show_rows"]

_LONGEST = 200
_MOST_COLUMNS = 500
_SHOWN = 2000
_LARGEST = 1e300


@dataclass(frozen=True)
class Rows:
    """Rows, and what can be said of them without the model.

    Parameters
    ----------
    X : rows
        As the model takes them.
    kind : {"texts", "table", "other"}
    texts : list of str or None
    columns : mapping of str to ndarray, or None
        Floats, or str.
    """

    X: Any
    kind: str
    texts: list[str] | None
    columns: Mapping[str, np.ndarray] | None

    def __len__(self) -> int:
        return int(_num_samples(self.X))

    def take(self, rows: np.ndarray) -> Rows:
        """Return some of the rows."""
        texts = None if self.texts is None else [self.texts[row] for row in rows]
        columns = self.columns and {name: part[rows] for name, part in self.columns.items()}
        return Rows(_safe_indexing(self.X, rows), self.kind, texts, columns)


def read_rows(X: Any, kind: str | None = None) -> Rows:
    """Read rows of any kind.

    Parameters
    ----------
    X : rows
    kind : {"texts", "table", "other"}, optional
        What they should be, if that is known: texts may all be missing then.

    Raises
    ------
    InputError, InputTypeError
        If there are none, or they cannot be counted.

    Examples
    --------
    >>> read_rows(["good", None]).texts, read_rows(np.zeros((2, 3))).kind
    (['good', ''], 'table')
    """
    if isinstance(X, str | bytes) or not hasattr(X, "__len__"):
        raise InputTypeError(
            f"Expected rows that can be counted, got {type(X).__name__}. Pass a list of texts, a "
            "DataFrame or an array."
        )
    if not _num_samples(X):
        raise InputError("Expected at least one row, got none.")
    texts = _as_texts(X, may_be_missing=kind == "texts")
    if texts is not None:
        # A model is given an empty text for a missing one.
        gaps = not isinstance(X, pd.DataFrame) and any(not isinstance(one, str) for one in X)
        return Rows(texts if gaps else X, "texts", texts, None)
    columns = _as_columns(X)
    return Rows(X, "other" if columns is None else "table", None, columns)


def _as_texts(X: Any, may_be_missing: bool) -> list[str] | None:
    """Return one column of texts as a list, empty where missing; None if it is none."""
    if isinstance(X, pd.DataFrame):
        X = X.iloc[:, 0] if X.shape[1] == 1 else None
    elif isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == 1 and X.dtype.kind in "OU":
        X = X[:, 0]
    if not isinstance(X, list | tuple | pd.Series | np.ndarray | pd.api.extensions.ExtensionArray):
        return None
    if isinstance(X, np.ndarray) and (X.ndim != 1 or X.dtype.kind not in "OUf"):
        return None
    values = list(X)
    if not any(isinstance(value, str) for value in values) and not (
        may_be_missing and all(map(_may_be_text, values))
    ):
        return None
    wrong = [row for row, value in enumerate(values) if not _may_be_text(value)]
    if wrong:
        raise InputTypeError(
            f"Expected a text in each row, got {values[wrong[0]]!r:.60} in row {wrong[0]}. Put a "
            "text, or None, in its place."
        )
    return [_clean(value) if isinstance(value, str) else "" for value in values]


def _clean(text: str) -> str:
    """Replace half characters, which neither hashes nor files can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _may_be_text(value: object) -> bool:
    return isinstance(value, str) or bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _as_columns(X: Any) -> dict[str, np.ndarray] | None:
    if isinstance(X, pd.DataFrame):
        names = [str(name) for name in X.columns]
        if len(set(names)) < len(names):
            raise InputError("Expected columns of different names, got some twice. Rename them.")
        return {name: _as_column(X.iloc[:, k]) for k, name in enumerate(names[:_MOST_COLUMNS])}
    if not isinstance(X, list | tuple | np.ndarray):
        return None
    try:
        array = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if array.ndim != 2:
        return None
    return {f"x{k}": _finite(array[:, k]) for k in range(min(array.shape[1], _MOST_COLUMNS))}


def _as_column(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(column):
        days = (column - pd.Timestamp("1970", tz=column.dt.tz)) / pd.Timedelta(days=1)
        return _finite(days.to_numpy(np.float64))
    if pd.api.types.is_timedelta64_dtype(column):
        return _finite((column / pd.Timedelta(days=1)).to_numpy(np.float64))
    if _is_of_numbers(column):
        return _finite(column.astype("Float64").to_numpy(np.float64, na_value=np.nan))
    missing = column.isna().to_numpy()
    return np.array(
        ["" if gap else str(value)[:_LONGEST] for gap, value in zip(missing, column, strict=True)]
    )


def _is_of_numbers(column: pd.Series) -> bool:
    """Return whether a column holds numbers, or booleans: with a gap these are objects."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return True
    if not pd.api.types.is_object_dtype(column):
        return False
    there = column[column.notna()].tolist()
    return bool(there) and all(isinstance(one, Real | np.bool_) for one in there)


def _finite(values: np.ndarray) -> np.ndarray:
    """Return values whose infinite ones are so large that no others are, but have a mean."""
    return np.clip(values, -_LARGEST, _LARGEST)


def show_rows(rows: Rows) -> list[str]:
    """Return each row as a text to read.

    Examples
    --------
    >>> show_rows(read_rows(pd.DataFrame({"age": [41.0], "city": ["Rome"]})))
    ['age: 41, city: Rome']
    """
    if rows.texts is not None:
        return [text[:_SHOWN] for text in rows.texts]
    if rows.columns is None:
        return [""] * len(rows)
    shown = {
        name: [value if isinstance(value, str) else f"{value:g}" for value in part.tolist()]
        for name, part in rows.columns.items()
    }
    each = zip(*shown.values(), strict=True)
    return [
        ", ".join(f"{n}: {v}" for n, v in zip(shown, row, strict=True))[:_SHOWN] for row in each
    ]
