"""The table of ``keraswrap design``: columns with the types that their cells show."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, labels_of
from keraswrap.cli._columns import load_table
from keraswrap.exceptions import InputError, ParameterError

__all__ = ["load_target", "typed"]

# "007" and "+1" are rather names than numbers.
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def load_target(options: argparse.Namespace) -> tuple[pd.DataFrame, pd.Series]:
    """Read the table, and return its columns without the target's, and the target.

    Raises
    ------
    InputError, ParameterError
        If the file or a column cannot be read, or no column is left.
    """
    frame = load_table(options)
    check_columns([options.target, *options.drop], list(frame), options.data)
    if options.target in options.drop:
        raise ParameterError(
            f"Expected other columns than --target as --drop, got {options.target!r}."
        )
    left = frame.drop(columns=[options.target, *options.drop])
    if not left.shape[1]:
        raise InputError(
            f"Expected a column besides {options.target!r} to predict it from, got none in "
            f"{options.data!r}."
        )
    return typed(left), _target(frame[options.target], options.data)


def _target(column: pd.Series, source: str) -> pd.Series:
    """Return numbers if all are numbers, and labels otherwise."""
    numbers = _as_numbers(column)
    if numbers is not None:
        return numbers
    return pd.Series(labels_of(column, source), name=column.name)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which texts that are all numbers are numbers, and empty ones are gaps.

    Cells of a CSV file are texts. "007" is no number: it may be a name.

    Examples
    --------
    >>> made = typed(pd.DataFrame({"age": ["20", "", "31.5"], "zip": ["00184", "20121", "80132"]}))
    >>> made["age"].tolist(), made["zip"].tolist()
    ([20.0, nan, 31.5], ['00184', '20121', '80132'])
    """
    return pd.DataFrame({name: _typed(frame[name]) for name in frame}, index=frame.index)


def _typed(column: pd.Series) -> pd.Series:
    if not _holds_texts(column):
        return column
    numbers = _as_numbers(column)
    return _without_blanks(column) if numbers is None else numbers


def _holds_texts(column: pd.Series) -> bool:
    there: Sequence[object] = column.dropna().tolist()
    return bool(there) and all(isinstance(one, str) for one in there)


def _without_blanks(column: pd.Series) -> pd.Series:
    blank = column.map(lambda one: isinstance(one, str) and not one.strip())
    return column.mask(blank.astype(bool))


def _as_numbers(column: pd.Series) -> pd.Series | None:
    if not _holds_texts(column):
        return column if pd.api.types.is_numeric_dtype(column) else None
    texts = _without_blanks(column).map(str.strip, na_action="ignore")
    there = texts.dropna()
    if there.empty or not there.map(lambda one: bool(_NUMBER.fullmatch(one))).all():
        return None
    numbers = pd.to_numeric(texts.astype(object)).astype(np.float64)
    whole = numbers.notna().all() and (numbers == numbers.round()).all()
    return numbers.astype(np.int64) if whole and numbers.abs().max() < 2**53 else numbers
