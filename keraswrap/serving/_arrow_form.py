"""Requests and answers as Arrow's IPC stream."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from keraswrap._optional import require
from keraswrap.serving._blocks import Block
from keraswrap.serving._inputs import Inputs
from keraswrap.serving._json_form import check_count
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._outputs import Answers, Output
from keraswrap.serving._refusals import invalid, malformed

__all__ = ["read_arrow", "write_arrow"]

# Numbers of the kinds of messages in Arrow's format.
_SCHEMA, _BATCH = 1, 3
_MOST_COLUMNS = 10_000
# What pandas calls an index without a name, which it writes as a column of a filtered frame.
_INDEX = re.compile(r"__index_level_\d+__")


def read_arrow(body: bytes, inputs: Inputs, limits: ServingLimits) -> Block:
    """Read the rows of a request.

    Columns are read by name, or by position where the model has no names. They may be
    numbers, booleans, texts (``utf8``, ``large_utf8``) and lists of numbers. Compressed and
    dictionary-encoded columns are refused: few bytes could become any number. An index of
    pandas without a name is left out.

    Raises
    ------
    RequestError
        400 if it is no such stream, 413 for too many rows, 422 if the rows do not suit.
    """
    pa = require("pyarrow", "serve")
    try:
        _check_messages(pa, body)
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            _check_schema(pa, reader.schema)
            batches, n = [], 0
            for batch in reader:
                n += batch.num_rows
                check_count(n, limits)
                batch.validate(full=True)
                batches.append(batch)
        table = pa.Table.from_batches(batches, reader.schema)
        names = table.column_names
    except (pa.ArrowException, OSError, struct.error, IndexError, UnicodeDecodeError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise malformed(f"Expected a stream of Arrow, got what is none: {first:.200}") from None
    if not table.num_rows:
        raise invalid("Expected at least one row, got none.")
    if len(set(names)) < len(names):
        raise invalid("Expected columns of different names, got one twice.")
    names = [name for name in names if not _INDEX.fullmatch(name)] or names
    columns = {name: _values(pa, name, table.column(name), inputs) for name in names}
    return inputs.read_columns(columns, limits.max_chars)


def _values(pa: Any, name: str, column: Any, inputs: Inputs) -> list[Any]:
    """Return the values of a column; a boolean is 1 or 0 to a net, as in an array of NumPy."""
    if pa.types.is_boolean(column.type) and inputs.takes_number(name):
        column = column.cast(pa.int8())
    return list(column.to_pylist())


def _check_messages(pa: Any, body: bytes) -> None:
    """Raise a RequestError unless all messages are a schema and plain batches of rows."""
    for number, message in enumerate(pa.ipc.MessageReader.open_stream(pa.py_buffer(body))):
        kind, compressed = _facts_of(bytes(message.metadata))
        if kind != (_BATCH if number else _SCHEMA):
            raise malformed(
                "Expected a schema and batches of rows, got another message. Write dictionary-"
                "encoded columns as plain ones, for instance with column.cast('string')."
            )
        if compressed:
            raise malformed("Expected batches that are not compressed, got one that is.")


def _facts_of(metadata: bytes) -> tuple[int, bool]:
    """Return the kind of a message, and whether its buffers are compressed.

    The flatbuffer is ``Message(version, header_type, header, …)``, where the header of a
    batch is ``RecordBatch(length, nodes, buffers, compression, …)``.
    """
    (root,) = struct.unpack_from("<I", metadata)
    kind_at, header_at = _field(metadata, root, 1), _field(metadata, root, 2)
    kind = metadata[kind_at] if kind_at else 0
    if kind != _BATCH or not header_at:
        return kind, False
    header = header_at + struct.unpack_from("<I", metadata, header_at)[0]
    return kind, _field(metadata, header, 3) != 0


def _field(data: bytes, table: int, number: int) -> int:
    """Return where a field of a flatbuffer's table is, 0 if it is not there."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    (size,) = struct.unpack_from("<H", data, vtable)
    place = 4 + 2 * number
    if place >= size:
        return 0
    (offset,) = struct.unpack_from("<H", data, vtable + place)
    return table + offset if offset else 0


def _check_schema(pa: Any, schema: Any) -> None:
    if len(schema) > _MOST_COLUMNS or not len(schema):
        raise invalid(f"Expected 1 to {_MOST_COLUMNS:,} columns, got {len(schema):,}.")
    for entry in schema:
        kind = entry.type
        while pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
            kind = kind.value_type
        plain = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        if not (plain or number or pa.types.is_boolean(kind)):
            raise invalid(
                f"Expected numbers, booleans and texts, got {kind!s:.60} in the column "
                f"{entry.name!a:.60}. Cast it."
            )


def write_arrow(parts: Sequence[Answers], version: str) -> bytes:
    """Return an answer as a stream: the same columns as the keys of JSON."""
    pa = require("pyarrow", "serve")
    batches = [_batch(pa, part) for part in parts]
    schema = batches[0].schema.with_metadata({"model_version": version})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    return bytes(sink.getvalue())


def _batch(pa: Any, answers: Answers) -> Any:
    if answers.parts:
        batches = {name: _batch(pa, part) for name, part in answers.parts.items()}
        columns = {name: batch.to_struct_array() for name, batch in batches.items()}
    else:
        columns = _columns(pa, answers)
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _columns(pa: Any, answers: Answers) -> dict[str, Any]:
    output = answers.output
    assert output is not None
    columns: dict[str, Any] = {}
    if answers.labels is not None:
        columns["label" if output.kind == "classes" else "labels"] = _labels(pa, answers, output)
    if answers.proba is not None:
        columns["probabilities"] = _shares(pa, answers.proba, output)
    if answers.abstained is not None:
        columns["abstained"] = pa.array(answers.abstained)
    for name, values in (("value", answers.values), ("std", answers.spread)):
        if values is not None:
            columns[name] = _numbers(pa, values)
    return columns


def _labels(pa: Any, answers: Answers, output: Output) -> Any:
    kinds = {type(label) for label in output.classes}
    known = {frozenset({str}): pa.string(), frozenset({bool}): pa.bool_(),
             frozenset({int}): pa.int64()}  # fmt: skip
    number = pa.float64() if kinds <= {int, float} else pa.string()
    kind = known.get(frozenset(kinds), number)
    labels: Any = answers.labels
    if kind == pa.string() and kinds != {str}:
        labels = _as_text(labels)
    return pa.array(labels, kind if output.kind == "classes" else pa.list_(kind))


def _as_text(labels: Any) -> Any:
    if isinstance(labels, list):
        return [_as_text(one) for one in labels]
    return None if labels is None else str(labels)


def _shares(pa: Any, proba: np.ndarray, output: Output) -> Any:
    if proba.ndim == 2:
        columns = [pa.array(np.ascontiguousarray(proba[:, k])) for k in range(proba.shape[1])]
        return pa.StructArray.from_arrays(columns, names=list(output.names))
    flat = _shares(pa, proba.reshape(-1, proba.shape[-1]), output)
    offsets = np.arange(len(proba) + 1, dtype="int32") * proba.shape[1]
    return pa.ListArray.from_arrays(offsets, flat)


def _numbers(pa: Any, values: np.ndarray) -> Any:
    values = np.asarray(values, dtype="float64")
    found = pa.array(values.reshape(-1))
    for size in reversed(values.shape[1:]):
        found = pa.FixedSizeListArray.from_arrays(found, size)
    return found
