"""The part that runs in the isolated process, run here on harmless functions."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from isolated import table

from keraswrap._sandbox import Limits, child
from keraswrap._sandbox.exchange import as_task, read_answer


def run_alone(source, **options):
    """Run the file as the sandbox does, without the sandbox: the source is the test's own."""
    task = as_task({"f": source}, table(), False, Limits(**options))
    command = [sys.executable, "-P", child.__file__]
    environment = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
    done = subprocess.run(command, input=task, capture_output=True, env=environment)
    return done.stdout, done.stderr.decode()


def test_an_answer_is_apart_from_what_is_printed():
    answer, printed = run_alone("def f(d):\n    print('shown')\n    return d['price']")
    expected = [[1.0], [2.0], [np.nan]]
    np.testing.assert_array_equal(read_answer(answer, ["f"], 3, Limits()).numbers, expected)
    assert printed == "shown\n"


def test_it_imports_nothing_of_this_package():
    answer, _ = run_alone("import sys\nraise ValueError('keraswrap' in sys.modules)")
    assert json.loads(answer)["message"] == "f: line 2: ValueError: False"


def test_too_much_memory_is_told():
    answer, _ = run_alone("x = bytearray(400 * 2**20)", memory=300 * 2**20)
    assert json.loads(answer) == {"state": "memory", "message": ""}


@pytest.mark.parametrize(
    "returned",
    [[1, 2], (True, False), np.array([1, 2], "i2"), pd.Series([1, None]), pd.array([1, None]),
     pd.Series(["1", "2.5"]), pd.Series([None, 2], dtype="Int64")],
)  # fmt: skip
def test_numbers_in_any_form_are_taken(returned):
    found = child._numbers("f", returned, 2)
    expected = pd.to_numeric(pd.Series(returned)).astype("Float64").to_numpy(float, na_value=np.nan)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([1, 2, 3], r"one number for each of 2 rows, got list of shape \(3,\)"),
        (np.ones((2, 1)), r"got ndarray of shape \(2, 1\)"),
        (None, r"got NoneType of shape \(\)"),
        (["a", "b"], "got list: could not convert string to float"),
    ],
)
def test_other_returns_are_refused(returned, message):
    with pytest.raises(child.WrongShapeError, match=message):
        child._numbers("f", returned, 2)


@pytest.mark.skipif(os.name != "posix", reason="limits of processes are Unix's")
def test_long_answers_are_written_whole():
    read, write = os.pipe()
    os.set_blocking(write, True)
    child._write(write, {"state": "values"}, b"x" * 1000)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b'{"state": "values"}\n' + b"x" * 1000
