"""Rows set aside are in no fold, classes keep their shares, and too few rows are refused."""

import numpy as np
import pytest
from sklearn.model_selection import KFold

from keraswrap.codegen._data import read_target
from keraswrap.codegen._splits import make_folds, scored_share, set_aside
from keraswrap.exceptions import InputError, ParameterError


def target(n=50, share=0.2):
    y = np.where(np.arange(n) < share * n, "rare", "common")
    return read_target(np.zeros((n, 1)), y, None)


def test_rows_set_aside_are_in_no_fold():
    rest, aside = set_aside(target(), 0.2, seed=0)
    assert sorted([*rest, *aside]) == list(range(50))
    used = {int(row) for train, test in make_folds(target(), rest, 5, 0) for row in [*train, *test]}
    assert used == set(rest.tolist())


def test_folds_score_each_row_once_and_keep_the_shares_of_classes():
    one = target()
    rest, aside = set_aside(one, 0.2, seed=0)
    assert (one.values[aside] == "rare").mean() == pytest.approx(0.2)
    folds = make_folds(one, rest, 4, 0)
    assert sorted(np.concatenate([test for _, test in folds])) == rest.tolist()
    assert [(one.values[test] == "rare").sum() for _, test in folds] == [2, 2, 2, 2]
    assert scored_share(folds) == pytest.approx(10 / 30)


def test_nothing_is_set_aside_with_0_and_splits_of_ones_own_are_kept():
    rest, aside = set_aside(target(), 0, seed=0)
    assert (len(rest), len(aside)) == (50, 0)
    folds = make_folds(target(), rest[10:], KFold(2), 0)
    assert folds[0][1].tolist() == list(range(10, 30))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_determines_the_folds(seed):
    one, same = (make_folds(target(), np.arange(50), 5, seed) for _ in range(2))
    other = make_folds(target(), np.arange(50), 5, seed + 1)
    assert np.array_equal(one[0][1], same[0][1])
    assert not np.array_equal(one[0][1], other[0][1])


@pytest.mark.parametrize(
    ("cv", "error", "message"),
    [
        (1, ParameterError, "Expected cv of at least 2 folds, got 1"),
        (
            11,
            InputError,
            "at least cv=11 rows of each class besides those set aside, got 10 of 'rare'",
        ),
        (51, InputError, "a row for each of cv=51 folds, got 50"),
        ("five", ParameterError, "Expected cv as a number of folds, a splitter or splits"),
        ([([0, 1], [99])], ParameterError, "Expected cv as a number of folds"),
        ([([0, 1], [])], ParameterError, "Expected folds with rows"),
        ([], ParameterError, "Expected folds with rows"),
        (iter([]), ParameterError, "which has none left: an iterator gives them once"),
    ],
)
def test_folds_that_cannot_be_made(cv, error, message):
    with pytest.raises(error, match=message):
        make_folds(target(), np.arange(50), cv, 0)


@pytest.mark.parametrize(("n", "said"), [(1, "classes.$"), (2, "classes, or use fewer folds.$")])
def test_fewer_folds_are_advised_where_they_help(n, said):
    with pytest.raises(InputError, match=said):
        make_folds(target(share=n / 50), np.arange(50), 3, 0)


def test_a_class_of_one_row_cannot_be_set_aside():
    with pytest.raises(InputError, match=r"Expected enough rows to set aside holdout=0.2 of 50"):
        set_aside(target(share=0.02), 0.2, seed=0)
