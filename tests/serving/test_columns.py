"""Values of one column: kinds, shapes, gaps and sizes."""

import numpy as np
import pytest

from keraswrap.serving._columns import FLOAT32, Column, check_numbers, read_numbers
from keraswrap.serving._refusals import RequestError

ANY = Column("a", "any")


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        ([1, 2.5], [1.0, 2.5], "f"),
        ([True, False], [True, False], "b"),
        ([None, None], [None, None], "O"),
        (["x", 1, None], ["x", 1, None], "O"),
    ],
)
def test_any_values_get_the_kind_that_they_have(values, expected, kind):
    found = ANY.read(values, 9)
    assert (found.tolist(), found.dtype.kind) == (expected, kind)


def test_lists_get_their_shape():
    found = read_numbers([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], (2, 2), False, FLOAT32)
    np.testing.assert_array_equal(found, np.arange(1.0, 9).reshape(2, 2, 2))


@pytest.mark.parametrize(
    ("values", "shape", "gaps", "said"),
    [
        ([1, None], (), False, "Expected a number, got null in row 1"),
        ([1, True], (), True, "Expected a number, got true in row 1"),
        ([[1, 2], [3]], (2,), False, "Expected 2 numbers, got 1 in row 1"),
        ([[1, 2], 3], (2,), False, "Expected 2 numbers, got 3 in row 1"),
        ([[[1], [2]], [[3], [4, 5]]], (2, 1), False, r"of shape \[2, 1\], got 2 in row 1"),
        ([[1, 2], [3, "4"]], (2,), False, "Expected a number, got '4' in row 1"),
        ([1, 10**400], (), False, "fit into 64 bits, got a larger one"),
    ],
)
def test_the_row_of_what_is_no_number_is_named(values, shape, gaps, said):
    with pytest.raises(RequestError, match=said):
        read_numbers(values, shape, gaps, np.inf)


def test_only_gaps_that_are_allowed_pass():
    gap = np.array([[0.0, 1.0], [np.nan, 2.0]])
    assert check_numbers(gap, True, FLOAT32) is gap
    for largest in (FLOAT32, np.inf):
        with pytest.raises(RequestError, match="got nan in row 1"):
            check_numbers(gap, False, largest)


@pytest.mark.parametrize("largest", [FLOAT32, np.inf])
def test_infinity_is_refused_with_gaps_too(largest):
    with pytest.raises(RequestError, match=r"Expected finite numbers in x, .* got -inf in row 0"):
        check_numbers(np.array([-np.inf]), True, largest, " in x")
