"""Rows of a job's tables, as models take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, labels_of, plain, read_table, texts_of, write_table
from keraswrap.exceptions import InputError
from keraswrap.retraining.job._sections import Data

__all__ = ["Table", "files_of", "read_new", "read_rows", "read_train", "together",
           "write_rows"]  # fmt: skip

_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and labels.

    Parameters
    ----------
    X : list of str, or DataFrame of floats
    y : ndarray of shape (n,)
        Objects if some are None.
    """

    X: list[str] | pd.DataFrame
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray) -> Table:
        """Return some rows."""
        if isinstance(self.X, pd.DataFrame):
            return Table(self.X.iloc[rows].reset_index(drop=True), self.y[rows])
        return Table([self.X[row] for row in rows.tolist()], self.y[rows])


def read_train(path: Path, data: Data) -> Table:
    """Read a table of labeled rows.

    Raises
    ------
    InputError
        If a column is not there, a cell is no number where one should be, or a label is
        missing.
    """
    frame = read_table(path, encoding=data.encoding)
    check_columns([*data.inputs, data.label], list(frame.columns), str(path))
    return Table(_inputs(frame, data, path), labels_of(frame[data.label], str(path)))


def files_of(path: Path) -> list[Path]:
    """Return a table, or all tables of a folder, sorted by name; none if it is not there."""
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.suffix.lower() in _SUFFIXES)
    return [path] if path.is_file() else []


def read_new(paths: Sequence[Path], data: Data, classes: Sequence[object]) -> tuple[Table, int]:
    """Read new rows, whose labels are None where there are none.

    Returns
    -------
    table : Table
        Rows that a model can be asked about.
    left_out : int
        How many others there are: without a text, or with a cell that is no finite number.

    Raises
    ------
    InputError
        If a column is not there, a label is not known, or no row can be used.
    """
    known = {str(one): one for one in classes}
    parts, left_out, errors = [], 0, []
    for path in paths:
        frame = read_table(path, encoding=data.encoding)
        check_columns(data.inputs, list(frame.columns), str(path))
        told = frame[data.label] if data.label in frame else pd.Series([None] * len(frame))
        rows, bad = _read(frame, data)
        if bad.any():
            errors.append(_unusable(rows, bad, frame, data, path))
        table = Table(rows, _known(told, known, path))
        parts.append(table.take(np.flatnonzero(~bad)))
        left_out += int(bad.sum())
    found = together(parts)
    if errors and not len(found):
        raise errors[0]
    return found, left_out


def _known(column: pd.Series, known: dict[str, object], path: Path) -> np.ndarray:
    found = np.full(len(column), None, dtype=object)
    values = column.tolist()
    for place in np.flatnonzero(column.notna()).tolist():
        value = plain(values[place])
        name = str(value)
        if name not in known and isinstance(value, float) and value.is_integer():
            name = str(int(value))  # a gap makes a column of whole numbers one of floats
        if name in known:
            found[place] = known[name]
        elif name.strip():
            raise InputError(
                f"Expected one of the labels {sorted(known)[:20]!r:.300} in {str(path)!r}, got "
                f"{value!r:.60}. Correct it, or name it in data.new_labels."
            )
    return found


def _inputs(frame: pd.DataFrame, data: Data, path: Path) -> list[str] | pd.DataFrame:
    rows, bad = _read(frame, data)
    if bad.any():
        raise _unusable(rows, bad, frame, data, path)
    return rows


def _read(frame: pd.DataFrame, data: Data) -> tuple[list[str] | pd.DataFrame, np.ndarray]:
    """Return what a model reads of each row, and which rows it cannot be given."""
    if data.text:
        texts = texts_of(frame[data.text])
        return texts, np.array([not text.strip() for text in texts], dtype=bool)
    numbers = frame[data.columns].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    return numbers.reset_index(drop=True), ~np.isfinite(numbers.to_numpy()).all(axis=1)


def _unusable(
    rows: list[str] | pd.DataFrame, bad: np.ndarray, frame: pd.DataFrame, data: Data, path: Path
) -> InputError:
    row, n = int(np.flatnonzero(bad)[0]), int(bad.sum())
    if isinstance(rows, list):
        return InputError(
            f"Expected a text in each row of {str(path)!r}, got none in {n:,}, the first in row "
            f"{row}, counted from 0 below the header. Drop them."
        )
    name = data.columns[int(np.flatnonzero(~np.isfinite(rows.iloc[row].to_numpy()))[0])]
    return InputError(
        f"Expected finite numbers in {str(path)!r}, got {frame[name].iloc[row]!r:.60} in row "
        f"{row} of the column {name!r}, counted from 0 below the header. Fill or drop it."
    )


def together(parts: Sequence[Table]) -> Table:
    """Put tables below one another.

    Examples
    --------
    >>> together([Table(["a"], np.array([0])), Table(["b"], np.array([1]))]).X
    ['a', 'b']
    """
    y = np.concatenate([part.y for part in parts])
    if isinstance(parts[0].X, list):
        return Table([text for part in parts for text in part.X], y)
    return Table(pd.concat([part.X for part in parts], ignore_index=True), y)


def write_rows(table: Table, path: Path, data: Data, **more: object) -> Path:
    """Write rows for `read_rows`; `more` are further columns."""
    columns: dict[str, object] = (
        {data.text: table.X} if isinstance(table.X, list) else {n: table.X[n] for n in table.X}
    )
    frame = pd.DataFrame({**columns, data.label: pd.Series(table.y.tolist(), dtype=object), **more})
    write_table(frame, path, overwrite=True)
    return path


def read_rows(path: Path, data: Data) -> Table:
    """Read what `write_rows` wrote."""
    frame = read_table(path)
    labels = np.array(frame[data.label].tolist())
    if data.text:
        return Table(frame[data.text].tolist(), labels)
    return Table(frame[data.columns].astype(np.float64), labels)
