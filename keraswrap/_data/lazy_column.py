"""Columns whose rows are read on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse

if TYPE_CHECKING:
    from keraswrap._data.row_data import Column

# An index as in NumPy: a number, a slice, row numbers or a mask.
RowIndex: TypeAlias = int | np.integer | slice | Sequence[int] | np.ndarray

# Rows read at a time when iterating over all.
CHUNK = 1024


def find_rows(n: int, index: np.ndarray | None, key: RowIndex) -> np.ndarray:
    """Index the row numbers `index`, or 0 … n - 1, without making all of those.

    Parameters
    ----------
    index : ndarray of int, optional
    key : int, slice, array of int, or mask
        As numpy takes it.

    Returns
    -------
    ndarray of int
        From 0 on; of no dimension for an int.

    Raises
    ------
    IndexError
        If a row is not there.

    Examples
    --------
    >>> find_rows(5, None, [0, -1]).tolist(), find_rows(5, np.array([3, 2]), -1).item()
    ([0, 4], 2)
    """
    if index is not None:
        return np.asarray(index[key])
    if isinstance(key, slice):
        return np.arange(*key.indices(n))
    wanted = np.asarray(key)
    if wanted.dtype.kind == "b" or not wanted.size:
        return np.arange(n)[key]
    if wanted.max() >= n or wanted.min() < -n:
        raise IndexError(f"Expected rows below {n}, got {key!r:.60}, which is out of bounds.")
    return np.where(wanted < 0, wanted + n, wanted)


class LazyColumn:
    """An array that is somewhere else: sliced for nothing, read batch by batch.

    Subclasses say how rows are fetched (`_fetch`). What they hold was checked
    when they were made: finite numbers or str, in rows of one shape.

    Parameters
    ----------
    n : int
        Rows there are.
    row_shape : tuple of int
        Shape of one row.
    dtype : dtype
        As numpy gives it; object for text.
    """

    def __init__(self, n: int, row_shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._n = n
        self.index: np.ndarray | None = None
        self.row_shape, self.dtype = tuple(row_shape), np.dtype(dtype)

    @property
    def is_text(self) -> bool:
        """Whether it holds str."""
        return self.dtype.kind == "O"

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array's."""
        return (len(self), *self.row_shape)

    @property
    def ndim(self) -> int:
        """As an array's."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """As an array's."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self._n if self.index is None else len(self.index)

    def take(self, index: RowIndex) -> LazyColumn:
        """Select rows by position, in the order given, reading none of them."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, index=find_rows(self._n, self.index, index))
        return made

    def __getitem__(self, index: RowIndex) -> Any:
        positions = find_rows(self._n, self.index, index)
        return self._fetch(np.atleast_1d(positions))[0 if positions.ndim == 0 else slice(None)]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype=dtype)

    def chunks(self) -> Iterator[np.ndarray]:
        """Read every row, a bounded number at a time."""
        return (self[start : start + CHUNK] for start in range(0, len(self), CHUNK))

    def _fetch(self, positions: np.ndarray) -> np.ndarray:
        raise NotImplementedError


def take_rows(array: Column, index: RowIndex) -> Column:
    """Select rows of an array, or of a column without reading it.

    Examples
    --------
    >>> take_rows(np.array([1, 2, 3]), [2, 0])
    array([3, 1])
    """
    return array.take(index) if isinstance(array, LazyColumn) else array[index]


def chunks_of(array: Any) -> Iterator[np.ndarray]:
    """Yield the values of any column, in pieces that fit into memory.

    Examples
    --------
    >>> [piece.tolist() for piece in chunks_of(np.array([1, 2]))]
    [[1, 2]]
    """
    if isinstance(array, LazyColumn):
        yield from array.chunks()
    else:
        yield array.data if sparse.issparse(array) else array
