"""Functions as text: what is taken, and whether rows stand for themselves."""

import numpy as np
import pandas as pd
import pytest
from isolated import needs_isolation

from keraswrap._sandbox import Failure, Limits, find_kinds
from keraswrap.codegen._functions import (
    check_alone,
    check_functions,
    rows_to_check,
    run_functions,
)
from keraswrap.exceptions import InputError, ParameterError


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ({}, "with at least one, got {}"),
        (["def f(d): pass"], "Expected functions as a dict"),
        ({"F": "def F(d): pass"}, "in lower case, of at most 40 letters.*got 'F'"),
        ({"a-b": "x"}, "got 'a-b'"),
        ({"class": "x"}, "got 'class'"),
        ({"f" * 41: "x"}, "got 'ffff"),
        ({3: "x"}, "got 3"),
        ({"f": ""}, "the source of f as a text of at most 4,000 characters, got ''"),
        ({"f": "#" * 4001}, "the source of f as a text of at most 4,000 characters"),
        ({"f": None}, "got None"),
    ],
)
def test_what_are_no_functions_is_refused(functions, message):
    with pytest.raises(ParameterError, match=message):
        check_functions(functions)


@needs_isolation
def test_each_function_has_names_of_its_own():
    frame = pd.DataFrame({"a": [1.0, 0.0, np.nan]})
    sources = {"f": "k = 1\ndef f(d): return k / d['a']"}
    sources["g"] = "def g(d): return ['k' in globals()] * len(d)"
    found = run_functions(sources, frame, find_kinds(frame), Limits())
    np.testing.assert_array_equal(found, [[1, 0], [np.nan, 0], [np.nan, 0]])


@needs_isolation
def test_a_failure_names_the_function():
    frame = pd.DataFrame({"a": [1.0]})
    found = run_functions({"f": "def f(d): return d['b']"}, frame, {"a": "number"}, Limits())
    assert isinstance(found, Failure)
    assert found.message == "f: line 1: KeyError: 'b'"
    assert found.brief == "It raised an error (line 1: KeyError)."


ROWS = np.array([4, 8])


@pytest.mark.parametrize(
    ("within", "alone"),
    [([1.0, 2.0], [1.0, 2.0]), ([np.nan, 2], [np.nan, 2]), ([1.0, 1e30], [1 + 1e-12, 1e30])],
)
def test_equal_rows_pass(within, alone):
    check_alone(["f"], np.array(within)[:, None], np.array(alone)[:, None], ROWS)


@pytest.mark.parametrize(
    ("within", "alone"), [([1.0, 2.0], [1.0, 2.1]), ([1, np.nan], [1, 0]), ([1, 0], [1, 1e-300])]
)
def test_other_rows_are_named(within, alone):
    message = (
        rf"Expected f to compute each row .* got {alone[1]:g} for row 8 alone and {within[1]:g}"
    )
    with pytest.raises(InputError, match=message):
        check_alone(["f"], np.array(within)[:, None], np.array(alone)[:, None], ROWS)


@pytest.mark.parametrize(
    ("n", "most", "rows"), [(1, 20, [0]), (3, 20, [0, 1, 2]), (101, 3, [0, 50, 100])]
)
def test_rows_are_spread(n, most, rows):
    assert rows_to_check(n, most).tolist() == rows
