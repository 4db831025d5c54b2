"""Rows on disk: an Arrow file that is written block by block, and read row by row."""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np

from keraswrap._data.columns import LazyColumn
from keraswrap._optional import require
from keraswrap.exceptions import InputError, StorageError


def _arrow() -> Any:
    return require("pyarrow", "text")


class ArrowFile:
    """A file of record batches; removed with its last reader in the process that wrote it.

    Rows are read, not mapped into memory: what is mapped counts as this
    process's, and around each row that is asked for the system maps megabytes.

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
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - open as long as this is
        except FileNotFoundError as error:
            raise InputError(
                f"Expected the rows of a view in {path!r}, which is gone: a view over a stream "
                "lives as long as the process that made it. Make it again with row_view."
            ) from error
        self._lock = threading.Lock()
        self.starts, self._places = _layout(self._file)

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.starts[-1])

    def runs(self, positions: np.ndarray) -> Iterator[tuple[slice, int, int]]:
        """Split positions into runs that lie side by side in one block.

        Yields
        ------
        tuple
            Where the run stands in `positions`, its block, its first row there.
        """
        blocks = np.searchsorted(self.starts, positions, side="right") - 1
        breaks = np.flatnonzero((np.diff(positions) != 1) | (np.diff(blocks) != 0)) + 1
        for first, last in pairwise([0, *breaks.tolist(), len(positions)]):
            if first < last:
                block = int(blocks[first])
                yield slice(first, last), block, int(positions[first] - self.starts[block])

    def read_into(self, found: np.ndarray, name: str, block: int, first: int) -> None:
        """Fill an array with the values of a column, from value `first` of a block on."""
        self._read(found, self._places[name, block][1] + first * found.itemsize)

    def texts(self, name: str, block: int, first: int, count: int) -> list[str]:
        """Read values of a column of text."""
        offsets_at, values_at = self._places[name, block]
        ends = np.empty(count + 1, "int64")
        self._read(ends, offsets_at + first * 8)
        characters = np.empty(ends[-1] - ends[0], "uint8")
        self._read(characters, values_at + int(ends[0]))
        data, ends = characters.tobytes(), ends - ends[0]
        return [data[start:stop].decode("utf-8") for start, stop in pairwise(ends.tolist())]

    def _read(self, found: np.ndarray, at: int) -> None:
        rest = memoryview(found.data).cast("B") if found.size else memoryview(b"")
        with self._lock:
            self._file.seek(at)
            while rest:
                count = self._file.readinto(rest)
                if not count:
                    raise StorageError(f"Expected {self.path!r} to be whole, got its end too soon.")
                rest = rest[count:]

    def __reduce__(self) -> tuple[Any, ...]:
        return ArrowFile, (self.path,)


def _layout(file: Any) -> tuple[np.ndarray, dict[tuple[str, int], list[int]]]:
    """Find where in a file its blocks begin, and each one's offsets and values."""
    arrow = _arrow()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        whole = arrow.py_buffer(mapped)
        reader = arrow.ipc.open_file(arrow.BufferReader(whole))
        blocks = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        places = {
            (name, i): [b.address - whole.address if b else 0 for b in column.buffers()[-2:]]
            for i, block in enumerate(blocks)
            for name, column in zip(block.schema.names, block.columns, strict=True)
        }
        starts = np.cumsum([0, *(block.num_rows for block in blocks)])
        del whole, reader, blocks  # a mapping closes when nothing points into it
    return starts, places


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
        inner = int(np.prod(self.row_shape))
        for where, block, first in self.file.runs(positions):
            part = found[where]
            if self.is_text:
                texts = self.file.texts(self.name, block, first * inner, part.size)
                part.reshape(-1)[:] = texts
            else:
                self.file.read_into(part, self.name, block, first * inner)
        return found


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
