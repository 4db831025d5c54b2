"""The bytes that go to an isolated process and come back: Arrow, and JSON for what is said."""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from keraswrap._sandbox.limits import MIB, Limits
from keraswrap._sandbox.outcomes import Failure, Values, as_line

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_task", "read_answer"]

_LONGEST_HEADER = 2**16
# Lines that an error may name: of longer programs none is named.
_MOST_LINES = 1000


def as_task(functions: Mapping[str, str], table: pa.Table, by_row: bool, limits: Limits) -> bytes:
    """Return a task as the bytes that the isolated process reads."""
    header = {
        "functions": dict(functions),
        "by_row": by_row,
        "cpu_seconds": limits.cpu_seconds,
        "memory": limits.memory,
    }
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + _as_stream(table)


def _as_stream(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return cast("bytes", sink.getvalue().to_pybytes())


def read_answer(answer: bytes, names: Sequence[str], n: int, limits: Limits) -> Values | Failure:
    """Return the numbers in an answer, or what the process says instead.

    The program can write whatever it likes in its process. Only an answer is read whose
    every byte is what it must be for `n` numbers per name, besides the numbers themselves:
    nothing in it decides on lengths, types or decompression.

    Parameters
    ----------
    answer : bytes
    names : sequence of str
        Names of the functions.
    n : int
        Number of rows.
    limits : Limits
        Of the process, for the message.
    """
    line, _, stream = answer.partition(b"\n")
    header = _read_header(line)
    state, message = (header.get(name) for name in ("state", "message"))
    if state == "values":
        return _read_stream(stream, names, n)
    if state == "memory":
        return out_of_memory(limits)
    if state == "shape":
        return Failure("shape", as_line(str(message)))
    if state == "error":
        return Failure("error", as_line(str(message)), _where(header))
    return _unreadable()


def _where(header: Mapping[str, object]) -> str:
    """Return the line and the type of an error, each only if it can be no value of a table."""
    line, kind = header.get("line"), header.get("kind")
    own = getattr(builtins, kind, None) if isinstance(kind, str) else None
    known = isinstance(own, type) and issubclass(own, BaseException)
    at = f"line {line}" if type(line) is int and 0 < line < _MOST_LINES else ""
    return ": ".join(part for part in (at, str(kind) if known else "") if part)


def out_of_memory(limits: Limits) -> Failure:
    """Return that a program needed more memory than it may have."""
    return Failure("memory", f"It needed more than {limits.memory / MIB:,.0f} MiB of memory.")


def _unreadable() -> Failure:
    return Failure("ended", "Its process ended without an answer that can be read.")


def _read_header(line: bytes) -> dict[str, object]:
    try:
        header = json.loads(line[:_LONGEST_HEADER])
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}


def _read_stream(stream: bytes, names: Sequence[str], n: int) -> Values | Failure:
    import pyarrow as pa

    zeros = pa.table({name: np.zeros(n) for name in names})
    expected = _as_stream(zeros)
    start, end = _body(expected, zeros.schema)
    if (stream[:start], stream[end:]) != (expected[:start], expected[end:]):
        return _unreadable()
    if len(stream) != len(expected):
        return _unreadable()
    read = pa.ipc.open_stream(pa.py_buffer(stream)).read_all()
    return Values(np.column_stack([read.column(name).to_numpy() for name in names]))


def _body(stream: bytes, schema: pa.Schema) -> tuple[int, int]:
    """Return where the numbers begin and end in a stream of one batch."""
    import pyarrow as pa

    reader = pa.BufferReader(stream)
    pa.ipc.read_message(reader)  # the schema
    length = pa.ipc.read_message(reader).body.size
    return reader.tell() - length, reader.tell()
