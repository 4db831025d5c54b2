"""Hugging Face datasets: their Arrow tables, read in place."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from keraswrap._data.arrow_file import FileColumn
from keraswrap._data.hub_file_offsets import locate
from keraswrap._data.lazy_column import CHUNK, LazyColumn
from keraswrap._data.row_data import LONE, Column, Rows
from keraswrap._data.row_store import BLOCK, bytes_of
from keraswrap._data.value_checks import check_numbers
from keraswrap._optional import require
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    import datasets
    import pyarrow

# Bytes that are read before a dataset is opened anew, and those that the system maps
# around a row.
_HELD, _PAGES = 64 * 2**20, 64 * 2**10


def _arrow() -> ModuleType:
    return require("pyarrow", "text")


def from_arrow(
    column: pyarrow.ChunkedArray | pyarrow.Array, name: str, first: int = 0
) -> np.ndarray:
    """Turn an Arrow column into an array, checked.

    Parameters
    ----------
    column : pyarrow ChunkedArray or Array
        Text, numbers, or lists of them of one length.
    name : str
        What to call it in an error.
    first : int, default=0
        Number of its first row.

    Returns
    -------
    ndarray of shape (n, ...)
        Text as objects.

    Raises
    ------
    InputError
        If a value is missing or not finite, lists differ in length, or it
        holds something else.
    """
    array = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    types, shape = _arrow().types, [len(array)]
    while True:
        array = getattr(array, "storage", array)
        _refuse_gaps(array, name, first, shape)
        if not (types.is_list(array.type) or types.is_large_list(array.type)
                or types.is_fixed_size_list(array.type)):  # fmt: skip
            return _values(array, name, first, shape)
        shape.append(_common_length(array, name, first, shape))
        array = array.flatten()


def _refuse_gaps(array: pyarrow.Array, name: str, first: int, shape: list[int]) -> None:
    if array.null_count:
        gap = int(np.argmax(array.is_null().to_numpy(zero_copy_only=False)))
        raise InputError(
            f"Expected a value in every row of {name}, got None in row "
            f"{first + gap // _inner(shape)}. Fill in or drop such rows."
        )


def _common_length(array: pyarrow.Array, name: str, first: int, shape: list[int]) -> int:
    lengths = np.diff(array.offsets) if hasattr(array, "offsets") else [array.type.list_size]
    if len(set(lengths)) > 1:
        row = first + int(np.argmax(lengths != lengths[0])) // _inner(shape)
        raise InputError(
            f"Expected rows of one length in {name}, got {lengths[0]} in row {first} and another "
            f"length in row {row}. Pad or cut them to one length."
        )
    return int(lengths[0])


def _inner(shape: Sequence[int]) -> int:
    return max(1, int(np.prod(shape[1:])))


def _values(array: pyarrow.Array, name: str, first: int, shape: list[int]) -> np.ndarray:
    arrow = _arrow()
    types = arrow.types
    if types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    kind = array.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return array.to_numpy(zero_copy_only=False).astype(object).reshape(shape)
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return check_numbers(array.to_numpy(zero_copy_only=False).reshape(shape), name, first)
    raise InputError(
        f"Expected numbers or text in {name}, got {kind}. Choose other columns with "
        "keraswrap.data.row_view(..., columns=[...])."
    )


class Table:
    """A Hugging Face dataset in Arrow's format, reopened from time to time.

    Its files are mapped into memory. What was read of them stays mapped, and
    counts as this process's memory: until the mapping goes.
    """

    def __init__(self, dataset: datasets.Dataset) -> None:
        self.dataset = dataset
        self._row_bytes = dataset.data.nbytes // max(1, dataset.data.num_rows)
        self._open()

    def _open(self) -> None:
        self._read = 0
        if self.dataset.cache_files:  # otherwise it is in memory, and this would copy it
            self.dataset = pickle.loads(pickle.dumps(self.dataset))

    def __getitem__(self, key: slice | np.ndarray) -> pyarrow.Table:
        found = self.dataset[key]
        side_by_side = isinstance(key, slice)
        self._read += found.num_rows * (self._row_bytes if side_by_side else _PAGES)
        if self._read > _HELD:
            self._open()
        return found

    def __len__(self) -> int:
        return self.dataset.num_rows


class TableColumn(LazyColumn):
    """Columns of a Hugging Face dataset, as one.

    Parameters
    ----------
    names : sequence of str
        One column; or several of plain numbers, which stand side by side.
    """

    def __init__(self, table: pyarrow.Table, names: Sequence[str]) -> None:
        self.table, self.names = table, tuple(names)
        first = self._read(table[:1], 0)
        super().__init__(len(table), first.shape[1:], first.dtype)

    def _read(self, table: pyarrow.Table, first: int) -> np.ndarray:
        arrays = [from_arrow(table.column(n), f"column {n!r}", first) for n in self.names]
        return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)

    def _fetch(self, positions: np.ndarray) -> np.ndarray:
        if len(positions) and np.array_equal(
            positions, np.arange(positions[0], positions[0] + len(positions))
        ):
            return self._read(self.table[int(positions[0]) : int(positions[-1]) + 1], 0)
        return self._read(self.table[positions], 0)

    def checked(self, first: int) -> np.ndarray:
        """Read `CHUNK` rows, and raise what there is to raise of them."""
        part = self._read(self.table[first : first + CHUNK], first)
        if part.shape[1:] != self.row_shape:
            raise InputError(
                f"Expected rows of shape {self.row_shape} in {self.names[0]!r}, got "
                f"{part.shape[1:]} from row {first} on. Pad or cut them to one length."
            )
        return part

    def from_files(self) -> LazyColumn:
        """Return the column in a form read without memory-mapping, or unchanged."""
        # The selected rows; not part of the public interface of datasets.
        selected: Any = getattr(self.table.dataset, "_indices", False)
        if len(self.names) > 1 or selected is False:
            return self
        blocks = locate(self.table.dataset.data.column(self.names[0]), self.row_shape, self.dtype)
        if blocks is None:
            return self
        found = FileColumn(blocks, "", self.row_shape, self.dtype)
        return found if selected is None else found.take(selected.column(0).to_numpy().astype(int))


def _checked(column: TableColumn, *, whole: bool = False) -> np.ndarray | LazyColumn:
    """Read every row once, a bounded number at a time, and keep the rows if they are few."""
    source, kept, size = column.from_files(), [], 0
    for first in range(0, len(column), CHUNK):
        part = column.checked(first) if source is column else source[first : first + CHUNK]
        if part.dtype.kind != "O":
            check_numbers(part, f"column {column.names[0]!r}", first)
        size += bytes_of(part)
        kept.append(part)
        if size > BLOCK and not whole:
            kept.clear()
    return np.concatenate(kept) if size <= BLOCK or whole else source


def rows_of_table(dataset: datasets.Dataset, columns: Sequence[str]) -> Rows:
    """Read columns of a Hugging Face dataset as rows: small ones into memory, large ones in place.

    One column comes alone, several columns of plain numbers side by side, as
    from a DataFrame, others by name.
    """
    table = dataset.with_format("arrow", columns=list(columns))
    parts = {name: TableColumn(Table(table.select_columns([name])), [name]) for name in columns}
    plain = len(parts) > 1 and all(p.ndim == 1 and not p.is_text for p in parts.values())
    if plain:
        return Rows({LONE: _checked(TableColumn(Table(table), columns))}, tuple(columns))
    arrays = {name: _checked(part) for name, part in parts.items()}
    return Rows({LONE: next(iter(arrays.values()))} if len(arrays) == 1 else arrays)


def values_of_table(dataset: datasets.Dataset, name: str) -> np.ndarray:
    """Read one column of a Hugging Face dataset into memory: labels."""
    column = TableColumn(Table(dataset.with_format("arrow").select_columns([name])), [name])
    values = cast("np.ndarray", _checked(column, whole=True))
    if hasattr(dataset.features[name], "names") and values.min() < 0:
        raise InputError(
            f"Expected a label in every row of column {name!r}, got {values.min()} in row "
            f"{values.argmin()}, which means no label. Choose another split, or drop such rows."
        )
    return values


def read_column(column: datasets.Column) -> Column | list[object]:
    """Read a Column of a Hugging Face dataset: in place, or as a list if it is nested."""
    source: datasets.Dataset | datasets.Column = getattr(column, "source", None)
    name = getattr(column, "column_name", "")
    if not hasattr(source, "with_format") or source.format["type"] == "custom":
        return list(column)
    return rows_of_table(source, [name]).arrays[LONE]
