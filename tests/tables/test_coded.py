"""Labels of parts: those of the whole column."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keraswrap._tables import labels_of
from keraswrap._tables.coded import LabelCoder
from keraswrap.exceptions import InputError

COLUMNS = [
    pd.Series(["b", "a", "b", "long one"]),
    pd.Series(["10", "9", "10", "-3"]),
    pd.Series(["10", "9", "x", "010"]),
    pd.Series([3, 1, 3], dtype=object),
    pd.Series([3, 1.5, 3.0], dtype=object),
    pd.Series([True, False], dtype=object),
    pd.Series([0.0, -0.0, 1.0]),
    pd.Series([Decimal("4.00"), Decimal("4.5"), Decimal("4")], dtype=object),
    pd.Series([1, 2, 1], dtype="Int64"),
    pd.Series([1, 2, 1], dtype=pd.ArrowDtype(pa.int16())),
    pd.Series(["x", "y", "x"], dtype=pd.ArrowDtype(pa.string())),
    pd.Series(["x", "y", "x"], dtype="category"),
    pd.Series(["\ud800", "y"], dtype=object),
]
BAD = [
    pd.Series(["a", " ", "b", "", "c", "\t"]),
    pd.Series(["a", None, float("nan"), pd.NA, 1], dtype=object),
    pd.Series(["a", 1, True], dtype=object),
    pd.Series([1, 1.0, True], dtype=object),
    pd.Series([True, 1], dtype=object),
    pd.Series([["a"], ["b"], {}], dtype=object),
    pd.Series(["a", ["b"], ["c"]], dtype=object),
    pd.Series([1, None, 2], dtype=pd.ArrowDtype(pa.int16())),
    pd.Series([0.5, None]),
]


def coded(column, size):
    coder = LabelCoder(column.name)
    for start in range(0, len(column), size):
        coder.add(column[start : start + size].reset_index(drop=True))
    return coder.labels("t.csv")


@pytest.mark.parametrize("size", [1, 2, 10])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.tolist()))
def test_labels_are_those_of_the_whole_column(column, size):
    expected, found = labels_of(column, "t.csv"), coded(column, size)
    np.testing.assert_array_equal(found.different[found.codes], expected)
    assert found.different.dtype == expected.dtype
    assert [repr(found[row]) for row in range(len(found))] == list(map(repr, expected.tolist()))
    assert [repr(found.given[code]) for code in found.codes] == list(map(repr, column.tolist()))


@pytest.mark.parametrize("size", [1, 2, 10])
@pytest.mark.parametrize("column", BAD, ids=lambda column: str(column.tolist()))
def test_errors_are_those_of_the_whole_column(column, size):
    with pytest.raises(InputError, match="Expected") as expected:
        labels_of(column, "t.csv")
    with pytest.raises(InputError, match="Expected") as found:
        coded(column, size)
    assert str(found.value) == str(expected.value)
