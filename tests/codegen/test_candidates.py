"""Order, intervals and the leaderboard."""

import numpy as np
import pytest
from scipy import stats

from keraswrap.codegen._candidates import (
    DEFAULTS,
    MODEL,
    RANDOM,
    Candidate,
    best_of,
    gain_over,
    leaderboard_of,
)
from keraswrap.codegen._trials import Outcome


def candidate(number, source, *scores, error=None):
    return Candidate(number, source, Outcome(scores, 1.0, error, error), {"drop": []})


CANDIDATES = [
    candidate(0, DEFAULTS, 0.8, 0.6),
    candidate(1, MODEL, 0.9, 0.7),
    candidate(2, MODEL, error="ValueError: no"),
    candidate(3, RANDOM, 0.7, 0.5),
]


def test_the_best_one_comes_first_and_failures_last():
    board = leaderboard_of(CANDIDATES, 0.25)
    assert board["candidate"].tolist() == [1, 0, 3, 2]
    assert board["score"].tolist()[:3] == pytest.approx([0.8, 0.7, 0.6])
    assert board["to_best"].tolist()[:3] == pytest.approx([0.0, -0.1, -0.2])
    assert board["to_defaults"].tolist()[:3] == pytest.approx([0.1, 0.0, -0.1])
    assert board["error"].iloc[3] == "ValueError: no"
    assert np.isnan(board["to_best"].iloc[3])


def test_among_equals_what_took_least_to_find_is_best():
    equal = [candidate(n, source, 0.5) for n, source in enumerate((MODEL, RANDOM, DEFAULTS))]
    assert [one.source for one in best_of(equal)] == [DEFAULTS, RANDOM, MODEL]


def test_without_shared_rows_the_interval_is_students():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 10))
    found = gain_over(one, other, 0.0)
    expected = stats.ttest_rel(one, other).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(expected))


def test_shared_rows_widen_the_interval():
    one, other = [0.9, 0.8, 0.7, 0.9, 0.8], [0.5] * 5
    plain, wide = gain_over(one, other, 0.0), gain_over(one, other, 0.25)
    # The corrected variance is (1/5 + 1/4) instead of 1/5.
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(1.5)
    assert wide.gain == plain.gain == pytest.approx(0.32)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [([0.9, 0.91], "gain"), ([0.1, 0.11], "loss"), ([0.9, 0.1], "no difference shown")],
)
def test_verdicts(one, verdict):
    assert gain_over(one, [0.5, 0.51], 0.25).verdict == verdict


def test_a_single_fold_shows_nothing():
    assert gain_over([0.9], [0.1], 0.25).verdict == "no difference shown"
