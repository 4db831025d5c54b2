"""What kind of column each one is, and what is said of it: never one of its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from keraswrap.exceptions import InputError

__all__ = ["Column", "describe_columns", "rounded"]

# Words that texts have on average, and the share of rows that differ, from which on they are texts.
_WORDS, _DISTINCT = 4.0, 0.5
# Different whole numbers up to which a column may be treated as categories.
FEW = 20


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    id : str
        Its number, as a specification refers to it: "c0", "c1", ...
    key : str or int
        Its name, or its position in an array or a frame whose names are not texts.
    kind : {"number", "category", "text", "unused"}
    missing : float
        Share of rows without a value.
    distinct : int
        Number of different values.
    low, high : float or None
        5th and 95th percentile of numbers, rounded to two digits.
    whole : bool
        Whether all numbers are whole.
    note : str
        Why it is not used.
    """

    id: str
    key: str | int
    kind: str
    missing: float
    distinct: int
    low: float | None = None
    high: float | None = None
    whole: bool = False
    note: str = ""

    @property
    def is_like_categories(self) -> bool:
        """Whether it holds numbers that may stand for categories."""
        return self.kind == "number" and self.whole and 2 <= self.distinct <= FEW


def describe_columns(X: pd.DataFrame, by_name: bool) -> tuple[Column, ...]:
    """Return what each column is.

    Parameters
    ----------
    X : DataFrame of shape (n, d)
    by_name : bool
        Whether columns are referred to by their names, rather than their positions.

    Returns
    -------
    tuple of Column

    Raises
    ------
    InputError
        If a column holds values of several types, or infinite ones.

    Examples
    --------
    >>> X = pd.DataFrame({"age": [20.0, None, 40.0], "city": ["Rome", "Oslo", "Rome"]})
    >>> [(column.id, column.kind, column.distinct) for column in describe_columns(X, True)]
    [('c0', 'number', 2), ('c1', 'category', 2)]
    """
    keys = [str(name) if by_name else k for k, name in enumerate(X.columns)]
    return tuple(_describe(f"c{k}", key, X.iloc[:, k]) for k, key in enumerate(keys))


def _describe(id_: str, key: str | int, values: pd.Series) -> Column:
    here = values.dropna()
    missing = float(values.isna().mean())
    if here.empty:
        return Column(id_, key, "unused", missing, 0, note="it is empty")
    if types.infer_dtype(here) in _DATES or types.is_datetime64_any_dtype(values.dtype):
        return Column(id_, key, "unused", missing, here.nunique(), note="it holds dates")
    if _holds_numbers(values):
        return _describe_numbers(id_, key, here, missing)
    _check_one_type(key, here)
    distinct = int(here.nunique())
    kind = "unused" if distinct == 1 and not missing else _kind_of(here, distinct)
    return Column(id_, key, kind, missing, distinct, note=_CONSTANT if kind == "unused" else "")


_CONSTANT = "all its values are equal"
_DATES = frozenset(
    {"date", "datetime", "datetime64", "period", "time", "timedelta", "timedelta64"}
)  # as pandas calls them


def _holds_numbers(values: pd.Series) -> bool:
    kind = values.dtype
    return types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind)


def _describe_numbers(id_: str, key: str | int, here: pd.Series, missing: float) -> Column:
    if types.is_complex_dtype(here.dtype):
        raise InputError(f"Expected real numbers in column {key!r}, got complex ones.")
    numbers = here.to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise InputError(
            f"Expected finite numbers in column {key!r:.60}, got infinite ones. Set them to NaN, "
            "which counts as missing."
        )
    distinct = len(np.unique(numbers))
    if distinct == 1 and not missing:
        return Column(id_, key, "unused", missing, 1, note=_CONSTANT)
    low, high = (rounded(float(each)) for each in np.quantile(numbers, [0.05, 0.95]))
    whole = bool((numbers == np.round(numbers)).all())
    return Column(id_, key, "number", missing, distinct, low, high, whole)


def _check_one_type(key: str | int, here: pd.Series) -> None:
    """Raise InputError unless all values are texts, or all are bools."""
    if isinstance(here.dtype, pd.CategoricalDtype):
        here = pd.Series(here.cat.categories)
        if _holds_numbers(here):
            return
    found = {_type_of(value) for value in here.tolist()}
    if found not in ({"str"}, {"bool"}):
        raise InputError(
            f"Expected texts, bools or numbers in column {key!r:.60}, got values of type "
            f"{', '.join(sorted(found))}. Convert them, numbers for instance with "
            "pandas.to_numeric."
        )


def _type_of(value: object) -> str:
    return "bool" if isinstance(value, bool | np.bool_) else type(value).__name__


def _kind_of(here: pd.Series, distinct: int) -> str:
    if types.is_bool_dtype(here.dtype) or isinstance(here.dtype, pd.CategoricalDtype):
        return "category"
    if isinstance(here.iloc[0], bool | np.bool_):
        return "category"
    words = float(here.str.split().str.len().mean())
    return "text" if words >= _WORDS and distinct >= _DISTINCT * len(here) else "category"


def rounded(value: float) -> float:
    """Return a number with two significant digits.

    Examples
    --------
    >>> rounded(1234.5), rounded(-0.01239), rounded(0.0)
    (1200.0, -0.012, 0.0)
    """
    return float(f"{value:.1e}")
