"""Rows are found as numpy finds them, without making all row numbers."""

import numpy as np
import pytest

from keraswrap._data.lazy_column import find_rows

KEYS = [3, -1, slice(2, 9, 3), slice(None, None, -1), [4, 0, -2], [], np.arange(10) % 3 == 0]


@pytest.mark.parametrize("index", [None, np.array([7, 7, 0, 9, 1, 2, 3, 4, 5, 6])])
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_row_numbers_are_numpys(index, key):
    rows = np.arange(10) if index is None else index
    wanted = rows[np.array(key, dtype=int) if isinstance(key, list) else key]
    given = np.array(key, dtype=int) if isinstance(key, list) else key
    np.testing.assert_array_equal(find_rows(10, index, given), wanted)


@pytest.mark.parametrize("key", [10, -11, [0, 10]])
def test_a_row_that_is_not_there_is_an_index_error(key):
    with pytest.raises(IndexError, match="Expected rows below 10"):
        find_rows(10, None, key)
