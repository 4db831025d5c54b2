"""Fits that leave out two folds: which rows they see, and what is made of them."""

import numpy as np
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.issues.labels._folds import split_rows
from keraswrap.issues.labels._views._pairs import assemble_pairs, number_folds, pair_splits
from keraswrap.model_selection._candidate_fit import Fit

Y = np.arange(40) % 2


def test_each_pair_of_folds_is_left_out_by_one_fit():
    splits = split_rows(Y, 4, 0)
    folds, pairs = number_folds(splits, 40), pair_splits(splits)
    assert len(pairs) == 6
    for train, test in pairs:
        assert len(np.unique(folds[test])) == 2
        assert np.intersect1d(train, test).size == 0
        assert len(train) + len(test) == 40


def test_groups_are_never_split():
    groups = np.arange(40) // 4
    for train, test in pair_splits(split_rows(Y, 5, 0, groups)):
        assert not set(groups[train]) & set(groups[test])


def test_a_fold_is_judged_by_fits_without_it():
    splits = split_rows(Y, 3, 0)
    folds, pairs = number_folds(splits, 40), pair_splits(splits)
    fits = [
        Fit(proba=np.full((len(test), 2), number / 10), classes=np.array([0, 1]))
        for number, (_, test) in enumerate(pairs)  # without folds 0 and 1, 0 and 2, 1 and 2
    ]
    usable = assemble_pairs(fits, pairs, folds, np.array([0, 1]))[:, :, 0]
    expected = [[0.05, 0.0, 0.1], [0.0, 0.1, 0.2], [0.1, 0.2, 0.15]]
    for fold in range(3):
        for of in range(3):
            np.testing.assert_allclose(usable[fold][folds == of], expected[fold][of], atol=1e-7)


@pytest.mark.parametrize(
    "splits",
    [split_rows(Y, 2, 0), split_rows(Y, 3, 0)[:2] * 2],
    ids=["two folds", "rows held out twice"],
)
def test_folds_must_hold_out_each_row_once(splits):
    with pytest.raises(ParameterError, match="hold out each row once, in at least 3 folds"):
        number_folds(splits, 40)
