"""Columns are read as what they hold, however a table stores them."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.drift._columns import column_values
from keraswrap.drift._reference import join
from keraswrap.drift._rows import read_rows


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
