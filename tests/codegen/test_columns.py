"""What kind each column is, and that no value of it is kept."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from keraswrap.codegen._columns import describe_columns
from keraswrap.exceptions import InputError

TEXTS = [f"the lamp broke after {k} days" for k in range(8)]


def kind_of(values):
    return describe_columns(pd.DataFrame({"a": values}), True)[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.5, None], "number"),
        ([1, 2, 3], "number"),
        (pd.array([1, None, 3], dtype="Int64"), "number"),
        (pd.array([1.5, None], dtype="Float64"), "number"),
        (["a", "b", None], "category"),
        ([True, False], "category"),
        (pd.array([True, None, False], dtype="boolean"), "category"),
        (pd.Series([True, None, False], dtype=object), "category"),
        (pd.Categorical(["a", "b"]), "category"),
        (pd.Categorical([1, 2]), "category"),
        (TEXTS, "text"),
        (["the same long text here"] * 9 + ["another long text here"], "category"),
        ([1.0, 1.0], "unused"),
        (["a", "a"], "unused"),
        ([None, None], "unused"),
        (pd.to_datetime(["2020-01-01", "2021-01-01"]), "unused"),
    ],
)
def test_kinds(values, kind):
    assert kind_of(values).kind == kind


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([2, 2], "all its values are equal"),
        ([np.nan, np.nan], "it is empty"),
        (pd.to_datetime(["2020-01-01", "2021-01-01"]), "it holds dates"),
    ],
)
def test_why_a_column_is_not_used(values, note):
    assert kind_of(values).note == note


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.inf], "Expected finite numbers in column 'a'"),
        (["a", 1], "Expected texts, bools or numbers in column 'a', got values of type int, str"),
        (pd.Series([1, None, 2], dtype=object), "got values of type int"),
        ([[1], [2]], "got values of type list"),
        ([1 + 2j, 2 + 1j], "Expected real numbers in column 'a'"),
    ],
)
def test_what_cannot_be_read(values, message):
    with pytest.raises(InputError, match=message):
        kind_of(values)


def test_counts_and_ranges():
    column = kind_of([*range(1001), None])
    assert (column.distinct, column.low, column.high, column.whole) == (1001, 50.0, 950.0, True)
    assert column.missing == 1 / 1002


@pytest.mark.parametrize(
    ("values", "like"), [([1, 2, 1], True), ([1.5, 2.5], False), (range(21), False)]
)
def test_numbers_that_may_be_categories(values, like):
    assert kind_of(list(values)).is_like_categories is like


def test_columns_go_by_position_where_names_are_no_texts():
    found = describe_columns(pd.DataFrame({3: [1, 2], "b": ["x", "y"]}), False)
    assert [(column.id, column.key) for column in found] == [("c0", 0), ("c1", 1)]


@pytest.mark.parametrize(
    "values",
    [
        [date(2020, 1, 1), date(2020, 1, 2), None],
        pd.period_range("2020", periods=3, freq="D"),
        pd.timedelta_range("1D", periods=3),
    ],
)
def test_dates_of_every_type_are_not_used(values):
    (column,) = describe_columns(pd.DataFrame({"day": values}), True)
    assert (column.kind, column.note) == ("unused", "it holds dates")
