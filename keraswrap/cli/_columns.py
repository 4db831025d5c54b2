"""The table that a command reads, and its columns of texts, labels and groups."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, plain, read_table
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import merge_variants

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
    return read_table(options.data, encoding=options.encoding, limit=limit_of(options))


def limit_of(options: argparse.Namespace) -> int:
    """Return the largest size of a table that is read into memory, in bytes.

    Raises
    ------
    ParameterError
        If it is not above 0.
    """
    if not options.max_size > 0:
        raise ParameterError(f"Expected --max-size above 0, in GB, got {options.max_size}.")
    return int(min(options.max_size, _MOST) * (1 << 30))


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
