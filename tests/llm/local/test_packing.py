"""Rows to batches: each row once, none longer than memory is meant for, little padding."""

import numpy as np
import pytest

from keraswrap.llm.local._packing import WORTH, common_length, fill_up, group_rows, pack_rows


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("sign", [1, -1])
def test_each_row_is_packed_once_within_the_limits(seed, sign):
    rng = np.random.default_rng(seed)
    lengths = sign * rng.integers(1, 60, rng.integers(1, 80))
    limit = int(rng.integers(1, 20))
    packed = pack_rows(lengths, limit)
    assert sorted(np.concatenate(packed).tolist()) == list(range(len(lengths)))
    for rows in packed:
        assert len(rows) <= limit
        assert (lengths[rows[0]] - lengths[rows]).sum() <= WORTH


def test_many_rows_of_one_length_are_not_padded():
    packed = pack_rows(np.repeat([10, 11, 12], 40), limit=40)
    assert [len(rows) for rows in packed] == [40, 40, 40]


def test_the_longest_row_of_a_batch_decides_how_many_there_are():
    lengths = [20, 20, 20, 4, 4, 4, 4, 4]
    packed = pack_rows(lengths, lambda row: 40 // lengths[row])
    assert [len(rows) for rows in packed] == [2, 2, 4]


def test_no_rows_are_no_batches():
    assert pack_rows([], limit=4) == []
    assert group_rows([]) == []


@pytest.mark.parametrize("cut", range(5))
def test_common_length_is_where_two_differ(cut):
    first = (1, 2, 3, 4)
    second = (*first[:cut], 9, 9)
    assert common_length([first, second]) == cut


def test_rows_are_filled_up_to_the_longest():
    ids, lengths = fill_up([(1, 2, 3), (4,)])
    assert ids.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert lengths.tolist() == [3, 1]
