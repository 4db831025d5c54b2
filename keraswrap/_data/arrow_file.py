"""Rows on disk: an Arrow file that is written block by block, and read row by row.

It goes with its last reader; if the process is killed, with the next such file
that any process writes to the same folder.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from keraswrap._data.byte_ranges import Files
from keraswrap._data.lazy_column import LazyColumn
from keraswrap._drafts import temporary_file
from keraswrap._optional import require
from keraswrap.exceptions import StorageError

if TYPE_CHECKING:
    import pyarrow


def _arrow() -> ModuleType:
    return require("pyarrow", "text")


@dataclass(frozen=True)
class Place:
    """Where the values of a column begin in each block, in bytes from the start of its file.

    Parameters
    ----------
    values : ndarray of shape (blocks,)
    offsets : ndarray of shape (blocks,), optional
        Where it is said of each text at which character it begins.
    wide : int, default=8
        Bytes of one such offset.
    """

    values: np.ndarray
    offsets: np.ndarray | None = None
    wide: int = 8


class Blocks:
    """Columns that lie in files block by block, as Arrow lays them.

    Parameters
    ----------
    files : Files
    starts : ndarray of shape (blocks + 1,)
        The first row of each block; at the end, the number of rows.
    file_of : ndarray of shape (blocks,)
        The file of each block.
    places : mapping of str to Place
        By column.
    """

    def __init__(
        self, files: Files, starts: np.ndarray, file_of: np.ndarray, places: Mapping[str, Place]
    ) -> None:
        self.files, self.starts, self.file_of, self.places = files, starts, file_of, places

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.starts[-1])

    def _block_of(self, positions: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.starts, positions, side="right") - 1

    def numbers(self, name: str, positions: np.ndarray, count: int, dtype: DTypeLike) -> np.ndarray:
        """Read the rows at some positions, of `count` numbers each.

        Returns
        -------
        ndarray of shape (len(positions) * count,)
        """
        block, size = self._block_of(positions), count * np.dtype(dtype).itemsize
        at = self.places[name].values[block] + (positions - self.starts[block]) * size
        return self.files.read(self.file_of[block], at, size).view(dtype)

    def texts(self, name: str, positions: np.ndarray, count: int) -> list[str]:
        """Read the rows at some positions, of `count` texts each."""
        block, place = self._block_of(positions), self.places[name]
        starts, stops = self._bounds(place, positions, block, count)
        each = np.repeat(block, count)
        read = self.files.read(self.file_of[each], place.values[each] + starts, stops - starts)
        data, ends = read.tobytes(), np.cumsum(stops - starts).tolist()
        return [data[start:stop].decode("utf-8") for start, stop in pairwise([0, *ends])]

    def _bounds(
        self, place: Place, positions: np.ndarray, block: np.ndarray, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Read at which characters texts begin and end; of neighbours, each bound once."""
        assert place.offsets is not None
        new = (np.diff(positions) != 1) | (np.diff(block) != 0)
        first = np.flatnonzero(np.concatenate([[len(positions) > 0], new]))
        bounds = np.diff(np.append(first, len(positions))) * count + 1
        at = (positions - self.starts[block])[first] * count * place.wide
        at += place.offsets[block[first]]
        read = self.files.read(self.file_of[block[first]], at, bounds * place.wide)
        found, ends = read.view(f"int{8 * place.wide}").astype("int64"), np.cumsum(bounds)
        return np.delete(found, ends - 1), np.delete(found, ends - bounds)


class ArrowFile(Blocks):
    """A file of record batches; removed with its last reader in the process that wrote it.

    Parameters
    ----------
    path : str
    remove : callable, optional
        What removes the file. A copy in another process has none.
    """

    def __init__(self, path: str, remove: Callable[[], None] | None = None) -> None:
        self.path = path
        if remove is not None:
            weakref.finalize(self, remove)
        files = Files([path])
        starts, places = _layout(path)
        super().__init__(files, starts, np.zeros(len(starts) - 1, int), places)

    def __reduce__(self) -> tuple[object, ...]:
        return ArrowFile, (self.path,)


def _layout(path: str) -> tuple[np.ndarray, dict[str, Place]]:
    """Find where in a file its blocks begin, and each one's offsets and values."""
    arrow = _arrow()
    with open(path, "rb") as file:
        # Closed when nothing points into it any more: another thread that looks at this one's
        # frames, as those of Dask do, may for a moment.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    whole = arrow.py_buffer(mapped)
    reader = arrow.ipc.open_file(arrow.BufferReader(whole))
    blocks = [reader.get_batch(i) for i in range(reader.num_record_batches)]
    places = {
        name: _place([block[name].buffers()[-2:] for block in blocks], whole.address)
        for name in reader.schema.names
    }
    return np.cumsum([0, *(block.num_rows for block in blocks)]), places


def _place(buffers: Sequence[Sequence[pyarrow.Buffer | None]], start: int) -> Place:
    offsets, values = np.array(
        [[b.address - start if b else 0 for b in pair] for pair in buffers]
    ).T
    return Place(values, offsets)


class FileColumn(LazyColumn):
    """One column of some blocks.

    Parameters
    ----------
    file : Blocks
    name : str
    row_shape, dtype
        As for `LazyColumn`.
    """

    def __init__(
        self, file: Blocks, name: str, row_shape: tuple[int, ...], dtype: DTypeLike
    ) -> None:
        super().__init__(file.n, row_shape, dtype)
        self.file, self.name = file, name

    def _fetch(self, positions: np.ndarray) -> np.ndarray:
        count, shape = int(np.prod(self.row_shape)), (len(positions), *self.row_shape)
        if not self.is_text:
            return self.file.numbers(self.name, positions, count, self.dtype).reshape(shape)
        found = np.empty(len(positions) * count, self.dtype)
        found[:] = self.file.texts(self.name, positions, count)
        return found.reshape(shape)


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

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        try:
            parent = Path(folder or tempfile.gettempdir())
            path, self._remove = temporary_file(parent, "keraswrap-rows-", ".arrow")
            self._file = path.open("wb")
        except OSError as error:
            raise StorageError(
                f"Expected a writable folder for the rows of a stream, got "
                f"{os.fspath(folder or tempfile.gettempdir())!r}: {error}. Pass another as folder="
                " to row_view."
            ) from error
        self.path = str(path)
        self._sink: pyarrow.RecordBatchFileWriter | None = None

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
        return ArrowFile(self.path, self._remove)

    def _fail(self, error: OSError) -> None:
        self.abandon()
        raise StorageError(
            f"Writing the rows of a stream to {os.path.dirname(self.path)!r} failed: {error}. "
            "Nothing is left of them there. Free some space, or pass another folder= to row_view."
        ) from error

    def abandon(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self._file.close()
        self._remove()


def _to_arrow(array: np.ndarray) -> pyarrow.Array:
    arrow = _arrow()
    if array.dtype.kind == "O":
        flat = arrow.array(array.ravel(), arrow.large_string())
    else:
        plain = array.view("uint8") if array.dtype.kind == "b" else array
        flat = arrow.array(np.ascontiguousarray(plain).ravel())
    if array.ndim == 1:
        return flat
    return arrow.FixedSizeListArray.from_arrays(flat, int(np.prod(array.shape[1:])))
