"""What a column may hold: text or finite numbers."""

import numpy as np
import pandas as pd
import pytest

from keraswrap._data.value_checks import check_numbers, is_text, items_of


@pytest.mark.parametrize(
    ("values", "text"),
    [(["a"], True), ([1], False), ([None, "a"], True), ([], False), ([b"a"], True), ([1.5], False)],
)
def test_text_is_told_from_numbers(values, text):
    assert is_text(np.array(values, dtype=object)) is text


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16", "bool", object])
def test_numbers_of_any_kind_pass(dtype):
    assert check_numbers(np.ones(3, dtype=dtype), "X").tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "values", [[1, 2], (1, 2), range(1, 3), np.array([1, 2]), pd.Series([1, 2], [5, 6])]
)
def test_what_has_an_order_has_items(values):
    assert items_of(values) == [1, 2]


@pytest.mark.parametrize(
    "values", [None, 3, "ab", b"ab", {1: 2}, {1, 2}, np.eye(2), np.array(3), pd.DataFrame([[1]])]
)
def test_what_has_none_has_no_items(values):
    assert items_of(values) is None
