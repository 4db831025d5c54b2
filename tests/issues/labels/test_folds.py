"""Folds that split neither groups nor copies."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from keraswrap.issues.labels._copies import count_copies
from keraswrap.issues.labels._folds import assign_folds, split_rows

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


def unevenness(codes, folds):
    """Return how far the folds are from equal shares of each class, and equal sizes."""
    held = np.array([np.bincount(codes[folds == i], minlength=codes.max() + 1) for i in range(5)])
    return abs(held / held.sum(axis=0) - 0.2).mean(), np.ptp(held.sum(axis=1))


@pytest.mark.parametrize(("classes", "groups"), [(2, 40), (10, 100), (4, 600)])
def test_groups_are_assigned_as_evenly_as_by_scikit_learn(classes, groups):
    ours, theirs = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        codes = rng.integers(classes, size=600)
        group = np.unique(rng.integers(groups, size=600), return_inverse=True)[1]
        found = assign_folds(codes, group, 5, seed)
        assert all(len(set(found[group == one])) == 1 for one in range(group.max() + 1))
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        ours.append(unevenness(codes, found))
        theirs.append(unevenness(codes, fold_of(splitter.split(codes, codes, group), 600)))
    assert (np.mean(ours, axis=0) <= np.mean(theirs, axis=0)).all()


def test_the_seed_decides_the_folds_of_groups():
    codes, groups = np.arange(60) % 3, np.arange(60) // 2
    first, again, other = (assign_folds(codes, groups, 4, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
