"""Rows as they arrive."""

import os

import pytest

from keraswrap._tables import (
    Stream,
)
from keraswrap.exceptions import InputError


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def test_rows_are_handed_on_as_they_come(pipe):
    reading, writing = pipe
    os.write(writing, b'{"text": "a"}\n{"te')
    parts = Stream(reading, "-").parts(10)
    assert next(parts) == [(1, {"text": "a"})]
    os.write(writing, b'xt": "b"}\n{"text": "c"}\n')
    assert [row["text"] for _, row in next(parts)] == ["b", "c"]
    os.write(writing, b'{"text": "d"}')  # no end of line
    os.close(writing)
    assert [row["text"] for _, row in next(parts)] == ["d"]
    assert next(parts, None) is None


def test_parts_are_no_larger_than_asked(pipe):
    reading, writing = pipe
    os.write(writing, b"text,n\n" + b"".join(b"a,%d\n" % k for k in range(5)))
    os.close(writing)
    stream = Stream(reading, "-")
    assert stream.kind == "csv"
    assert [len(part) for part in stream.parts(2)] == [2, 2, 1]


def test_rows_before_a_broken_one_are_handed_on(pipe):
    reading, writing = pipe
    os.write(writing, b"text,n\na,1\nb,2\nc\n")
    os.close(writing)
    parts = Stream(reading, "-").parts(10)
    assert len(next(parts)) == 2
    with pytest.raises(InputError, match="got 1 in line 4 of '-'"):
        next(parts)


def test_an_empty_stream_is_refused(pipe):
    os.close(pipe[1])
    with pytest.raises(InputError, match="got an empty file"):
        Stream(pipe[0], "-")
