"""Rows: named columns of equal length, and the view that shows them to whoever slices by row.

Columns are made dense, cast and batched at the last moment, by `net_inputs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse

from keraswrap._data.lazy_column import CHUNK, LazyColumn, RowIndex, find_rows, take_rows
from keraswrap._data.value_checks import is_text
from keraswrap.exceptions import InputError, InputTypeError

# Numbers (dense or SciPy's CSR), texts as objects, or a column read from its file.
Column: TypeAlias = np.ndarray | sparse.csr_matrix | LazyColumn

# The name of an array that was passed alone.
LONE = ""


@dataclass(frozen=True)
class Rows:
    """Arrays of equal length, by name.

    Parameters
    ----------
    arrays : mapping of str to array of shape (n, ...)
        Numbers (dense, or scipy CSR), object arrays of str, or lazy columns.
    columns : tuple of str, optional
        Column names of a lone 2-D array that came as a frame.
    """

    arrays: Mapping[str, Column]
    columns: tuple[str, ...] | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return next(iter(self.arrays.values())).shape[0]

    def take(self, index: RowIndex) -> Rows:
        """Select rows by position, in the order given."""
        taken = {name: take_rows(array, index) for name, array in self.arrays.items()}
        return replace(self, arrays=taken)

    def blank(self) -> Rows:
        """Return empty rows of the same shapes and kinds."""
        return replace(self, arrays={name: _blank(a) for name, a in self.arrays.items()})

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one row, by name."""
        return {name: tuple(array.shape[1:]) for name, array in self.arrays.items()}


def _blank(array: Column) -> np.ndarray:
    text = not sparse.issparse(array) and is_text(array)
    return np.full(array.shape, "", object) if text else np.zeros(array.shape, array.dtype)


class RowData(NamedTuple):
    """Rows with their labels and weights.

    Parameters
    ----------
    X : RowView
        Or the original object, if it was not a dataset.
    y : ndarray of shape (n, ...), `TargetView` or None
        Labels, if the data contain any.
    sample_weight : ndarray of shape (n,) or None
        Weights, if the data contain any.

    Examples
    --------
    >>> RowData([[0.0]], [1]).sample_weight is None
    True
    """

    X: Any
    y: object = None
    sample_weight: Any = None


class RowView:
    """Rows that can be indexed, wherever their columns are stored.

    scikit-learn and cleanlab slice data by row, which a dict or a stream does not
    support. A view does, without copying. Created by `row_view`. A view of a file is
    pickled as the file's path, so the processes of a search share it; the file exists
    as long as the view.

    Parameters
    ----------
    rows : Rows
        Validated columns.
    index : ndarray of int, optional
        The rows to show, in this order; all by default.

    Attributes
    ----------
    shape : tuple of int
        That of the array for a single array; else ``(n,)``.
    names : tuple of str
        Names of the columns; empty for a single unnamed array.

    See Also
    --------
    row_view : Creates one.

    Examples
    --------
    >>> from keraswrap.data import row_view
    >>> view = row_view({"left": [1, 2, 3], "right": ["a", "b", "c"]}).X
    >>> view[[2, 0]]
    RowView of 2 rows: left (number), right (text)
    >>> view[0]["right"], view.shape, [row["left"].item() for row in view[1:]]
    ('a', (3,), [2, 3])
    """

    def __init__(self, rows: Rows, index: np.ndarray | None = None) -> None:
        self._base, self._index = rows, index

    @property
    def rows(self) -> Rows:
        """The rows shown, as the wrappers read them."""
        return self._base if self._index is None else self._base.take(self._index)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns; empty for a single unnamed array."""
        return self._base.columns or tuple(name for name in self._base.arrays if name != LONE)

    def __len__(self) -> int:
        return self._base.n if self._index is None else len(self._index)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the array for a single array; else ``(n,)``."""
        lone = self._base.arrays.get(LONE)
        return (len(self),) if lone is None else (len(self), *lone.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """That of the array for a single array."""
        if LONE not in self._base.arrays:
            raise AttributeError("a view of several columns has no dtype")
        return self._base.arrays[LONE].dtype

    def __getitem__(self, key: object) -> Any:
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            key = key[0]  # how scikit-learn asks for rows
        chosen = find_rows(self._base.n, self._index, _as_index(key))
        if chosen.ndim == 0:
            return _first(self._base.take([int(chosen)]))
        return RowView(self._base, chosen)

    def __iter__(self) -> Iterator[object]:
        for start in range(0, len(self), CHUNK):
            arrays = self[start : start + CHUNK]._read()
            if set(arrays) == {LONE}:
                yield from arrays[LONE]
            else:
                yield from (
                    dict(zip(arrays, row, strict=True))
                    for row in zip(*arrays.values(), strict=True)
                )

    def append(self, row: object) -> RowView:
        """Return a view with one more row at its end, in the form of ``view[i]``.

        All rows are read into memory. cleanlab uses this if a fold lacks a class.
        """
        arrays, added = self._read(), row if isinstance(row, Mapping) else {LONE: row}
        if set(added) != set(arrays):
            raise InputError(f"Expected a row with {sorted(arrays)}, got {sorted(added)}.")
        longer = {k: np.concatenate([a, _lone_row(added[k], a)]) for k, a in arrays.items()}
        return RowView(Rows(longer, self._base.columns))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        arrays = self._read()
        if len(arrays) != 1:
            raise InputTypeError(
                f"Expected one array, got a view of the columns {list(arrays)}, which have no "
                "common one. Choose one with row_view(..., columns=[name])."
            )
        return np.asarray(next(iter(arrays.values())), dtype=dtype)

    def _read(self) -> dict[str, np.ndarray]:
        return {name: _dense(array) for name, array in self.rows.arrays.items()}

    def __repr__(self) -> str:
        of = [_describe(name, a) for name, a in self._base.arrays.items()]
        return f"RowView of {len(self)} rows: {', '.join(of)}"


def _as_index(key: object) -> RowIndex:
    if isinstance(key, slice | int | np.integer) and not isinstance(key, bool):
        return key
    index = np.asarray(key)
    if index.size == 0 and index.dtype.kind == "f":  # an empty list
        return index.astype(int)
    if index.dtype.kind not in "iub" or index.ndim != 1:
        raise IndexError(
            f"Expected a row's number, a slice, row numbers or a mask, got {key!r:.60}."
        )
    return index


def _dense(array: Any) -> np.ndarray:
    return array.toarray() if sparse.issparse(array) else array[:]


def _lone_row(value: object, like: np.ndarray) -> np.ndarray:
    row = np.empty((1, *like.shape[1:]), like.dtype)
    row[0] = value
    return row


def _first(rows: Rows) -> object:
    values = {name: _dense(array)[0] for name, array in rows.arrays.items()}
    return values[LONE] if set(values) == {LONE} else values


def _describe(name: str, array: Column) -> str:
    text = not sparse.issparse(array) and array.dtype.kind in "OUS"
    kind = "text" if text else "number"
    shape = "×".join(map(str, array.shape[1:]))
    return f"{name or 'rows'} ({shape + ' ' if shape else ''}{kind}{'s' if shape else ''})"
