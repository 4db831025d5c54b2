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


def read_new(paths: Sequence[Path], data: Data, classes: Sequence[object]) -> Table:
    """Read new rows, whose labels are None where there are none.

    Raises
    ------
    InputError
        If a column is not there, or a label is not known.
    """
    known = {str(one): one for one in classes}
    parts = []
    for path in paths:
        frame = read_table(path, encoding=data.encoding)
        check_columns(data.inputs, list(frame.columns), str(path))
        told = frame[data.label] if data.label in frame else pd.Series([None] * len(frame))
        parts.append((_inputs(frame, data, path), _known(told, known, path)))
    labels = np.concatenate([labels for _, labels in parts])
    if data.text:
        return Table([text for texts, _ in parts for text in texts], labels)
    return Table(pd.concat([frame for frame, _ in parts], ignore_index=True), labels)


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
    if data.text:
        texts = texts_of(frame[data.text])
        empty = [row for row, text in enumerate(texts) if not text.strip()]
        if empty:
            raise InputError(
                f"Expected a text in each row of {str(path)!r}, got none in {len(empty):,}, the "
                f"first in row {empty[0]}, counted from 0 below the header. Drop them."
            )
        return texts
    numbers = frame[data.columns].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    bad = ~np.isfinite(numbers.to_numpy())
    if bad.any():
        row, column = np.argwhere(bad)[0].tolist()
        name = data.columns[column]
        raise InputError(
            f"Expected finite numbers in {str(path)!r}, got {frame[name].iloc[row]!r:.60} in row "
            f"{row} of the column {name!r}, counted from 0 below the header. Fill or drop it."
        )
    return numbers.reset_index(drop=True)


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
