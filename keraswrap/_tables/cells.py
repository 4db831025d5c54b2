"""A column as texts or as labels. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from types import UnionType
from typing import Any

import numpy as np
import pandas as pd

from keraswrap._wording import counted
from keraswrap.exceptions import InputError

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NAMED = 5
_KINDS: dict[str, type | UnionType] = {"text": str, "boolean": bool | np.bool_}
_KINDS |= {"number": int | float | np.number}


def texts_of(column: pd.Series) -> list[str]:
    """Return a column as texts; a missing value is an empty text.

    Raises
    ------
    InputError
        If it holds bytes, lists or objects.

    Examples
    --------
    >>> texts_of(pd.Series(["fine", None, 3], dtype=object))
    ['fine', '', '3']
    """
    return [text_of(value, column.name) for value in column.tolist()]


def text_of(value: object, column: object) -> str:
    """Return a value of a column as text.

    Raises
    ------
    InputError
        If it is bytes, a list or an object.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes) or not pd.api.types.is_scalar(value):
        kind = "bytes that are no UTF-8" if isinstance(value, bytes) else type(value).__name__
        raise InputError(
            f"Expected texts in the column {column!r}, got {kind}: {value!r:.60}. Write the texts "
            "into a column of their own, as UTF-8, or name another with --text."
        )
    missing = value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
    return "" if missing else str(value)


def labels_of(column: pd.Series, source: str) -> np.ndarray:
    """Return a column as labels; texts that are whole numbers become numbers, so that they sort.

    Raises
    ------
    InputError
        If a row has none, or labels are of several kinds, lists or objects.

    Examples
    --------
    >>> labels_of(pd.Series(["10", "9"]), "reviews.csv")
    array([10,  9])
    """
    check_labeled(np.flatnonzero(unlabeled(column)), source)
    return as_labels(column.tolist(), column.name, source)


def unlabeled(column: pd.Series) -> np.ndarray:
    """Return which rows have no label: nothing, or blanks.

    Examples
    --------
    >>> unlabeled(pd.Series(["a", " ", None])).tolist()
    [False, True, True]
    """
    empty = [isinstance(value, str) and not value.strip() for value in column.tolist()]
    return column.isna().to_numpy(dtype=bool) | np.array(empty, dtype=bool)


def check_labeled(rows: np.ndarray, source: str) -> None:
    """Raise InputError if there are rows without a label."""
    if len(rows):
        more = ", ..." if len(rows) > _NAMED else ""
        raise InputError(
            f"Expected a label in each row of {source!r}, got none in "
            f"{counted(len(rows), 'row')}: row {', '.join(map(str, rows[:_NAMED]))}{more}, counted "
            "from 0 below the header. Label or drop them."
        )


def as_labels(values: list[Any], name: object, source: str) -> np.ndarray:
    """Return values that are there as labels, as `labels_of` does."""
    values = [plain(value) for value in values]
    _check_kinds(values, name, source)
    if all(isinstance(value, str) and _WHOLE.fullmatch(value) for value in values):
        return np.array([int(value) for value in values])
    return np.array(values)


def _check_kinds(values: list[object], name: object, source: str) -> None:
    first: dict[str, object] = {}
    for value in values:
        first.setdefault(_kind(value), value)
    wrong = next((value for kind, value in first.items() if kind not in _KINDS), None)
    if len(first) > 1 or wrong is not None:
        shown = [wrong] if wrong is not None else first.values()
        raise InputError(
            f"Expected labels of one kind, texts or numbers, in the column {name!r} of "
            f"{source!r}, got {' beside '.join(f'{value!r:.60}' for value in shown)}. Write all "
            "of them alike."
        )


def _kind(value: object) -> str:
    return next(
        (name for name, kind in _KINDS.items() if isinstance(value, kind)), repr(type(value))
    )


def plain(label: object) -> object:
    """Return a label as arrays hold it: a database's decimals become numbers.

    Examples
    --------
    >>> plain(Decimal("4.00")), plain(Decimal("4.5")), plain("4.00")
    (4, 4.5, '4.00')
    """
    if not isinstance(label, Decimal):
        return label
    return int(label) if label == label.to_integral_value() else float(label)
