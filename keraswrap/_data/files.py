"""Rows on disk: an Arrow file that is written block by block, and mapped into memory."""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from keraswrap._data.columns import LazyColumn
from keraswrap._optional import require
from keraswrap.exceptions import InputError, StorageError

# Bytes that are read of a file before its pages are let go of. They would not be
# lost to others, but they count as this process's.
_HELD = 64 * 2**20
# What the system maps around each byte that is asked for.
_PAGES = 64 * 2**10


def _arrow() -> Any:
    return require("pyarrow", "text")


class ArrowFile:
    """A file of record batches; removed with its last reader in the process that wrote it.

    Parameters
    ----------
    path : str
    owned : bool
        Whether to remove the file. A copy in another process does not.
    """

    def __init__(self, path: str, *, owned: bool = False) -> None:
        self.path = path
        if owned:
            weakref.finalize(self, _remove, path, os.getpid())
        try:
            with open(path, "rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise InputError(
                f"Expected the rows of a view in {path!r}, which is gone: a view over a stream "
                "lives as long as the process that made it. Make it again with row_view."
            ) from error
        arrow = _arrow()
        reader = arrow.ipc.open_file(arrow.py_buffer(self._map))
        self.blocks = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        self.starts = np.cumsum([0, *(block.num_rows for block in self.blocks)])
        self._row_bytes = len(self._map) // max(1, self.n)
        self._touched = 0

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.starts[-1])

    def let_go(self, positions: np.ndarray) -> None:
        """Count rows that were read, and give memory back where they were many."""
        if len(positions):
            span = (positions.max() - positions.min() + 1) * self._row_bytes
            self._touched += min(int(span), len(positions) * max(_PAGES, self._row_bytes))
        if self._touched > _HELD and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return ArrowFile, (self.path,)


def _remove(path: str, process: int) -> None:
    # A forked child ends with a copy of this; the file is not its own.
    if os.getpid() == process:
        with suppress(OSError):
            os.unlink(path)


class FileColumn(LazyColumn):
    """One column of an `ArrowFile`.

    Parameters
    ----------
    file : ArrowFile
    name : str
    row_shape, dtype
        As for `LazyColumn`.
    """

    def __init__(self, file: ArrowFile, name: str, row_shape: tuple[int, ...], dtype: Any) -> None:
        super().__init__(file.n, row_shape, dtype)
        self.file, self.name = file, name

    def _fetch(self, positions: np.ndarray) -> np.ndarray:
        found = np.empty((len(positions), *self.row_shape), self.dtype)
        which = np.searchsorted(self.file.starts, positions, side="right") - 1
        for block in np.unique(which):
            mine = which == block
            column = self.file.blocks[block].column(self.name)
            found[mine] = self._rows(column, positions[mine] - self.file.starts[block])
        self.file.let_go(positions)
        return found

    def _rows(self, column: Any, local: np.ndarray) -> np.ndarray:
        if self.is_text:
            column, local = column.take(_arrow().array(local)), np.arange(len(local))
        flat = column.flatten() if self.row_shape else column
        values = flat.to_numpy(zero_copy_only=not self.is_text)
        if self.dtype.kind == "b":
            values = values.view(bool)
        return values.reshape(-1, *self.row_shape)[local]


class FileWriter:
    """Writes blocks of columns to a new file, and leaves none where that fails.

    Parameters
    ----------
    folder : str or path, optional
        Where; the system's folder for temporary files by default.

    Raises
    ------
    StorageError
        If the folder cannot be written, or the disk is full.
    """

    def __init__(self, folder: Any = None) -> None:
        try:
            handle, self.path = tempfile.mkstemp(".arrow", "keraswrap-", folder)
        except OSError as error:
            raise StorageError(
                f"Expected a folder that can be written for the rows of a stream, got "
                f"{os.fspath(folder or tempfile.gettempdir())!r}: {error}. Pass another as folder="
                " to row_view."
            ) from error
        self._file = os.fdopen(handle, "wb")
        self._sink: Any = None

    def write(self, columns: Mapping[str, np.ndarray]) -> None:
        """Add rows."""
        arrow = _arrow()
        block = arrow.record_batch({name: _to_arrow(a) for name, a in columns.items()})
        try:
            self._sink = self._sink or arrow.ipc.new_file(self._file, block.schema)
            self._sink.write_batch(block)
        except OSError as error:
            self._fail(error)

    def close(self) -> ArrowFile:
        """Finish the file and open it for reading."""
        try:
            if self._sink is not None:
                self._sink.close()
            self._file.close()
        except OSError as error:
            self._fail(error)
        return ArrowFile(self.path, owned=True)

    def _fail(self, error: OSError) -> None:
        self.abandon()
        raise StorageError(
            f"Writing the rows of a stream to {os.path.dirname(self.path)!r} failed: {error}. "
            "Nothing is left of them there. Free some space, or pass another folder= to row_view."
        ) from error

    def abandon(self) -> None:
        """Remove what was written."""
        for close in (self._file.close, lambda: os.unlink(self.path)):
            with suppress(OSError):
                close()


def _to_arrow(array: np.ndarray) -> Any:
    arrow = _arrow()
    if array.dtype.kind == "O":
        flat = arrow.array(array.ravel(), arrow.large_string())
    else:
        plain = array.view("uint8") if array.dtype.kind == "b" else array
        flat = arrow.array(np.ascontiguousarray(plain).ravel())
    if array.ndim == 1:
        return flat
    return arrow.FixedSizeListArray.from_arrays(flat, int(np.prod(array.shape[1:])))
