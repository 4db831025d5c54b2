"""The share of texts nearer to training rows: 1/2 by chance, whatever the numbers of rows."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from keraswrap.synthetic import NearestShare
from keraswrap.synthetic._nearest import nearest_share


def unit(random, n, d=8):
    vectors = random.normal(size=(n, d))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def share(made, train, holdout, codes=None, seed=0):
    sides = made, train, holdout
    codes = [np.zeros(len(one), dtype=int) for one in sides] if codes is None else codes
    return nearest_share(sides, codes, seed)


@pytest.mark.parametrize("sizes", [(40, 40), (200, 10), (10, 200), (5, 5)])
def test_chance_gives_shares_that_are_rarely_significant(sizes):
    random = np.random.default_rng(0)
    found = [share(unit(random, 30), *(unit(random, n) for n in sizes)) for _ in range(60)]
    shares = np.array([one.share for one in found])
    assert abs(shares.mean() - 0.5) < 3 * shares.std() / np.sqrt(60)
    # Exchangeable rows: a p-value of 0.05 comes in one of 20 cases.
    assert sum(one.p_value <= 0.05 for one in found) <= 8


def test_copies_of_training_rows_are_all_nearer():
    random = np.random.default_rng(0)
    train, holdout = unit(random, 30), unit(random, 30)
    found = share(train, train, holdout)
    assert (found.share, found.p_value) == (1, 1 / 200)
    assert found.low < 0.5 < found.high
    assert found.verdict == "nearer to training rows"
    assert share(holdout, train, holdout).verdict == "nearer to held-out rows"


def test_the_mean_over_subsets_of_the_larger_side_is_exact():
    random = np.random.default_rng(1)
    made, train, holdout = (unit(random, n, 3) for n in (6, 2, 6))
    won = [
        ((made @ train.T).max(axis=1) > (made @ holdout[list(some)].T).max(axis=1)).mean()
        for some in combinations(range(6), 2)
    ]
    assert share(made, train, holdout).share == pytest.approx(np.mean(won))
    assert share(made, holdout, train).share == pytest.approx(1 - np.mean(won))


def test_the_numbers_of_rows_by_class_do_not_matter():
    random = np.random.default_rng(0)
    middle = np.repeat([[1.0, 0], [-1.0, 0]], 1, axis=0)
    codes = [np.repeat([0, 1], n) for n in ((300, 300), (10, 100), (100, 10))]
    sides = [middle[own] + random.normal(size=(len(own), 2)) / 4 for own in codes]
    sides = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in sides]
    found = nearest_share(sides, codes, 0)
    assert found.n == 600
    assert found.low <= found.share <= found.high


def test_ties_count_half_and_sparse_vectors_give_the_same():
    rows = np.eye(4)
    assert share(rows[:2], rows[:2], rows[:2]).share == 0.5
    codes = [np.zeros(4, dtype=int)] * 3
    sides = [sparse.csr_matrix(one) for one in (rows, rows, rows[::-1])]
    assert nearest_share(sides, codes, 0).share == 0.5


def test_without_rows_of_the_class_nothing_is_measured():
    codes = [np.array([0]), np.array([1]), np.array([0])]
    found = share(*[np.ones((1, 1))] * 3, codes=codes)
    assert (found.n, found.verdict) == (0, "not measured")
    assert np.isnan([found.share, found.low, found.high, found.p_value]).all()
    assert isinstance(found, NearestShare)
