"""Columns as Arrow: three kinds, whatever the rows."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keraswrap._sandbox import find_kinds, make_table
from keraswrap.exceptions import InputError

NUMBERS = [[1, 2], [1.5, None], [True, False], pd.array([1, None], "Int64"),
           pd.array([True, None], "boolean"), pd.Categorical([3, 1]),
           pd.array([1.5, None], pd.ArrowDtype(pa.float32()))]  # fmt: skip
TEXTS = [["a", None], [1, "b"], pd.Categorical(["x", None]), [(1,), [2]], [1j, 2j]]


@pytest.mark.parametrize("values", NUMBERS, ids=str)
def test_numbers_are_float64(values):
    frame = pd.DataFrame({"a": pd.Series(values)})
    made = make_table(frame, {"a": "number"})
    assert find_kinds(frame) == {"a": "number"}
    assert made.schema.field("a").type == pa.float64()
    expected = [np.nan if pd.isna(one) else float(one) for one in values]
    np.testing.assert_array_equal(made.column("a").to_numpy(), expected)


@pytest.mark.parametrize("values", TEXTS, ids=str)
def test_all_else_is_text(values):
    frame = pd.DataFrame({"a": pd.Series(values)})
    assert find_kinds(frame) == {"a": "text"}
    made = make_table(frame, {"a": "text"}).column("a")
    assert made.type == pa.string()
    assert made.to_pylist() == [None if one is None or one != one else str(one) for one in values]


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_dates_are_in_utc(zone):
    frame = pd.DataFrame({"a": pd.to_datetime(["2026-01-01 12:00", None]).tz_localize(zone)})
    made = make_table(frame, find_kinds(frame)).column("a")
    hour = 12 if zone is None else 11
    assert made.type == pa.timestamp("ns")
    assert made.to_pylist() == [datetime.datetime(2026, 1, 1, hour), None]


def test_only_the_named_columns_are_passed():
    frame = pd.DataFrame({"a": [1], "y": [1], "b": ["x"]})
    assert make_table(frame, {"b": "text", "a": "number"}).column_names == ["b", "a"]


@pytest.mark.parametrize(
    ("frame", "kinds", "message"),
    [
        ({"a": ["x"]}, {"a": "number"}, "each value of the column 'a' to be a number"),
        ({"a": ["x"]}, {"a": "date"}, "each value of the column 'a' to be a date"),
        ({"b": [1]}, {"a": "number"}, r"the columns \['a'\], got a table without 'a'"),
    ],
)
def test_another_table_is_refused(frame, kinds, message):
    with pytest.raises(InputError, match=message):
        make_table(pd.DataFrame(frame), kinds)


@pytest.mark.parametrize("names", [["a", "a"], ["a", 1]])
def test_names_are_different_texts(names):
    with pytest.raises(InputError, match="different texts as the names of columns"):
        find_kinds(pd.DataFrame([[1, 2]], columns=names))
