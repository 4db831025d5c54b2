"""Strata: they part the ranking, and each is drawn from."""

import numpy as np
import pytest
from scipy.stats import chisquare

from keraswrap.issues.review._strata import draw_ranks, expect_rates, find_edges, share_out


@pytest.mark.parametrize("n", [1, 2, 5, 19, 60, 400, 2000, 100_000, 10_000_000])
def test_strata_part_the_ranking(n):
    edges = find_edges(n)
    assert edges[0] == 0
    assert edges[-1] == n
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= 9


@pytest.mark.parametrize("n", [1, 5, 30, 50, 500])
def test_no_stratum_gives_more_than_it_has(n):
    rows = np.diff(find_edges(300))
    sizes = share_out(n, rows)
    assert sizes.sum() == min(n, 300)
    assert (sizes <= rows).all()


def test_each_row_of_a_stratum_is_drawn_as_often():
    edges = np.array([0, 10, 40])
    drawn = np.concatenate([draw_ranks(edges, 8, seed) for seed in range(2000)])
    counts = np.bincount(drawn, minlength=40)
    for first, last in ((0, 10), (10, 40)):
        part = counts[first:last]
        assert part.sum() == 2000 * share_out(8, np.diff(edges))[int(first > 0)]
        # Without replacement, counts vary a little less than the test supposes.
        assert chisquare(part).pvalue > 0.001


def test_turns_do_not_tell_the_stratum():
    edges = np.array([0, 50, 400])
    first = np.mean([draw_ranks(edges, 20, seed)[0] < 50 for seed in range(1000)])
    assert first == pytest.approx(share_out(20, np.diff(edges))[0] / 20, abs=0.05)


def test_one_scenario_is_the_models():
    p = np.linspace(0.9, 0.1, 100)
    rates = expect_rates(p, np.array([0, 20, 100]))
    assert np.isclose(rates, [p[:20].mean(), p[20:].mean()]).all(axis=1).any()
