"""The splits of a search: listed once, and refused where they cannot be used."""

import numpy as np
import pytest
from sklearn.model_selection import KFold, ShuffleSplit

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.model_selection._splits import check_covered, find_splits

X = np.zeros((9, 1))


class Lying(KFold):
    """Announces more splits than it has."""

    def get_n_splits(self, X=None, y=None, groups=None):
        return 7


class Empty(KFold):
    """Has none."""

    def split(self, X, y=None, groups=None):
        return iter(())


def test_splits_are_those_of_the_splitter():
    for (train, test), (left, held) in zip(
        find_splits(KFold(3), X, None, {}, fixed=True), KFold(3).split(X), strict=True
    ):
        np.testing.assert_array_equal(train, left)
        np.testing.assert_array_equal(test, held)


@pytest.mark.parametrize(
    ("cv", "error", "match"),
    [
        (Lying(3), ValueError, "Expected 7 splits, got 3"),
        (Empty(3), ValueError, "No fits were performed"),
        (ShuffleSplit(2), ParameterError, "with reproducible splits.*Give it a number"),
    ],
)
def test_splits_that_cannot_be_used_are_refused(cv, error, match):
    with pytest.raises(error, match=match):
        find_splits(cv, X, None, {}, fixed=True)


def test_rows_that_no_split_holds_out_are_named():
    every = [(np.array([1, 2]), np.array([0])), (np.array([0]), np.array([1, 2]))]
    check_covered(every, 3)
    with pytest.raises(InputError, match="got 2 of 3 rows that none does, such as row 1"):
        check_covered(every[:1], 3)
