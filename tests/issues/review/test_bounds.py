"""Bounds on numbers of wrong labels: never inside what is believed, equal to a search by hand."""

import itertools

import numpy as np
import pytest
from scipy.stats import hypergeom

from keraswrap.issues.review._bounds import Judged, bound_above, log_likelihood


@pytest.mark.parametrize(("rows", "hits", "misses"), [(10, 2, 3), (50, 0, 6), (7, 7, 0)])
def test_the_likelihood_is_hypergeometric(rows, hits, misses):
    counts = np.arange(rows + 1)
    found = np.exp(log_likelihood(counts.astype(float), rows, hits, misses))
    ways = np.array([hypergeom(rows, k, hits + misses).pmf(hits) for k in counts])
    np.testing.assert_allclose(found / found.sum(), ways / ways.sum(), atol=1e-12)


@pytest.mark.parametrize("falling", [True, False])
def test_bounds_are_those_of_all_numbers_tried_by_hand(falling):
    judged = Judged(*map(np.array, ([30, 60], [3, 1], [3, 7], [3, 1], [3, 7])))
    weights = np.column_stack([np.ones(2), [1, 0], [0, 1]])
    found = bound_above(judged, weights, -9.0, falling)
    best = np.zeros(3)
    for counts in itertools.product(range(31), range(61)):
        fits = sum(
            log_likelihood(float(k), n, h, m)
            for k, n, h, m in zip(counts, judged.rows, judged.hits, judged.misses, strict=True)
        )
        if fits >= -9 and (not falling or counts[0] / 30 >= counts[1] / 60):
            best = np.maximum(best, np.array(counts) @ weights)
    assert (found >= best - 0.3).all()
    np.testing.assert_allclose(found, best, atol=2.5)


def test_what_is_judged_bounds_by_itself():
    judged = Judged(*map(np.array, ([10, 10], [0, 0], [0, 0], [4, 0], [6, 0])))
    assert bound_above(judged, np.eye(2), -3.0, False).round(3).tolist() == [4, 10]


def test_nothing_is_believed_if_later_rows_are_wrong_and_first_ones_right():
    judged = Judged(*map(np.array, ([500, 500], [0, 20], [20, 0], [0, 20], [20, 0])))
    assert bound_above(judged, np.eye(2), -10.0, True) is None
    assert bound_above(judged, np.eye(2), -10.0, False) is not None
