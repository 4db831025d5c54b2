"""Programs and what becomes of them."""

import numpy as np
import pytest
from isolated import FRAME, needs_isolation, run, table

from keraswrap._sandbox import Ended, Failure, Limits, Values, run_program

DOUBLE = "k = 2\ndef double(frame): return frame['price'] * k"
LENGTH = """
def length(frame):
    print("not an answer")
    assert "k" not in globals()
    return frame["color"].str.len()
"""


class Scripted:
    """Answers as it is told to, and keeps what it was given."""

    name = "scripted"

    def __init__(self, ended):
        self.ended = ended

    def run(self, command, given, readable, limits):
        self.given = given
        return self.ended


@needs_isolation
@pytest.mark.parametrize("by_row", [False, True])
def test_each_function_gives_a_column(by_row):
    found = run_program({"length": LENGTH, "double": DOUBLE}, table(), by_row=by_row)
    expected = np.column_stack([FRAME["color"].str.len(), FRAME["price"] * 2])
    np.testing.assert_array_equal(found.numbers, expected)


@needs_isolation
def test_the_same_program_gives_the_same_bits():
    body = "return [hash(str(x)) % 1000 for x in d['color']]"
    assert run(body).numbers.tobytes() == run(body).numbers.tobytes()


@needs_isolation
@pytest.mark.parametrize(
    ("body", "reason", "message"),
    [
        ("return d['price'].mean()", "shape", "for each of 3 rows, got float64 of shape ()."),
        ("return d", "shape", "got DataFrame: "),
        ("return d['color']", "shape", "got Series: Unable to parse string"),
        ("return d['size']", "error", "f: line 2: KeyError: 'size'"),
        ("1 / 0", "error", "f: line 2: ZeroDivisionError: division by zero"),
        ("raise SystemExit('end')", "error", "f: line 2: SystemExit: end"),
        ("raise ValueError('\\x1b[31m' * 1000)", "error", "f: line 2: ValueError: [31m [31m"),
        ("import os\nos._exit(3)", "ended", "without an answer that can be read. Exit code 3."),
        ("import os\nos.abort()", "ended", "Its process was ended by signal 6."),
    ],
)
def test_a_failure_says_why(body, reason, message):
    found = run(body)
    assert found.reason == reason
    assert message in found.message
    assert found.message.isprintable()
    assert len(found.message) <= 400


@needs_isolation
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(d) return 1", "f: line 1: SyntaxError: expected ':'"),
        ("def g(d): pass", "Expected a function named f, the program defines none."),
        ("f = 3", "Expected a function named f, the program defines none."),
    ],
)
def test_a_program_without_the_function_fails(source, message):
    assert run_program({"f": source}, table()).message == message


def test_no_rows_need_no_process():
    found = run_program({"f": "", "g": ""}, table().slice(0, 0), isolation=Scripted(None))
    assert found.numbers.shape == (0, 2)


@pytest.mark.parametrize(
    ("ended", "failure"),
    [
        (Ended("time", 9), Failure("time", "It took longer than 30 seconds.")),
        (Ended("cpu", 24), Failure("cpu", "It took more than 30 seconds of CPU time.")),
        (Ended("memory", 9), Failure("memory", "It needed more than 1,024 MiB of memory.")),
        (Ended("output", 9), Failure("output", "It wrote more than 67,108,864 bytes.")),
        (Ended("killed", 31), Failure("ended", "Its process was ended by signal 31.")),
    ],
)
def test_each_end_has_its_reason(ended, failure):
    assert run_program({"f": ""}, table(), isolation=Scripted(ended)) == failure


def test_the_last_printed_line_explains_an_end():
    ended = Ended("exited", 1, b"", b"Traceback\nImportError: no pandas\n\n")
    found = run_program({"f": ""}, table(), isolation=Scripted(ended), limits=Limits())
    assert found.message.endswith("Exit code 1: ImportError: no pandas")


def test_values_are_numbers_only():
    assert Values(np.ones((1, 1))).numbers.dtype == np.float64
