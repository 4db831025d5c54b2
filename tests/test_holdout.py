"""Which rows a fit holds out: shares of each class, or what a splitter says."""

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit, TimeSeriesSplit

from keraswrap._holdout import hold_out, stratified_split
from keraswrap.exceptions import InputError, ParameterError


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_a_split_keeps_each_class_in_its_share(fraction):
    strata = np.repeat([0, 1, 2], [40, 20, 1])
    rng = np.random.default_rng(0)
    train, held = stratified_split(strata, 61, fraction, rng)
    assert sorted([*train, *held]) == list(range(61))
    counts = np.bincount(strata[held], minlength=3)
    assert counts.tolist() == [round(40 * fraction), round(20 * fraction), 0]


def test_a_split_follows_its_generator():
    def split(seed):
        return stratified_split(None, 50, 0.5, np.random.default_rng(seed))[1].tolist()

    assert split(0) == split(0) != split(1)


@pytest.mark.parametrize(
    ("n", "fraction", "match"),
    [
        (10, 1.0, r"validation_split in \[0, 1\), got 1.0"),
        (10, -0.1, "got -0.1"),
        (10, "half", "got 'half'"),
        (2, 0.1, "hold out at least one row, got 0.1 of 2 rows"),
    ],
)
def test_splits_that_cannot_be_made(n, fraction, match):
    with pytest.raises(ParameterError, match=match):
        stratified_split(None, n, fraction, np.random.default_rng(0))


@pytest.mark.parametrize("splitter", [TimeSeriesSplit(3), StratifiedShuffleSplit(2, test_size=4)])
def test_a_splitter_gives_its_last_split(splitter):
    y = np.arange(12) % 2
    train, held = hold_out(splitter, y, y, None, 7)
    if hasattr(splitter, "random_state"):
        assert splitter.random_state is None
        splitter.random_state = 7
    expected = list(splitter.split(np.zeros((12, 1)), y))[-1]
    assert (train.tolist(), held.tolist()) == tuple(part.tolist() for part in expected)


def test_groups_must_be_as_many_as_rows():
    with pytest.raises(InputError, match="validation_groups of 8 rows, as many as X, got 3"):
        hold_out(GroupShuffleSplit(1), None, np.zeros(8), [0, 0, 1], 0)


def test_without_a_share_nothing_is_held_out():
    train, held = hold_out(0.0, None, np.zeros(5), None, 0)
    assert train.tolist() == [0, 1, 2, 3, 4]
    assert not len(held)
