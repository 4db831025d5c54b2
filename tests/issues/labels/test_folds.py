"""Folds that split neither groups nor copies."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from keraswrap.issues.labels._copies import count_copies
from keraswrap.issues.labels._folds import split_rows

NONE = np.full(60, -1)


def fold_of(splits, n):
    folds = np.full(n, -1)
    for number, (_, test) in enumerate(splits):
        folds[test] = number
    return folds


def test_without_copies_folds_are_scikit_learns():
    given = np.array(["a", "b", "b"] * 20)
    splits = split_rows(given, 4, 7, copies=NONE)
    expected = StratifiedKFold(4, shuffle=True, random_state=7).split(given, given)
    for (train, test), (train_2, test_2) in zip(splits, expected, strict=True):
        np.testing.assert_array_equal(train, train_2)
        np.testing.assert_array_equal(test, test_2)


def test_groups_and_copies_are_kept_together_at_once():
    groups, copies = np.arange(60) // 3, np.where(np.arange(60) % 10 == 2, 4, -1)
    copies[[2, 12]] = 0, 0
    copies[[22, 32]] = 1, 1
    copies[copies == 4] = -1
    folds = fold_of(split_rows(np.array(["a", "b"] * 30), 4, 0, groups, copies), 60)
    assert (folds >= 0).all()
    assert all(len(set(folds[groups == group])) == 1 for group in range(20))
    assert (folds[[2, 22]] == folds[[12, 32]]).all()


@pytest.mark.parametrize("groups", [None, np.arange(60) // 2])
def test_more_copies_than_a_fold_holds_are_split(groups):
    copies = np.where(np.arange(60) % 3 == 0, 0, NONE)
    copies[[1, 4]] = 1
    splits = split_rows(np.array(["a", "b"] * 30), 5, 0, groups, copies)
    sizes = np.bincount(fold_of(splits, 60))
    assert sizes.max() <= 14
    assert count_copies(copies, splits)["apart"] == 1


def test_a_class_of_copies_alone_is_trained_on_in_every_fold():
    given, copies = np.array(["a"] * 27 + ["b"] * 27 + ["c"] * 6), np.full(60, -1)
    copies[54:], copies[:2] = 0, 1
    splits = split_rows(given, 5, 0, copies=copies)
    assert all(set(given[train]) == {"a", "b", "c"} for train, _ in splits)
    assert count_copies(copies, splits) == {"groups": 2, "rows": 8, "apart": 1, "rows_apart": 6}
