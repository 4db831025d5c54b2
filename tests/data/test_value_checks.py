"""What a column may hold: text or finite numbers."""

import numpy as np
import pytest

from keraswrap._data.value_checks import check_numbers, is_text


@pytest.mark.parametrize(
    ("values", "text"),
    [(["a"], True), ([1], False), ([None, "a"], True), ([], False), ([b"a"], True), ([1.5], False)],
)
def test_text_is_told_from_numbers(values, text):
    assert is_text(np.array(values, dtype=object)) is text


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16", "bool", object])
def test_numbers_of_any_kind_pass(dtype):
    assert check_numbers(np.ones(3, dtype=dtype), "X").tolist() == [1, 1, 1]
