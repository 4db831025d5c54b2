"""What may be specified follows from the columns; what cannot be read is refused."""

import ast
import json
import string

import numpy as np
import pandas as pd
import pytest
from mixed_tables import parts

from keraswrap.codegen._calls import imports_of, make, write
from keraswrap.codegen._columns import describe_columns
from keraswrap.codegen._offers import CLASSES
from keraswrap.codegen._plan import plan_pipeline
from keraswrap.codegen._specification import Task, read_specification, space_of
from keraswrap.exceptions import ParameterError

CLASSIFY = Task("classification")


def fields_of(frame, task=CLASSIFY):
    return list(space_of(describe_columns(pd.DataFrame(frame), True), task).fields)


NUMBERS, TEXTS = [1.5, 2.5, 3.5], ["a b c d e", "b c d e f", "c d e f g"]


@pytest.mark.parametrize(
    ("frame", "task", "fields"),
    [
        ({"a": NUMBERS}, CLASSIFY, ["numbers"]),
        ({"a": NUMBERS, "b": ["x", "y", "x"]}, CLASSIFY, ["drop", "numbers", "categories"]),
        ({"a": [1, 2, 1]}, CLASSIFY, ["numbers", "categories"]),
        ({"a": TEXTS}, CLASSIFY, ["texts"]),
        ({"a": NUMBERS}, Task("regression", can_log=True), ["numbers", "target"]),
    ],
)
def test_only_what_the_columns_call_for_may_be_specified(frame, task, fields):
    assert fields_of(frame, task) == [*fields, "estimator"]


def test_a_wide_table_has_a_small_schema():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 500))).add_prefix("x")
    space = space_of(describe_columns(X, True), CLASSIFY)
    assert len(space.fields["drop"].names) == 40
    assert len(json.dumps(space.schema())) < 6000


def test_some_column_is_always_left():
    _, space = parts()
    assert space.fields["drop"].most == len(space.fields["drop"].names) - 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected a specification in JSON"),
        ("{", "Expected a specification in JSON"),
        ("import os", "Expected a specification in JSON"),
        ("[" * 5000, "Expected a specification in JSON"),
        ("9" * 5000, "Expected a specification in JSON"),
        ('"' + "a" * 30_000 + '"', "at most 20,000 characters, got 30,002"),
        ("NaN", "Expected a specification as an object"),
    ],
)
def test_texts_that_are_no_specification(text, message):
    _, space = parts()
    with pytest.raises(ParameterError, match=message):
        read_specification(text, space)


# Properties


HOSTILE = [
    *("__import__('os').system('id')", "os.system", "../../etc/passwd", "sklearn.tree"),
    *("eval", "__class__", "{0.__class__}", "Pipeline", "c0", "c999", "name", "\x00", "𝒸0"),
]
LEAVES = [None, True, False, 0, 1, -1, 1e308, -0.0, float("inf"), 10**30, "", *HOSTILE]


def fuzz(value, rng):
    """Change one place of a JSON value at random."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = list(value)[rng.integers(len(value))]
        changed = {**value, key: fuzz(value[key], rng)}
        if rng.random() < 0.15:
            changed[str(rng.choice(HOSTILE))] = changed.pop(key)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.8:
        return [fuzz(each, rng) if rng.random() < 0.7 else each for each in value * 2]
    pick = LEAVES[rng.integers(len(LEAVES))]
    return [pick, [pick], {str(pick): pick}, "".join(rng.choice(list(string.printable), 9))][
        rng.choice(4, p=[0.6, 0.15, 0.15, 0.1])
    ]


def names_in(code):
    tree = ast.parse(code)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    attributes = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return called, attributes


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_whatever_is_specified_nothing_outside_the_table_is_reached(task):
    table, space = parts(task)
    rng = np.random.default_rng(0)
    n_read = 0
    for _ in range(1500):
        value = space.draw(rng)
        for _ in range(rng.integers(3)):
            value = fuzz(value, rng)
        try:
            read = read_specification(json.dumps(value), space)
        except ParameterError:
            continue
        n_read += 1
        pipeline = plan_pipeline(read, table.columns, table.target.task, 0)
        called, attributes = names_in(write(pipeline))
        assert called <= set(CLASSES)
        assert attributes <= {"Series.fillna", "numpy.log1p", "numpy.expm1"}
        modules = {line.split()[1] for line in imports_of(pipeline)}
        assert modules <= {*CLASSES.values(), "pandas", "numpy"}
        make(pipeline)
    assert 400 < n_read < 1200  # both kinds were met
