"""The form of functions that a model writes, and the table of what became of them."""

import json

import numpy as np
import pandas as pd
import pytest

from keraswrap.codegen._candidates import Gain
from keraswrap.codegen._columns import describe_columns
from keraswrap.codegen._inventions import (
    Form,
    Invention,
    Written,
    form_of,
    functions_table,
    tell_functions,
)
from keraswrap.exceptions import ParameterError
from keraswrap.llm._schemas import find_problem

FORM = Form({"c0": "width", "c2": "height"})
GOOD = {"name": "area", "about": "Its\n area.", "columns": ["c2", "c0", "c2"], "code": "x"}
WRITTEN = Written("area", "Its area.", ("width", "height"), "x")


def test_a_function_is_read():
    assert FORM.read(json.dumps(GOOD)) == WRITTEN
    schema = json.dumps(FORM.schema())
    assert find_problem(schema, json.dumps(GOOD)) is None
    assert "does not match" in find_problem(schema, json.dumps({**GOOD, "name": "Area-1"}))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "os.system"}, "Expected the name of a function in lower case"),
        ({"name": 3}, "Expected name as a text, got 3"),
        ({"about": None}, "Expected about as a text, got None"),
        ({"columns": "c0"}, "Expected columns as a list, got 'c0'"),
        ({"columns": []}, r"Expected columns out of \['c0', 'c2'\], got none"),
        ({"columns": ["c1"]}, "got 'c1'"),
        ({"columns": [["c0"]]}, r"got \['c0'\]"),
        ({"columns": ["c0"] * 11}, "Expected at most 10 columns"),
        ({"code": ""}, "Expected the source of area as a text of at most 4,000 characters"),
        ({"code": "#" * 5000}, "Expected the source of area"),
        ({"y": 1}, "Expected an object of"),
    ],
)
def test_what_is_no_function_is_refused(changed, message):
    with pytest.raises(ParameterError, match=message):
        FORM.read(json.dumps({**GOOD, **changed}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def area(frame): ...", "Expected a function in JSON"),
        ("[]", "Expected an object of"),
        ("[" * 20_000, "Expected a function in JSON"),
        (" " * 20_001, "Expected at most 20,000 characters, got 20,001"),
    ],
)
def test_what_is_no_json_is_refused(text, message):
    with pytest.raises(ParameterError, match=message):
        FORM.read(text)


def test_only_columns_with_names_that_are_shown_whole_can_be_read():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b" * 61: [1.0, 2.0], "same": [1.0, 1.0]})
    assert form_of(describe_columns(frame, True)).columns == {"c0": "a"}


def test_the_table_has_a_row_for_each_answer():
    gain = Gain(0.2, 0.1, 0.3)
    table = functions_table([Invention(None, problem="no JSON"), Invention(WRITTEN, 0.9, gain)])
    assert table["kept"].tolist() == [False, True]
    assert table["columns"].iloc[1] == ["width", "height"]
    expected = ("area", "Its area.", "x", 0.9, 0.2, 0.1, 0.3)
    names = ["name", "about", "source", "score", "gain", "low", "high"]
    assert tuple(table.loc[1, names]) == expected
    assert functions_table([]).empty


@pytest.mark.parametrize(("low", "kept"), [(0.001, True), (0.0, False), (-np.inf, False)])
def test_a_function_is_kept_if_the_whole_interval_is_above_zero(low, kept):
    assert Invention(WRITTEN, 0.9, Gain(0.2, low, 0.3)).kept is kept


def test_the_summary_names_what_is_kept():
    made = [Invention(None, problem="no JSON"), Invention(WRITTEN, 0.9, Gain(0.2, 0.1, 0.3))]
    told = "2 functions were asked for, kept: area +0.2000 (95% +0.1000 to +0.3000)."
    assert tell_functions(made) == told
