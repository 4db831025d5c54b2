"""What judged rows imply: exact where all are known, and right as often as stated."""

import numpy as np
import pytest

from keraswrap.issues.review._figures import count_sample, find_figures
from keraswrap.issues.review._strata import draw_ranks, expect_rates, find_edges

EDGES = find_edges(400)
RATES = expect_rates(np.linspace(0.9, 0.01, 400), EDGES)
H = len(EDGES) - 1


def judge(wrong, ranks):
    strata = np.repeat(np.arange(H), np.diff(EDGES))
    outcomes = np.full(400, 3)
    outcomes[ranks] = wrong[ranks]
    known = np.bincount(strata * 4 + outcomes, minlength=4 * H).reshape(H, 4)[:, :3]
    return count_sample(outcomes, strata, ranks, H), known


def test_nothing_is_known_before_a_look():
    none = np.zeros((H, 3), int)
    found = find_figures(EDGES, RATES, none, none, 0.95)
    assert found.errors[1:] == pytest.approx((0, 400), abs=0.1)
    assert found.stop[1:] == (0, 400)


def test_everything_is_known_after_all():
    wrong = (np.arange(400) < 37).astype(int)
    found = find_figures(EDGES, RATES, *judge(wrong, np.arange(400)), 0.95)
    assert found.errors == pytest.approx((37, 37, 37), abs=0.01)
    assert np.isnan(found.next_share[0])


@pytest.mark.parametrize("shares", [(0.9, 0.5, 0.1, 0), (0.1, 0.05, 0.02, 0.01), (0, 0, 0, 0)])
def test_intervals_hold_at_any_time(shares):
    rng = np.random.default_rng(0)
    missed = 0
    for seed in range(40):
        wrong = (rng.random(400) < np.repeat(shares, 100)).astype(int)
        order = draw_ranks(EDGES, 24, seed)
        held = []
        for n in (1, 8, 24):
            found = find_figures(EDGES, RATES, *judge(wrong, order[:n]), 0.95)
            held.append(found.errors[1] - 0.01 <= wrong.sum() <= found.errors[2] + 0.01)
        missed += not all(held)
    assert missed <= 4


def test_a_wider_level_gives_wider_intervals():
    counts = judge((np.arange(400) < 40).astype(int), draw_ranks(EDGES, 30, 0))
    narrow, wide = (find_figures(EDGES, RATES, *counts, level).errors for level in (0.5, 0.99))
    assert wide[1] < narrow[1] < narrow[2] < wide[2]


def test_unsure_rows_widen_both_ends():
    sample, known = judge((np.arange(400) < 40).astype(int), draw_ranks(EDGES, 30, 0))
    clear = find_figures(EDGES, RATES, sample, known, 0.95).errors
    unsure = np.zeros_like(sample)
    unsure[:, 2] = 1
    less = find_figures(EDGES, RATES, sample + unsure, known + unsure, 0.95).errors
    assert less[2] > clear[2]
    assert less[1] <= clear[1] + 1e-6


def test_rows_that_refute_the_assumption_are_believed():
    wrong = (np.arange(400) >= 200).astype(int)
    found = find_figures(EDGES, RATES, *judge(wrong, draw_ranks(EDGES, 50, 0)), 0.95)
    assert not found.falling
    assert found.errors[1] <= 200 <= found.errors[2]


def test_rows_behind_an_open_one_do_not_count():
    outcomes = np.array([1, 3, 0, 1])
    strata = np.array([0, 0, 0, 1])
    assert count_sample(outcomes, strata, np.array([0, 1, 2, 3]), 2).tolist() == [
        [0, 1, 0],
        [0, 1, 0],
    ]
