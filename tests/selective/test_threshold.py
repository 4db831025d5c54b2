"""Thresholds: what they promise holds in repeated draws, where the naive choice breaks it."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.selective import find_score_threshold, find_threshold
from keraswrap.selective._threshold import why_none

DRAWS = 300
# How the rate of errors depends on the rank of a row's score, from 0 to 1, and the largest
# share of rows whose error is at most 5%.
SHAPES = {
    "at the target": (lambda rank: np.full(rank.shape, 0.05 + 1e-9), 0.0),
    "a line": (lambda rank: 0.25 * rank, 0.4),
    "a step": (lambda rank: np.where(rank < 0.4, 0.02, 0.3), 0.448),
}


def naive(scores, correct):
    order = np.argsort(-scores)
    good = np.cumsum(~correct[order]) <= 0.05 * np.arange(1, len(scores) + 1)
    return scores[order][np.flatnonzero(good)[-1]] if good.any() else np.inf


def broken(rule, shape, n):
    """Count in how many draws more than 5% of all rows at or above the threshold are wrong."""
    rates, largest = SHAPES[shape]
    rng = np.random.default_rng(0)
    count = 0
    for _ in range(DRAWS):
        rank = rng.random(n)
        threshold = rule(1 - rank, rng.random(n) >= rates(rank))
        count += threshold <= 1 and 1 - threshold > largest
    return count


@pytest.mark.parametrize("n", [80, 300])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_promise_is_broken_at_most_as_often_as_was_said(shape, n):
    most = binom.ppf(0.999, DRAWS, 0.1)
    assert broken(lambda s, c: find_score_threshold(s, c).threshold, shape, n) <= most
    assert broken(naive, shape, n) > most


def test_the_bound_is_the_exact_one_at_the_level_that_is_told():
    rng = np.random.default_rng(0)
    rank = rng.random(2000)
    found = find_score_threshold(1 - rank, rng.random(2000) >= 0.2 * rank)
    errors = round(found.error * found.n_accepted)
    exact = binomtest(errors, found.n_accepted, alternative="less")
    high = exact.proportion_ci(1 - found.level, method="exact").high
    assert found.error_bound == pytest.approx(high, rel=1e-9)
    assert found.error < found.error_bound <= 0.05
    assert found.coverage == found.n_accepted / 2000 == (1 - rank >= found.threshold).mean()


def test_equal_scores_stay_together_in_any_order_of_rows():
    rng = np.random.default_rng(1)
    scores = np.round(rng.random(600), 1)
    correct = rng.random(600) >= 0.1 * (1 - scores)
    order = rng.permutation(600)
    found = find_score_threshold(scores, correct)
    assert found == find_score_threshold(scores[order], correct[order])
    assert found.n_accepted == (scores >= found.threshold).sum() > 0


@pytest.mark.parametrize("value", [0.5, 1.0])
def test_where_all_scores_are_equal_all_rows_are_accepted_or_none(value):
    correct = np.arange(200) % 5 > 0
    assert find_score_threshold(np.full(200, value), correct).threshold == np.inf
    assert find_score_threshold(np.full(200, value), correct, 0.3).coverage == 1.0


def test_a_higher_target_or_less_confidence_accepts_more():
    rng = np.random.default_rng(2)
    rank = rng.random(1000)
    correct = rng.random(1000) >= 0.4 * rank
    shares = [find_score_threshold(1 - rank, correct, target).coverage for target in (0.05, 0.1)]
    assert shares[0] < shares[1]
    assert find_score_threshold(1 - rank, correct, 0.1, 0.99).coverage < shares[1]


def test_rows_without_an_answer_are_never_accepted_but_counted():
    proba = np.vstack([np.tile([0.9, 0.1], (150, 1)), np.full((50, 2), np.nan)])
    found = find_threshold(proba, [0] * 150 + [1] * 50)
    assert (found.threshold, found.n_accepted, found.n, found.coverage) == (-np.inf, 150, 200, 0.75)


def test_a_label_without_a_column_is_an_error():
    proba = np.tile([0.9, 0.1], (200, 1))
    labels = np.where(np.arange(200) % 4, "a", "z")
    assert find_threshold(proba, labels, classes=["a", "b"]).threshold == np.inf
    assert find_threshold(proba, ["a"] * 200, classes=["a", "b"]).coverage == 1.0


def test_few_rows_say_how_many_would_do():
    found = find_score_threshold(np.linspace(1, 0, 40), np.arange(40) > -1)
    assert (found.threshold, found.coverage) == (np.inf, 0.0)
    assert np.isnan([found.error, found.error_bound, found.level]).all()
    assert "An error of at most 5% cannot be promised with so few rows: 40" in why_none(found)
    assert "Without any error it takes 45 accepted rows" in why_none(found)
    never = find_score_threshold(np.linspace(1, 0, 60), np.zeros(60))
    assert why_none(never, " of 'no'") == (
        "An error of at most 5% cannot be promised with confidence 0.9: of 60 rows of 'no', too "
        "many are wrong at each threshold, and a better classifier is needed."
    )


@pytest.mark.parametrize(
    ("scores", "correct", "message"),
    [
        ([0.5, np.nan], [True, True], "none missing or inf, got shape .2,. with 1 such"),
        ([[0.5]], [True], r"scores of shape \(n,\)"),
        ([0.5, 0.7], [True], "True or False for each of 2 rows"),
        ([0.5, 0.7], [0.2, 1.0], "True or False for each of 2 rows"),
    ],
)
def test_scores_and_answers_that_cannot_be_used_are_refused(scores, correct, message):
    with pytest.raises(InputError, match=message):
        find_score_threshold(scores, correct)


@pytest.mark.parametrize(
    ("proba", "labels", "message"),
    [
        ([0.5, 0.5], [0, 1], r"shape \(n, k\)"),
        ([[2.0, -1.0], [0.5, 0.5]], [0, 1], "sum to at most 1"),
        ([[0.5, 0.5]], [0, 1], "a label for each row"),
        ([[0.5, 0.5], [0.5, 0.5]], [0, 0], "Pass classes="),
        ([[0.5, 0.5], [0.5, 0.5]], ["a", None], "None or infinity, first in row 1"),
    ],
)
def test_probabilities_that_cannot_be_used_are_refused(proba, labels, message):
    with pytest.raises(InputError, match=message):
        find_threshold(proba, labels)


@pytest.mark.parametrize("name", ["target_error", "confidence"])
def test_shares_are_checked(name):
    with pytest.raises(ParameterError, match=name):
        find_threshold([[0.5, 0.5]] * 2, [0, 1], **{name: 1.0})
