"""Writing a table: whole or not at all, and over an existing file only on request."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

import numpy as np
import pandas as pd

from keraswrap._drafts import draft_file
from keraswrap._tables.formulas import guard
from keraswrap._tables.joined import join_objects, join_records
from keraswrap._tables.parquet import parquet_writer
from keraswrap._tables.read import kind_of_file
from keraswrap._tables.types import PathLike, Row
from keraswrap.exceptions import InputError, StorageError

_DELIMITERS = {"csv": ",", "tsv": "\t"}
# Rows of a frame that are written at a time.
_ROWS = 1 << 16


def check_new(path: PathLike, overwrite: bool = False) -> Path:
    """Return a path that can be written to, before any work is done for it.

    Parameters
    ----------
    overwrite : bool, default=False
        Whether an existing file may be overwritten.

    Raises
    ------
    InputError
        If something is there already.
    StorageError
        If its folder does not exist or cannot be written.
    """
    path = Path(path)
    if path.is_dir() or (path.exists() and not overwrite):
        todo = (
            "Name a file"
            if path.is_dir()
            else "Name another, or ask for it: overwrite=True, --overwrite"
        )
        raise InputError(f"Expected an unused path, got {str(path)!r}, which exists. {todo}.")
    folder = path.absolute().parent
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        reason = "cannot be written" if folder.is_dir() else "is not there"
        raise StorageError(
            f"Expected a writable folder, got {str(folder)!r}, which {reason}. Make "
            "it, or name another."
        )
    return path


@contextmanager
def new_file(path: PathLike, overwrite: bool = False) -> Iterator[Path]:
    """Yield a draft beside `path` to write to, which replaces it on success.

    Raises
    ------
    InputError, StorageError
        As from `check_new`, or if the disk is full; `path` is then as it was.
    """
    path = check_new(path, overwrite)
    try:
        with draft_file(path) as draft:
            yield draft
            check_new(path, overwrite)  # again: the work may have taken hours
            draft.replace(path)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(
            f"Writing {str(path)!r} failed: {error.strerror or error}. Nothing was changed there. "
            "Free some space, or name another folder."
        ) from error


def write_table(
    frame: pd.DataFrame, path: PathLike, *, overwrite: bool = False, spreadsheet: bool = False
) -> None:
    """Write a frame without its index, in the format that the extension names.

    Parameters
    ----------
    path : str or path
        Ends in .csv, .tsv, .jsonl or .parquet.
    spreadsheet : bool, default=False
        Whether texts that a spreadsheet would run as formulas get an
        apostrophe before them, in CSV and TSV.

    Raises
    ------
    InputError, StorageError
        If something is there already, or it cannot be written.
    """
    kind = kind_of_file(path)
    with new_file(path, overwrite) as draft, part_writer(draft, kind, spreadsheet) as write:
        for start in range(0, max(len(frame), 1), _ROWS):
            write(frame.iloc[start : start + _ROWS])


@contextmanager
def part_writer(
    draft: Path, kind: str, spreadsheet: bool = False
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Begin a table in a file, and give what writes the next frame of it.

    Parameters
    ----------
    draft : path
    kind : {"csv", "tsv", "jsonl", "parquet"}
        Of Parquet, parts with columns of objects are kept in memory to the end:
        the type of a column follows from all of them.
    spreadsheet : bool, default=False
        As for `write_table`.

    Raises
    ------
    InputError, StorageError
        From what is given, if it cannot be written.
    """
    if kind == "parquet":
        with parquet_writer(draft) as write:
            yield write
        return
    with draft.open("w", encoding="utf-8", newline="") as file:
        yield FrameLines(file, kind, spreadsheet).write


class FrameLines:
    """What writes frames with the same columns into an open file, as lines of text.

    Parameters
    ----------
    file : text file
        In UTF-8, with ``newline=""``.
    kind : {"csv", "tsv", "jsonl"}
    spreadsheet : bool, default=False
        As for `write_table`.
    """

    def __init__(self, file: TextIO, kind: str, spreadsheet: bool = False) -> None:
        self.file, self.kind, self.spreadsheet = file, kind, spreadsheet
        self.row: Callable[[Iterable[object]], None] | None = None
        self.count = 0

    def write(self, frame: pd.DataFrame) -> None:
        """Write the rows of a frame; before the first ones, the names of the columns."""
        if self.row is None:
            names = [str(name) for name in frame.columns]
            self.row = row_writer(self.file, self.kind, names, self.spreadsheet)
        joined = self._join(frame)
        if joined is None:
            self._write_rows(frame, self.row)
        else:
            self.file.flush()
            self.file.buffer.write(joined)
        self.count += len(frame)

    def _join(self, frame: pd.DataFrame) -> bytes | memoryview | None:
        """Return what is to be written, if no cell needs more than its column's other cells."""
        if self.kind == "jsonl":
            return join_objects(frame, lambda value: _encode(_plain(value)))
        if self.spreadsheet or importlib.util.find_spec("pyarrow") is None:
            return None
        return join_records(frame, _DELIMITERS[self.kind], cell_text)

    def _write_rows(self, frame: pd.DataFrame, write: Callable[[Iterable[object]], None]) -> None:
        for number, row in enumerate(frame.itertuples(index=False, name=None), self.count):
            try:
                write(row)
            except UnicodeEncodeError as error:
                raise InputError(
                    f"Expected text that is valid Unicode, got half a character in row {number}. "
                    "Write a file that ends in .jsonl, which can hold it."
                ) from error


def row_writer(
    file: IO[str], kind: str, names: Sequence[str], spreadsheet: bool = False
) -> Callable[[Iterable[object]], None]:
    r"""Begin a table in an open file, and give what writes a row of it.

    Parameters
    ----------
    file : text file
        Opened with ``newline=""``.
    kind : {"csv", "tsv", "jsonl"}
    names : sequence of str
        Of the columns.
    spreadsheet : bool, default=False
        As for `write_table`.

    Examples
    --------
    >>> import io
    >>> file = io.StringIO()
    >>> row_writer(file, "csv", ["text", "stars"])(["a, b", None])
    >>> file.getvalue()
    'text,stars\n"a, b",\n'
    """
    if kind == "jsonl":
        return lambda row: _write_object(file, dict(zip(names, row, strict=True)))
    delimiter = _DELIMITERS[kind]
    plain = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    quoted = csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(row: Iterable[object]) -> None:
        cells = [guard(cell_text(cell)) if spreadsheet else cell_text(cell) for cell in row]
        # csv does not quote a lone carriage return, which would end the row.
        (quoted if any("\r" in cell for cell in cells) else plain).writerow(cells)

    write(names)
    return write


def cell_text(value: object) -> str:
    """Format a value as a cell; a missing value leaves it empty.

    Raises
    ------
    InputError
        If it is bytes, which are no text.

    Examples
    --------
    >>> cell_text(np.float64("nan")), cell_text(0.5), cell_text(["a"])
    ('', '0.5', '["a"]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | dict | np.ndarray):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return "" if pd.isna(value) else str(_no_bytes(value))


def _no_bytes(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        raise InputError(
            f"Expected texts and numbers, got bytes that are no UTF-8: {bytes(value[:20])!r}. "
            "Leave columns of images or other bytes out, or write a file that ends in .parquet."
        )
    return value


def _write_object(file: IO[str], row: Row) -> None:
    row = {name: _plain(value) for name, value in row.items()}
    try:
        line = _encode(row)
        line.encode("utf-8")
    except UnicodeEncodeError:  # half a character
        line = json.dumps(row, default=_plain)
    file.write(line + "\n")


def _plain(value: object) -> object:
    """Return a value that JSON can hold."""
    if type(value) is str:  # most of them
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bool | int | list | tuple | dict):
        return value
    if pd.isna(value):
        return None
    return value if isinstance(value, float) else str(_no_bytes(value))


# Made once: json.dumps makes one for each row.
_encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
