"""What a local model may be given."""

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.llm.local._settings import check_batch_size, check_dtype


@pytest.mark.parametrize("batch_size", [None, 1, 64])
def test_a_number_of_rows_or_none(batch_size):
    check_batch_size(batch_size)


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, True, "8"])
def test_other_numbers_of_rows_are_refused(batch_size):
    with pytest.raises(ParameterError, match=f"batch_size of at least 1, .* got {batch_size!r}"):
        check_batch_size(batch_size)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_what_is_computed_in(dtype):
    check_dtype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "int8", None])
def test_other_types_are_refused(dtype):
    with pytest.raises(ParameterError, match=f"float32, bfloat16, float16, got {dtype!r}"):
        check_dtype(dtype)
