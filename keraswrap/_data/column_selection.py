"""Columns and labels, chosen by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from keraswrap._data.row_data import LONE, Column, RowData, Rows, RowView
from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError


def check_columns(columns: Sequence[str] | None, names: Sequence[str]) -> list[str]:
    """Check that columns are there.

    Raises
    ------
    InputError
        If one is not; those there are are named.

    Examples
    --------
    >>> check_columns(["text"], ["text", "stars"])
    ['text']
    """
    chosen = [columns] if isinstance(columns, str) else list(columns or [])
    missing = [name for name in chosen if name not in names]
    if missing:
        raise InputError(
            f"Expected existing columns, got {missing} where there are {list(names)}. "
            "Choose among these."
        )
    return chosen


def choose(found: RowData, label: str | None, columns: Sequence[str] | None) -> RowData:
    """Take label and columns out of named columns that are rows already."""
    if label is None and columns is None:
        return found
    rows, names = found.X.rows, list(found.X.names)
    taken = check_columns([label], names) if label is not None else []
    chosen = check_columns(columns, names) or [name for name in names if name not in taken]
    y = np.asarray(_one_column(rows, taken[0])) if taken else found.y
    return RowData(RowView(_only(rows, chosen)), y, found.sample_weight)


def _one_column(rows: Rows, name: str) -> Column:
    if rows.columns is None:
        return rows.arrays[name]
    return np.asarray(rows.arrays[LONE][:])[:, rows.columns.index(name)]


def _only(rows: Rows, names: list[str]) -> Rows:
    if rows.columns is not None:
        places = [rows.columns.index(name) for name in names]
        return replace(rows, arrays={LONE: rows.arrays[LONE][:][:, places]}, columns=tuple(names))
    arrays = {name: rows.arrays[name] for name in names}
    return Rows({LONE: next(iter(arrays.values()))} if len(arrays) == 1 else arrays)


def check_labels(y: Any) -> object:
    """Check that no label is missing; of several heads, one may be.

    Raises
    ------
    InputError
        If one is; its row is named.

    Examples
    --------
    >>> check_labels(np.array([0, 1]))
    array([0, 1])
    """
    gaps: np.ndarray | list[int] = np.flatnonzero(pd.isna(y)) if _are_labels(y) else []
    if len(gaps):
        raise InputError(
            f"Expected a label in every row, got {y[gaps[0]]} in row {gaps[0]}. Drop such rows, or "
            "give them a label."
        )
    return y


def _are_labels(y: Any) -> bool:
    return y is not None and not isinstance(y, TargetView) and np.ndim(y) == 1
