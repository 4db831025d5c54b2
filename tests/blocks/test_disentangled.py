"""Rows of DeBERTa's table of distances."""

import math

import pytest

from keraswrap._blocks._disentangled import rows_of_distances


def bucket(distance, buckets, positions):
    """The bucket of a distance, in whole numbers: half are for one distance each."""
    middle, far = buckets // 2, abs(distance)
    if far <= middle:
        return distance
    # The least number of steps that reach so far, where middle - 1 reach the last position.
    least = next(
        step
        for step in range(buckets)
        if (positions - 1) ** step * middle ** (middle - 1) >= far ** (middle - 1) * middle**step
    )
    return int(math.copysign(middle + least, distance))


@pytest.mark.parametrize(("buckets", "positions"), [(8, 40), (256, 512), (32, 128)])
def test_buckets_are_those_of_whole_numbers(buckets, positions):
    # The farthest is where its last step ends exactly, and float32 may take one more.
    distances = range(-positions + 2, positions - 1)
    found = rows_of_distances(positions, buckets)[2:-2]
    expected = [bucket(distance, buckets, positions) + buckets for distance in distances]
    assert found.tolist() == expected


def test_without_buckets_each_distance_has_a_row():
    assert rows_of_distances(3, 0).tolist() == [0, 1, 2, 3, 4, 5, 5]
