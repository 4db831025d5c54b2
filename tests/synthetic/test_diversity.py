"""Variety of texts, beside as many real rows of their classes."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cosine

from keraswrap.synthetic._diversity import distinct_share, measure_diversity, spread_of


def test_distinct_shares_are_counted_within_texts():
    texts = ["a b a b", "b a", ""]
    assert distinct_share(texts, 1) == 2 / 6
    assert distinct_share(texts, 2) == 2 / 4  # "a b", "b a", "a b" and "b a"
    assert np.isnan(distinct_share(texts, 5))


@pytest.mark.parametrize("of", [np.asarray, sparse.csr_matrix])
def test_the_spread_is_the_mean_cosine_distance_of_all_pairs(of):
    vectors = np.random.default_rng(0).normal(size=(7, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = np.mean([cosine(a, b) for a, b in combinations(vectors, 2)])
    assert spread_of(of(vectors)) == pytest.approx(expected)
    assert np.isnan(spread_of(of(vectors[:1])))


def test_real_rows_are_as_many_and_of_the_same_classes():
    made, real = ["x y"] * 3 + ["z"], ["a b", "a b", "c d", "c d", "e", "f"]
    codes = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0, 1, 2])
    vectors = np.ones((4, 1)), np.ones((6, 1))
    found = measure_diversity((made, real), vectors, codes, 0)
    assert found.n == 4
    assert (found.distinct_1, found.distinct_2) == pytest.approx((3 / 7, 1 / 3))
    assert found.real_distinct_2 == pytest.approx(2 / 3)  # of two "a b" and one "c d", or so
    assert (found.spread, found.real_spread) == (0, 0)


def test_too_few_real_rows_limit_both_sides():
    texts = ["a b", "c d", "e f"], ["g h"]
    codes = np.zeros(3, dtype=int), np.zeros(1, dtype=int)
    found = measure_diversity(texts, (np.eye(3), np.eye(1)), codes, 0)
    assert found.n == 1
    assert np.isnan([found.spread, found.real_spread]).all()
