"""Columns are read as what they hold, however a table stores them."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.drift._columns import column_values
from keraswrap.drift._reference import join
from keraswrap.drift._rows import read_rows, show_rows
from keraswrap.exceptions import InputError, InputTypeError


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([True, None, False], dtype=object), [1, np.nan, 0]),
        (pd.Series([3, None, 5], dtype=object), [3, np.nan, 5]),
        (pd.Series([3, pd.NA, 5], dtype="Int64"), [3, np.nan, 5]),
        (pd.to_timedelta(pd.Series(["1D", None, "12h"])), [1, np.nan, 0.5]),
        (pd.Series([np.inf, np.nan, -np.inf]), [1e300, np.nan, -1e300]),
        (pd.Series(["True", None, "a"], dtype=object), ["True", "", "a"]),
        (pd.Series([None, None], dtype=object), ["", ""]),
    ],
)
def test_a_column_is_read_as_what_it_holds(column, expected):
    found = read_rows(pd.DataFrame({"a": column, "b": 0})).columns["a"]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([1.0, 0.0], ["True", "false"], [1, 0, 1, 0]),
        ([2.0, np.nan], ["2", ""], [2, np.nan, 2, np.nan]),
        (["2", "n/a"], [2.0, 3.0], [2, np.nan, 2, 3]),
        ([2.0, np.nan], ["Rome", ""], ["2", "", "Rome", ""]),
        ([np.nan, np.nan], ["Rome", ""], ["", "", "Rome", ""]),
    ],
)
def test_texts_and_numbers_are_joined_as_what_most_are(old, new, expected):
    np.testing.assert_array_equal(join(np.array(old), np.array(new)), expected)


def test_infinite_numbers_have_a_mean_and_a_spread():
    values, _ = column_values(read_rows(pd.DataFrame({"a": [np.inf, -np.inf], "b": 0})).columns)
    assert (np.ptp(values[:, 0]), values[:, 0].mean()) == (2e300, 0)


@pytest.mark.parametrize(
    "X",
    [
        ["a", None],
        ("a", np.nan),
        pd.Series(["a", pd.NA]),
        np.array([["a"], [None]], object),
        pd.DataFrame({"text": ["a", None]}),
    ],
)
def test_one_column_of_texts_is_texts_and_gaps_are_empty(X):
    rows = read_rows(X)
    assert (rows.kind, rows.texts, len(rows)) == ("texts", ["a", ""], 2)
    assert rows.X is X if isinstance(X, pd.DataFrame) else rows.X == ["a", ""]


def test_a_table_has_numbers_texts_and_days():
    frame = pd.DataFrame({
        "n": pd.array([1, None], "Int64"),
        "t": ["x", None],
        "b": [True, False],
        "d": pd.to_datetime(["1970-01-02", None]),
    })  # fmt: skip
    found = {name: part.tolist() for name, part in read_rows(frame).columns.items()}
    assert (found["n"][0], found["t"], found["b"]) == (1.0, ["x", ""], [1.0, 0.0])
    assert found["d"][0] == 1.0
    assert np.isnan([found["n"][1], found["d"][1]]).all()


def test_what_only_the_model_knows_has_no_columns():
    rows = read_rows(np.zeros((2, 3, 4)))
    assert (rows.kind, rows.columns, show_rows(rows)) == ("other", None, ["", ""])
    assert read_rows([{"a": 1}, {"a": 2}]).kind == "other"


def test_some_rows_are_taken_alike():
    taken = read_rows(np.array([[1.0, 2], [3, 4], [np.inf, 6]])).take(np.array([2, 0]))
    assert taken.X.tolist() == [[np.inf, 6.0], [1.0, 2.0]]
    assert taken.columns["x1"].tolist() == [6.0, 2.0]
    assert np.isfinite(taken.columns["x0"]).all()
    assert read_rows(["a", "b"]).take(np.array([1])).texts == ["b"]


@pytest.mark.parametrize(
    ("X", "error", "said"),
    [
        ("text", InputTypeError, "Expected rows that can be counted, got str"),
        (iter([1]), InputTypeError, "got list_iterator"),
        ([], InputError, "Expected at least one row, got none"),
        (["a", 3], InputTypeError, "Expected a text in each row, got 3 in row 1"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), InputError, "columns of different names"),
    ],
)
def test_what_is_no_rows_is_refused(X, error, said):
    with pytest.raises(error, match=said):
        read_rows(X)


def test_half_a_character_is_replaced():
    assert read_rows(["a\ud800"]).texts == ["a?"]
    assert show_rows(read_rows(["x" * 3000])) == ["x" * 2000]
