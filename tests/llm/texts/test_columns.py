"""Columns: of one type each, in arrays and frames, with what is missing as such."""

import datetime

import numpy as np
import pandas as pd
import pytest

from keraswrap.llm.texts._columns import Column, make_table

DAY = datetime.date(2024, 2, 29)
# Before what a pandas column of nanoseconds could hold.
OLD = datetime.date(1066, 10, 14)
COLUMNS = [Column("said"), Column("price", "number"), Column("day", "date")]
ROWS = [["a", 5.5, DAY], [None, None, None], ["", 0.0, OLD]]


def test_an_array_is_of_numbers_if_all_columns_are():
    found = make_table(ROWS, COLUMNS, "default", None)
    assert found.dtype == object
    assert found[:, 0].tolist() == ["a", None, ""]
    assert found[:, 2].tolist() == [DAY, None, OLD]
    np.testing.assert_array_equal(found[:, 1].astype(float), [5.5, np.nan, 0])
    numbers = make_table([[row[1]] * 2 for row in ROWS], [COLUMNS[1]] * 2, "default", None)
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, [[5.5] * 2, [np.nan] * 2, [0] * 2])


def test_a_pandas_frame_has_the_index_of_the_texts():
    texts = pd.Series(["x", "y", "z"], [7, 7, 9], name="review")
    found = make_table(ROWS, COLUMNS, "pandas", texts)
    assert (list(found), found.index.tolist()) == (["said", "price", "day"], [7, 7, 9])
    assert found.dtypes.astype(str).tolist() == ["str", "float64", "datetime64[s]"]
    assert found.isna().to_numpy().tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert [day.date() for day in found["day"].dropna()] == [DAY, OLD]
    assert make_table(ROWS, COLUMNS, "pandas", ["x"] * 3).index.tolist() == [0, 1, 2]


def test_a_polars_frame_has_null_for_what_is_missing():
    polars = pytest.importorskip("polars")
    found = make_table(ROWS, COLUMNS, "polars", None)
    assert dict(found.schema) == {
        "said": polars.String, "price": polars.Float64, "day": polars.Date
    }  # fmt: skip
    assert found.rows() == [tuple(row) for row in ROWS]


@pytest.mark.parametrize("container", ["default", "pandas", "polars"])
def test_a_table_without_any_value_keeps_its_types(container):
    if container == "polars":
        pytest.importorskip("polars")
    found = make_table([[None] * 3] * 2, COLUMNS, container, None)
    assert found.shape == (2, 3)
    if container == "pandas":
        assert found.dtypes.astype(str).tolist() == ["str", "float64", "datetime64[s]"]
