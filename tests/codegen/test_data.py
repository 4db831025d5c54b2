"""Tables and targets are read, or refused before any work."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.codegen._data import read_rows, read_table, read_target, smallest_class
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

X = np.arange(12.0).reshape(6, 2)


def test_a_dict_becomes_a_frame_and_a_list_an_array_of_floats():
    assert list(read_rows({"a": [1, 2], "b": ["x", "y"]}).columns) == ["a", "b"]
    assert read_rows([[1, 2], [3, 4]]).dtype == np.float64


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("text", InputTypeError, "Expected X as a DataFrame, a dict or an array"),
        (None, InputTypeError, "Expected X as a DataFrame"),
        (
            [1, 2, 3],
            InputError,
            r"Expected an array of numbers of shape \(n, d\), got shape \(3,\)",
        ),
        ([["a"], ["b"]], InputError, "Pass a DataFrame for columns of texts"),
        ([[1], [1, 2]], InputError, "Expected rows of equal length"),
        ({"a": [1], "b": [1, 2]}, InputError, "Expected columns of equal length"),
        (
            pd.DataFrame({"a": []}),
            InputError,
            r"at least one row and one column, got X of shape \(0",
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), InputError, "different names, got 'a' twice"),
    ],
)
def test_what_is_no_table(given, error, message):
    with pytest.raises(error, match=message):
        read_rows(given)


@pytest.mark.parametrize(
    ("y", "task", "kind"),
    [
        (list("ababab"), None, "classification"),
        ([True, False] * 3, None, "classification"),
        ([0, 1, 2] * 2, None, "classification"),
        ([0.0, 1.0] * 3, None, "classification"),
        ([0.5, 1.5] * 3, None, "regression"),
        ([0, 1] * 3, "regression", "regression"),
        (pd.Categorical(list("ababab")), None, "classification"),
        (pd.array([0, 1] * 3, dtype="Int64"), None, "classification"),
        (pd.array(["a", "b"] * 3, dtype="string"), None, "classification"),
        (np.array([[0.5], [1.5]] * 3), None, "regression"),
    ],
)
def test_which_task_it_is(y, task, kind):
    target = read_target(X, y, task)
    assert target.task.kind == kind
    assert (target.classes is None) == (kind == "regression")
    assert target.values.shape == (6,)


def test_many_whole_numbers_are_no_classes():
    rows = np.zeros((30, 1))
    assert read_target(rows, np.arange(30) % 20, None).task.kind == "classification"
    assert read_target(rows, np.arange(30) % 21, None).task.kind == "regression"


@pytest.mark.parametrize(("y", "can"), [([0.0, 1.5] * 3, True), ([-0.1, 1.5] * 3, False)])
def test_when_a_logarithm_may_be_taken(y, can):
    assert read_target(X, y, None).task.can_log is can


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        (None, None, "Expected y, what is to be predicted, got None"),
        ([1, 0], None, "Expected a target for each of 6 rows of X, got 2"),
        ([1, 0, np.nan, 1, 0, 1], None, "got 1 missing in y, first in row 2"),
        ([None] * 6, None, "got 6 missing in y, first in row 0"),
        ([1] * 6, None, "Expected at least two classes in y, got one: 1"),
        (["a"] * 6, None, "Expected at least two classes in y, got one: 'a'"),
        ([0.5] * 6, "regression", "Expected different numbers in y, got only 0.5"),
        (list("ababab"), "regression", "Expected numbers in y with task='regression'"),
        ([0.5, 1.5] * 3, "classification", "got continuous values. Pass task='regression'"),
        ([1.5, np.inf] * 3, "regression", "Expected finite numbers in y"),
        (["a", 1, "a", 1, "a", 1], None, "Expected classes of one type in y"),
        (np.zeros((6, 2)), None, r"Expected y of shape \(n,\), got \(6, 2\)"),
        ([0, 1] * 3, "ranking", "Expected task to be None or one of"),
    ],
)
def test_what_is_no_target(y, task, message):
    if isinstance(y, list) and len({type(v) for v in y}) > 1 and "a" in y:
        y = pd.Series(y, dtype=object)
    with pytest.raises((InputError, ParameterError), match=message):
        read_target(X, y, task)


def test_a_table_without_a_column_to_use():
    table = read_table(pd.DataFrame({"a": [1.0] * 6}), [0, 1] * 3)
    with pytest.raises(InputError, match="none that can be used: 'a': all its values are equal"):
        table.described_by(np.arange(6))


def test_columns_are_described_by_some_rows_alone():
    table = read_table(pd.DataFrame({"a": [1, 2, 3, 4, 5, 99]}), [0, 1] * 3)
    assert table.described_by(np.arange(5)).columns[0].high == 4.8


def test_classes_by_their_number_of_rows():
    target = read_target(X, list("abbbbb"), None)
    assert list(smallest_class(target, np.arange(1, 6))) == [("a", 0), ("b", 5)]


@pytest.mark.parametrize(
    "y", [np.array([0, 1, 0, 1], dtype=object), pd.array([0, 1, 0, 1], "Int64")]
)
def test_whole_numbers_of_any_type_are_classes(y):
    target = read_table(pd.DataFrame({"a": range(4)}), y).target
    assert target.values.dtype == np.int64
    assert target.classes.tolist() == [0, 1]


def test_numbers_in_objects_are_predicted_as_numbers():
    y = np.array([0.5, 1.5, 2, 3.5], dtype=object)
    assert read_table(pd.DataFrame({"a": range(4)}), y).target.task.kind == "regression"


def test_names_of_two_types():
    with pytest.raises(InputError, match="all texts, or none"):
        read_rows(pd.DataFrame([[1, 2]], columns=["a", 1]))
