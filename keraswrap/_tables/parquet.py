"""Parquet, with the texts that other writers kept as plain bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd

from keraswrap._optional import require
from keraswrap._tables.types import PathLike, Row
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

# Most rows of a part that is read.
_MOST_ROWS = 1 << 16
# Most rows of a group that is written, as Arrow has them, and most bytes in memory.
_GROUP_ROWS, _GROUP_BYTES = 1 << 20, 1 << 28


def read_parquet(path: PathLike, check_size: Callable[[int], None]) -> pd.DataFrame:
    """Read a Parquet file whole, unless `check_size` refuses what it holds.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    parquet, arrow = require("pyarrow.parquet", "text"), require("pyarrow", "text")
    try:
        about = parquet.read_metadata(path)
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        check_size(sum(group.total_byte_size for group in groups))
        table = with_texts(parquet.read_table(path))
        # Arrow's own types, so that a number with gaps is written as what it was.
        frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    except InputError:
        raise
    # Includes pyarrow's own errors and column types that pandas does not support.
    except (OSError, ValueError, arrow.ArrowException) as error:
        raise _no_parquet(path, error) from error
    return _with_index(frame)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Make a stored index a column like any other; rows are identified by their number."""
    return frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))


def parquet_frames(
    path: PathLike, size: int, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file as frames of about `size` bytes, the first one empty.

    Put together they are what `read_parquet` returns, or the wanted columns of it.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    parquet, arrow = require("pyarrow.parquet", "text"), require("pyarrow", "text")
    try:
        # Buffered: a file may hold all rows in one group.
        with parquet.ParquetFile(path, buffer_size=1 << 20) as file:
            about, schema = file.metadata, file.schema_arrow
            total = sum(about.row_group(k).total_byte_size for k in range(about.num_row_groups))
            rows = min(_MOST_ROWS, max(1, size * about.num_rows // max(1, total)))
            wanted = _leaves(schema, columns)
            kept = _other_bytes(file, rows, wanted)
            batches = file.iter_batches(batch_size=rows, columns=wanted)
            parts = (arrow.Table.from_batches([batch]) for batch in batches)
            for table in chain([schema.empty_table()], parts):
                frame = _with_index(with_texts(table, kept).to_pandas(types_mapper=pd.ArrowDtype))
                yield frame if columns is None else frame[[n for n in frame if n in columns]]
    except (OSError, ValueError, arrow.ArrowException) as error:
        raise _no_parquet(path, error) from error


def _leaves(schema: pa.Schema, columns: Sequence[str] | None) -> list[str] | None:
    """Return the columns to read; None for all, where a name does not say which they are."""
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    stored = any(isinstance(part, str) for part in index)
    if columns is None or stored or any("." in name for name in schema.names):
        return None
    return [name for name in schema.names if name in columns]


def _other_bytes(file: parquet.ParquetFile, rows: int, wanted: Sequence[str] | None) -> set[str]:
    """Return the columns of bytes that are no texts: some row of theirs is not UTF-8."""
    arrow = require("pyarrow", "text")
    given = [field for field in file.schema_arrow if wanted is None or field.name in wanted]
    left = [field.name for field in given if _may_be_text(field.type, arrow)]
    found: set[str] = set()
    for batch in file.iter_batches(batch_size=rows, columns=left) if left else ():
        texts = with_texts(arrow.Table.from_batches([batch])).schema
        found |= {name for name in left if _may_be_text(texts.field(name).type, arrow)}
    return found


def _may_be_text(kind: pa.DataType, arrow: ModuleType) -> bool:
    return kind != arrow.string_view() and _text_type(kind, arrow) != kind


def parquet_parts(path: PathLike, size: int) -> Iterator[list[tuple[int, Row]]]:
    """Read a Parquet file of any length, `size` rows at a time.

    Yields
    ------
    list of (int, dict)
        The number of a row, from 0, and its cells by column.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    parquet, arrow = require("pyarrow.parquet", "text"), require("pyarrow", "text")
    count = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=size):
                rows = with_texts(arrow.Table.from_batches([batch])).to_pylist()
                yield list(enumerate(rows, count))
                count += len(rows)
    except (OSError, ValueError) as error:
        raise _no_parquet(path, error) from error


@contextmanager
def parquet_writer(path: PathLike) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Begin a Parquet file, and give what writes the next frame of it.

    Raises
    ------
    InputError
        From what is given or at the end, if a column holds values of several kinds.
    """
    held = _Held(path)
    try:
        yield held.add
        held.write()
    finally:
        if held.writer is not None:
            held.writer.close()


class _Held:
    """Parts that are not written yet, of which row groups are made as `to_parquet` makes them."""

    def __init__(self, path: PathLike) -> None:
        self.path = path
        self.writer: Any = None
        self.parts: list[pd.DataFrame] = []
        self.count = self.size = 0

    def add(self, frame: pd.DataFrame) -> None:
        self.parts.append(frame)
        self.count += len(frame)
        self.size += int(frame.memory_usage(index=False).sum())
        whole = self.count >= _GROUP_ROWS or self.size >= _GROUP_BYTES
        if whole and not any(pd.api.types.is_object_dtype(kind) for kind in frame.dtypes):
            self.write()

    def write(self) -> None:
        """Write what is held, in groups."""
        if self.writer is not None and not self.count:
            return
        parquet, arrow = require("pyarrow.parquet", "text"), require("pyarrow", "text")
        frame = pd.concat(self.parts, ignore_index=True)
        try:
            table = arrow.Table.from_pandas(frame, preserve_index=False)
            if self.writer is None:
                self.writer = parquet.ParquetWriter(self.path, table.schema)
            self.writer.write_table(table, row_group_size=_GROUP_ROWS)
        except (arrow.ArrowException, ValueError, TypeError) as error:
            raise InputError(
                "Expected columns of one kind each, as Parquet holds them, got "
                f"{str(error).splitlines()[0]} Write a file that ends in .jsonl."
            ) from error
        self.parts, self.count, self.size = [], 0, 0


def with_texts(table: pa.Table, kept: Collection[str] = ()) -> pa.Table:
    r"""Return an Arrow table with bytes as texts, in columns that are UTF-8 throughout.

    Parquet has no texts of its own: without a mark that not every writer sets,
    they are bytes. A column of other bytes, such as images, stays as it is; so do
    those named in `kept`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> with_texts(pa.table({"a": [b"fine"], "b": [b"\xff"]})).to_pydict()
    {'a': ['fine'], 'b': [b'\xff']}
    """
    arrow = require("pyarrow", "text")
    for place, field in enumerate(table.schema):
        wanted = _text_type(field.type, arrow)
        if wanted != field.type and field.name not in kept:
            try:
                column = table.column(place).cast(wanted)
            except arrow.ArrowInvalid:  # no UTF-8
                continue
            table = table.set_column(place, field.with_type(wanted), column)
    return table


def _text_type(kind: pa.DataType, arrow: ModuleType) -> pa.DataType:
    """Return the text type for a type of bytes, nested ones included, and others unchanged."""
    types = arrow.types
    if types.is_large_binary(kind):
        return arrow.large_string()
    views = (arrow.binary_view(), arrow.string_view())  # which pandas cannot index by row
    if types.is_binary(kind) or types.is_fixed_size_binary(kind) or kind in views:
        return arrow.string()
    if types.is_dictionary(kind):
        return arrow.dictionary(kind.index_type, _text_type(kind.value_type, arrow), kind.ordered)
    if types.is_list(kind):
        return arrow.list_(kind.value_field.with_type(_text_type(kind.value_type, arrow)))
    if types.is_large_list(kind):
        return arrow.large_list(kind.value_field.with_type(_text_type(kind.value_type, arrow)))
    if types.is_struct(kind):
        return arrow.struct([part.with_type(_text_type(part.type, arrow)) for part in kind])
    return kind


def _no_parquet(path: PathLike, error: Exception) -> InputError:
    return InputError(
        f"Expected a complete Parquet file, got {str(path)!r}: {str(error).splitlines()[0]}"
    )
