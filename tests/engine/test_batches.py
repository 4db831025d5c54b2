"""Batches of rows, in an order of their own in each epoch."""

import numpy as np
import pytest

from keraswrap._data import LONE, Feed, Rows
from keraswrap._engine.batches import Batches

ROWS = Rows({LONE: np.arange(10.0, dtype="float32")[:, None]})
FEEDS = {"rows": Feed(LONE, "float32")}


def batches(**settings):
    targets = np.arange(10)
    return Batches(ROWS, FEEDS, targets, 2.0 * targets, 4, **settings)


@pytest.mark.parametrize("seed", [None, (3, 0)])
def test_rows_targets_and_weights_stay_together(seed):
    made = batches(seed=seed)
    parts = [made[k] for k in range(made.num_batches)]
    rows, targets, weights = (np.concatenate(each) for each in zip(*parts, strict=True))
    np.testing.assert_array_equal(rows[:, 0], targets)
    np.testing.assert_array_equal(weights, 2 * targets)
    np.testing.assert_array_equal(made.restore(targets), np.arange(10))
    assert (targets.tolist() == list(range(10))) is (seed is None)


def test_each_epoch_has_an_order_of_its_own_which_the_seed_decides():
    orders = []
    for made in (batches(seed=(3, 0)), batches(seed=(3, 0)), batches(seed=(4, 0))):
        for epoch in (0, 1):
            made.begin_epoch(epoch)
            orders.append(tuple(made.order))
    assert orders[:2] == orders[2:4]
    assert len(set(orders)) == 4


def test_a_plan_says_which_rows_come_in_each_epoch():
    planned = {0: np.array([3, 3, 7, 1, 0]), 1: np.array([9, 8, 7, 6, 5])}
    made = batches(plan=planned.__getitem__)
    for epoch, order in planned.items():
        made.begin_epoch(epoch)
        parts = [made[k] for k in range(made.num_batches)]
        np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), order)
        assert [len(part[1]) for part in parts] == [4, 1]
