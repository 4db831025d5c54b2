"""PositionBias: a number for each distance, whatever the place."""

import numpy as np
import pytest

from keraswrap._blocks import PositionBias
from keraswrap._blocks._distances import buckets_of_distances


def test_the_bias_of_two_tokens_follows_from_their_distance():
    layer = PositionBias(num_heads=2, num_buckets=8, max_distance=8)
    layer(np.zeros((1, 3, 4)))
    table = np.arange(16.0).reshape(8, 2)
    layer.set_weights([table])
    bias = np.asarray(layer(np.zeros((3, 20, 4))))
    assert bias.shape == (1, 2, 20, 20)
    buckets = buckets_of_distances(8, 8)
    for query, key in ((0, 0), (3, 1), (1, 3), (0, 19), (19, 0)):
        row = buckets[np.clip(key - query, -8, 8) + 8]
        assert bias[0, :, query, key].tolist() == table[row].tolist()


@pytest.mark.parametrize(("buckets", "farthest"), [(32, 128), (8, 8), (64, 200)])
def test_buckets_grow_with_the_distance_and_tell_directions(buckets, farthest):
    found = buckets_of_distances(buckets, farthest)
    before, behind = found[: farthest + 1][::-1], found[farthest + 1 :]
    assert (np.diff(before) >= 0).all()
    assert (behind - buckets // 2 == before[1:]).all()
    assert (before[0], before[-1]) == (0, buckets // 2 - 1)
