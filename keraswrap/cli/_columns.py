"""The table that a command reads, and its columns of texts, labels and groups."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from decimal import Decimal
from types import UnionType

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, read_table
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import merge_variants

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NAMED = 5
_KINDS: dict[str, type | UnionType] = {"text": str, "boolean": bool | np.bool_}
_KINDS |= {"number": int | float | np.number}
# Gigabytes that stand in for no limit (inf).
_MOST = 1 << 20


def load_table(options: argparse.Namespace) -> pd.DataFrame:
    """Read the table, unless it is larger than allowed.

    Raises
    ------
    InputError
        If it is larger, or cannot be read.
    ParameterError
        If the limit is not above 0.
    """
    if not options.max_size > 0:
        raise ParameterError(f"Expected --max-size above 0, in GB, got {options.max_size}.")
    limit = int(min(options.max_size, _MOST) * (1 << 30))
    return read_table(options.data, encoding=options.encoding, limit=limit)


def groups_of(frame: pd.DataFrame, options: argparse.Namespace) -> np.ndarray | None:
    """Return the number of each row's group; a row without a group is one by itself.

    Raises
    ------
    InputError
        If the column holds no single values.
    """
    if options.group is None:
        return None
    check_columns([options.group], list(frame.columns), options.data)
    if not _is_plain(frame[options.group]):
        raise InputError(
            f"Expected a column of texts or numbers as --group, got {options.group!r}. Name "
            "another."
        )
    column = frame[options.group]
    column = column.astype(object).where(column.notna() & (column.astype(str) != ""), None)
    codes = pd.factorize(column)[0]
    alone = codes < 0
    return np.where(alone, codes.max(initial=0) + 1 + np.arange(len(codes)), codes)


def merged_labels(column: pd.Series) -> pd.Series:
    """Merge the labels of a column that differ in form only; missing ones stay."""
    values = [None if value == "" else value for value in column.astype(object).tolist()]
    there = ~pd.isna(pd.Series(values, dtype=object)).to_numpy()
    merged = np.array(values, dtype=object)
    merged[there] = merge_variants([plain(v) for v in merged[there]]).tolist()
    return pd.Series(merged, index=column.index, name=column.name, dtype=object)


def other_columns(frame: pd.DataFrame, taken: Sequence[str], id_column: str | None) -> pd.DataFrame:
    """Return the columns besides text and label that hold single values.

    Raises
    ------
    InputError
        If the one that is to be the id is not among them.
    """
    names = [name for name in frame.columns if name not in taken and _is_plain(frame[name])]
    if id_column is not None and id_column not in names:
        raise InputError(
            f"Expected a column of texts or numbers beside --text and --label as --id, got "
            f"{id_column!r}. Name another."
        )
    return frame[names]


def _is_plain(column: pd.Series) -> bool:
    values = column.dropna().tolist()
    return not any(isinstance(v, bytes) or not pd.api.types.is_scalar(v) for v in values)


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
    values = column.tolist()
    empty = [isinstance(value, str) and not value.strip() for value in values]
    missing = column.isna().to_numpy(dtype=bool) | empty
    if missing.any():
        rows = np.flatnonzero(missing)
        more = ", ..." if len(rows) > _NAMED else ""
        raise InputError(
            f"Expected a label in each row of {source!r}, got none in "
            f"{counted(len(rows), 'row')}: row {', '.join(map(str, rows[:_NAMED]))}{more}, counted "
            "from 0 below the header. Label or drop them."
        )
    values = [plain(value) for value in values]
    _check_kinds(values, column.name, source)
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
