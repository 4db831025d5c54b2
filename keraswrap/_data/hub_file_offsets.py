"""Where the rows of a Hugging Face dataset are in its files, so that they can be read from there.

The dataset maps its files into memory. Rows that are asked for here and there
would each bring megabytes with them, into memory and from the disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._data.arrow_file import Blocks, Place
from keraswrap._data.byte_ranges import Files
from keraswrap._optional import require
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    import pyarrow

# Files kept open per column.
_MOST_FILES = 64
# A line of Linux's list of mapped files: addresses, offset in the file, inode, path.
_MAPS = Path("/proc/self/maps")
_REGION = re.compile(r"^(\w+)-(\w+) \S+ (\w+) \S+ (\d+) +(/.*)$", re.MULTILINE)


class DatasetFiles(Files):
    """Files of a dataset, which must stay as they are.

    Raises
    ------
    InputError
        If they are not as they were when the pickle was made.
    """

    def __init__(self, paths: Sequence[str], known: Sequence[tuple[int, int]] = ()) -> None:
        super().__init__(paths)
        stats = [os.stat(number) for number in self.numbers]
        self.known = [(found.st_size, found.st_mtime_ns) for found in stats]
        if known and known != self.known:
            raise InputError(
                f"Expected the files of a dataset as they were when a view over it was made, got "
                f"others in {list(paths)}. Make the view again with row_view."
            )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.paths, self.known)


def locate(
    column: pyarrow.ChunkedArray, row_shape: tuple[int, ...], dtype: np.dtype
) -> Blocks | None:
    """Find where in its files a column of a dataset lies.

    Parameters
    ----------
    column : pyarrow ChunkedArray
        Numbers or text, or lists of them.
    dtype : dtype
        What its first row is, as numpy gives it; object for text.

    Returns
    -------
    Blocks or None
        The column goes by the name ``""``. None where it is in memory, where its
        rows are not laid out as numpy has them, such as with a gap or of unequal
        length, and where the system does not tell.
    """
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    values = [_values(chunk, row_shape) for chunk in chunks]
    addresses = [None if part is None else _addresses(part, dtype) for part in values]
    found = _in_files(np.array(addresses)) if _MAPS.exists() and None not in addresses else None
    if found is None:
        return None
    paths, which, at = found
    if len(paths) > _MOST_FILES or (which[:, 0] != which[:, 1]).any():
        return None
    starts = np.cumsum([0, *map(len, chunks)])
    place = Place(at[:, 1], at[:, 0], _wide(values[0]))
    return Blocks(DatasetFiles(paths), starts, which[:, 0], {"": place})


def _values(array: pyarrow.Array, row_shape: tuple[int, ...]) -> pyarrow.Array | None:
    """Return the values of equally shaped rows without copying; None if a row differs."""
    for size in row_shape:
        array = getattr(array, "storage", array)
        if array.null_count or not _all_of(array, size):
            return None
        array = array.flatten()
    return None if array.null_count else array


def _all_of(array: pyarrow.Array, size: int) -> bool:
    if hasattr(array, "offsets"):
        return bool((np.diff(array.offsets) == size).all())
    return getattr(array.type, "list_size", None) == size


def _wide(values: pyarrow.Array) -> int:
    """Return how many bytes a text offset takes."""
    return 8 if require("pyarrow", "text").types.is_large_string(values.type) else 4


def _addresses(array: pyarrow.Array, dtype: np.dtype) -> tuple[int, int] | None:
    """Return the memory addresses of the first offset and the first value, one if equal."""
    types = require("pyarrow", "text").types
    if types.is_string(array.type) or types.is_large_string(array.type):
        _, offsets, values = array.buffers()
        first = offsets.address + array.offset * _wide(array)
        return first, values.address if values else first
    plain = types.is_integer(array.type) or types.is_floating(array.type)
    if not plain or array.type.bit_width != 8 * dtype.itemsize:
        return None
    first = array.buffers()[1].address + array.offset * dtype.itemsize
    return first, first


def _in_files(addresses: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray] | None:
    """Find the files that addresses are mapped from, and the place in each.

    Returns
    -------
    tuple or None
        Paths; for each address which of them, and where in it. None where one
        is mapped from no file, or from one that is not there any more.
    """
    regions = sorted(
        (int(first, 16), int(end, 16), int(offset, 16), int(inode), path)
        for first, end, offset, inode, path in _REGION.findall(_MAPS.read_text())
    )
    first, end, offset = np.array([region[:3] for region in regions], dtype="int64").T
    region = np.searchsorted(first, addresses, side="right") - 1
    if (region < 0).any() or (addresses >= end[region]).any():
        return None
    used = {int(number): regions[number][3:] for number in np.unique(region)}
    if not all(_is_there(path, inode) for inode, path in used.values()):
        return None
    paths = sorted({path for _, path in used.values()})
    file_of = np.array([paths.index(used[n][1]) if n in used else -1 for n in range(len(regions))])
    return paths, file_of[region], addresses - first[region] + offset[region]


def _is_there(path: str, inode: int) -> bool:
    return os.path.exists(path) and os.stat(path).st_ino == inode
