"""Answers are read only if all but their numbers is as it must be."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from isolated import table

from keraswrap._sandbox import Limits, Values
from keraswrap._sandbox.exchange import as_task, read_answer

HEADER = b'{"state": "values", "message": ""}\n'
UNREADABLE = "Its process ended without an answer that can be read."


def stream(columns, **options):
    sink = io.BytesIO()
    made = pa.table(columns)
    with pa.ipc.new_stream(sink, made.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(made)
    return sink.getvalue()


def read(answer, names=("a", "b"), n=3):
    return read_answer(answer, names, n, Limits())


@pytest.mark.parametrize("n", [1, 3, 100])
@pytest.mark.parametrize("names", [["a"], ["b", "a"]])
def test_numbers_are_read(n, names):
    rng = np.random.default_rng(0)
    made = {name: rng.normal(size=n) for name in names}
    made[names[0]][0] = np.nan
    found = read(HEADER + stream(made), names, n)
    np.testing.assert_array_equal(found.numbers, np.column_stack(list(made.values())))


A, B = np.arange(3.0), np.ones(3)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 100,
        b"[1]\n",
        b"[" * 60_000,
        b'{"state": "other", "message": ""}\n',
        b'{"state": ["values"], "message": ""}\n',
        HEADER,
        HEADER + stream({"a": A}),
        HEADER + stream({"a": A, "c": B}),
        HEADER + stream({"a": A[:2], "b": B[:2]}),
        HEADER + stream({"a": A, "b": B.astype(int)}),
        HEADER + stream({"a": A, "b": pa.array([1.0, None, 2.0])}),
        HEADER + stream({"a": A, "b": ["x", "y", "z"]}),
        HEADER + stream({"a": A, "b": B}, compression="zstd"),
        HEADER + stream({"a": A, "b": B}) + b"more",
        HEADER + stream({"a": A, "b": B})[:-9],
    ],
)
def test_anything_else_is_refused(answer):
    found = read(answer)
    assert (found.reason, found.message) == ("ended", UNREADABLE)


def test_no_changed_byte_makes_it_crash_or_changes_its_shape():
    whole = HEADER + stream({"a": A, "b": B})
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x55
        found = read(bytes(changed))
        assert not isinstance(found, Values) or found.numbers.shape == (3, 2)


@pytest.mark.parametrize(
    ("state", "reason", "message"),
    [
        ("error", "error", "line 1: NameError"),
        ("shape", "shape", "line 1: NameError"),
        ("memory", "memory", "It needed more than 1,024 MiB of memory."),
    ],
)
def test_what_the_process_says_is_passed_on(state, reason, message):
    found = read(b'{"state": "%s", "message": "line 1:\\n NameError"}\n' % state.encode())
    assert (found.reason, found.message) == (reason, message)


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (b'"line": 2, "kind": "KeyError"', "line 2: KeyError"),
        (b'"line": 0, "kind": "SyntaxError"', "SyntaxError"),
        (b'"line": 2, "kind": "Secret"', "line 2"),
        (b'"line": 123456, "kind": "print"', ""),
        (b'"line": "Secret", "kind": 3', ""),
        (b'"line": true', ""),
    ],
)
def test_where_an_error_was_raised_can_be_no_value(told, where):
    found = read(b'{"state": "error", "message": "Secret", %s}\n' % told)
    assert found.where == where
    assert "Secret" not in found.brief


def test_a_task_is_a_header_and_a_stream():
    task = as_task({"f": "x = 1"}, table(), True, Limits(cpu_seconds=7))
    start = 8 + int.from_bytes(task[:8], "little")
    assert b'"by_row": true, "cpu_seconds": 7' in task[:start]
    read = pa.ipc.open_stream(task[start:]).read_all()
    pd.testing.assert_frame_equal(read.to_pandas(), table().to_pandas())
