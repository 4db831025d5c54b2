"""How many texts each class gets."""

import numpy as np
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.synthetic._amounts import check_amount, count_texts
from keraswrap.synthetic._training_rows import read_rows

ROWS = read_rows(list("abcdef"), [0, 1, 1, 2, 2, 2])


@pytest.mark.parametrize(
    ("n", "wanted"),
    [
        ("balance", {0: 2, 1: 1}),
        (2, {0: 2, 1: 2, 2: 2}),
        (0, {}),
        ({2: 4, 0: 0}, {2: 4}),
        ({np.int64(1): np.int64(3)}, {1: 3}),
    ],
)
def test_numbers_by_class(n, wanted):
    assert count_texts(n, ROWS) == wanted


@pytest.mark.parametrize("n", ["all", -1, 1.5, True, None, {0: -1}, {0: "two"}, [1]])
def test_what_is_no_number_is_refused(n):
    with pytest.raises(ParameterError, match="Expected n"):
        check_amount(n)


def test_a_dict_names_classes_only():
    with pytest.raises(ParameterError, match=r"one of the classes \[0, 1, 2\], got 3"):
        count_texts({3: 1}, ROWS)
