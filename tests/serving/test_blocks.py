"""Rows as columns: cut, filled and joined without a change of order or kind."""

import numpy as np

from keraswrap.serving._blocks import Block

BLOCK = Block("rows", {"n": np.arange(6).reshape(3, 2), "t": np.array(["a", "b", "c"], object)})


def lists(block):
    return {name: one.tolist() for name, one in block.columns.items()}


def test_all_columns_are_cut_alike():
    assert lists(BLOCK.cut(1, 3)) == {"n": [[2, 3], [4, 5]], "t": ["b", "c"]}
    assert (BLOCK.n, BLOCK.cut(0, 1).n, BLOCK.cut(3, 3).n) == (3, 1, 0)


def test_the_last_row_is_repeated():
    assert lists(BLOCK.filled(5))["t"] == ["a", "b", "c", "c", "c"]
    assert lists(BLOCK.filled(2))["n"] == [[0, 1], [2, 3]]


def test_what_was_cut_is_joined_again():
    joined = Block.join([BLOCK.cut(0, 1), BLOCK.cut(1, 3)])
    assert (joined.form, lists(joined)) == ("rows", lists(BLOCK))
    assert joined.columns["t"].dtype == object


def test_one_block_alone_is_not_copied():
    assert Block.join([BLOCK]) is BLOCK
