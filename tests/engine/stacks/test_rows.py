"""Rows that several fits share are kept once."""

import numpy as np

from keraswrap._data import LONE, Feed, Rows
from keraswrap._engine.batches import Batches
from keraswrap._engine.stacks._rows import StackRows

ROWS = np.arange(12, dtype="float32").reshape(6, 2)


def batches(index, weights=None, **order):
    rows, feeds = Rows({LONE: ROWS[index]}), {"rows": Feed(LONE, "float32")}
    return Batches(rows, feeds, np.arange(6)[index], weights, 2, **order)


def test_equal_rows_are_kept_once_and_found_again():
    parts = [[0, 1, 2, 3], [2, 3, 4, 5], [0, 1, 2, 3]]
    made = StackRows([batches(index, seed=(7, 0)) for index in parts])
    assert made.tensors[0].shape == (8, 2)
    found = made.gather(made.order(1), made.tensors)
    for place, index in enumerate(parts):
        alone = batches(index, seed=(7, 0))
        alone.begin_epoch(1)
        np.testing.assert_array_equal(found[0][place], ROWS[index][alone.order])
        np.testing.assert_array_equal(found[1][place], np.arange(6)[index][alone.order])


def test_rows_with_other_weights_are_other_rows():
    made = StackRows([batches([0, 1], np.ones(2)), batches([0, 1], np.zeros(2))])
    assert made.tensors[0].shape == (4, 2)


def test_shorter_ones_repeat_their_last_row():
    made = StackRows([batches([0, 1, 2]), batches([4, 5])])
    np.testing.assert_array_equal(made.order(0), [[0, 1, 2], [3, 4, 4]])
