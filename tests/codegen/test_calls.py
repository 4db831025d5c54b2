"""What is made and what is written are the same, and nothing outside the table can be either."""

import numpy as np
import pytest

from keraswrap.codegen._calls import Call, Name, imports_of, make, write

LONG = Call(
    "Pipeline",
    {
        "steps": [
            ("columns", Call("ColumnTransformer", {"transformers": [("n", "passthrough", ["a"])]})),
            ("estimator", Call("SVC", {"C": 0.1, "gamma": "scale", "class_weight": None})),
        ]
    },
)


def run(call):
    scope = {}
    exec("\n".join([*imports_of(call), f"made = {write(call)}"]), scope)
    return scope["made"]


def test_written_code_makes_the_same():
    assert repr(run(LONG)) == repr(make(LONG))
    assert "\n" in write(LONG)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (("a",), "('a',)"),
        ((1, 2.5), "(1, 2.5)"),
        ([], "[]"),
        ((), "()"),
        ({}, "{}"),
        ({"a": None}, "{'a': None}"),
        (Call("SVC", {}), "SVC()"),
        (Name("numpy.log1p"), "numpy.log1p"),
        ('a"\n', repr('a"\n')),
    ],
)
def test_how_values_are_written(value, text):
    assert write(value) == text


def test_a_long_tuple_of_one_stays_a_tuple():
    value = ("x" * 200,)
    assert eval(write(value)) == value


def test_functions_are_found_as_they_are_written():
    call = Call("FunctionTransformer", {"func": Name("numpy.log1p")})
    assert make(call).func is run(call).func is np.log1p


@pytest.mark.parametrize("kind", [Call, Name])
@pytest.mark.parametrize("name", ["system", "os.system", "__import__", "LinearRegression", "eval"])
def test_names_outside_the_table_cannot_even_be_formed(kind, name):
    with pytest.raises(KeyError, match=name):
        kind(name, {}) if kind is Call else kind(name)


def test_no_line_of_written_code_is_too_long():
    names = [f"column number {k}" for k in range(60)]
    told = {"transformers": [("n", "passthrough", names)]}
    assert max(map(len, write(Call("ColumnTransformer", told)).splitlines())) <= 100


def test_source_code_is_written_line_by_line():
    source = "def f(d):\n    return 'a\\n'\n\x0c\u2028"
    text = write({"f": source})
    assert "'def f(d):\\n'\n" in text
    assert eval(text) == {"f": source}
