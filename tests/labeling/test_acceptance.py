"""Acceptance: exact tests, and the promise over many draws with shared mistakes."""

from itertools import combinations

import numpy as np
import pytest
from label_draws import families
from scipy.stats import binom, hypergeom

from keraswrap.labeling._acceptance import accept, may_remain, most_remaining
from keraswrap.labeling._judge import judge, weigh
from keraswrap.selective import find_score_threshold

ASKED = (0.05, 0.9)


def drawn(seed, n=300):
    rng = np.random.default_rng(seed)
    scores = rng.random(n)
    return scores, rng.random(n) < 0.75 + 0.25 * scores


@pytest.mark.parametrize("seed", range(4))
def test_accepted_labels_are_those_of_the_ordered_test(seed):
    scores, right = drawn(seed, 600)
    ours, theirs = accept(scores, right, ASKED), find_score_threshold(scores, right, *ASKED)
    assert (ours.n_accepted, ours.error_bound) == pytest.approx(
        (theirs.n_accepted, theirs.error_bound), nan_ok=True
    )


@pytest.mark.parametrize("seed", range(4))
def test_all_rows_hold_as_many_errors_as_a_binomial_test_allows(seed):
    scores, right = drawn(seed)
    found = accept(scores, right, ASKED, "all")
    allowed = max(e for e in range(300) if binom.cdf(e, 300, 0.05) <= 0.1)
    assert found.n_wrong == allowed
    assert found.error_bound <= 0.05
    order = np.argsort(-scores)
    assert (~right[order][: found.n_accepted + 1]).sum() == allowed + 1


@pytest.mark.parametrize(
    ("n_rows", "n"), [(8, 4), (8, 5), pytest.param(9, 3, marks=pytest.mark.thorough)]
)
@pytest.mark.parametrize("n_scores", [9, 3])
def test_no_order_of_errors_breaks_the_promise_for_all_rows_too_often(n_rows, n, n_scores):
    """Every pattern of errors and every draw of the audit, counted out."""
    scores = np.arange(n_rows, 0, -1) * n_scores // (n_rows + 1)
    draws = [np.array(draw) for draw in combinations(range(n_rows), n)]
    worst = 0.0
    for pattern in range(0, 2**n_rows, 3):
        right = np.array([pattern >> row & 1 for row in range(n_rows)], dtype=bool)
        broken = 0
        for draw in draws:
            found = accept(scores[draw], right[draw], (0.25, 0.7), "all", n_rows)
            left = np.delete(~right & (scores >= found.threshold), draw).sum()
            broken += left > 0.25 * n_rows
        worst = max(worst, broken / len(draws))
    assert 0 < worst <= 0.3


@pytest.mark.parametrize("seen", [0, 1, 4])
def test_the_errors_that_remain_are_bounded_by_the_hypergeometric_distribution(seen):
    most = most_remaining(seen, 40, 300, 0.9)
    assert hypergeom(300, most + seen, 40).cdf(seen) > 0.1
    assert hypergeom(300, most + 1 + seen, 40).cdf(seen) <= 0.1
    assert most_remaining(seen, 300, 300, 0.9) == 0
    assert may_remain(np.array([seen]), 290, 300, 11)[0] == 0


def test_nothing_is_accepted_with_too_few_rows_or_equal_scores():
    assert accept(np.ones(20), np.ones(20, bool), ASKED).threshold == np.inf
    assert "random rows to measure by" in accept(np.empty(0), np.empty(0, bool), ASKED).reason
    half = accept(np.ones(400), np.arange(400) < 200, ASKED, "all")
    assert half.threshold == np.inf
    assert "too many of the surest" in half.reason
    silent = accept(np.full(100, -np.inf), np.zeros(100, bool), ASKED, "all")
    assert silent.n_accepted == 0


@pytest.mark.thorough
def test_the_promise_holds_over_draws_with_families_of_errors():
    rng, broken, coverage = np.random.default_rng(0), [0, 0], np.zeros((200, 2))
    for draw in range(200):
        said, truth = families(rng, n=2000)
        weighed = weigh(said)
        for number, promise in enumerate(("accepted", "all")):
            found = judge(said, weighed, ASKED, promise)
            machine = found.source == "machine"
            total = machine.sum() if promise == "accepted" else len(truth)
            broken[number] += (found.codes != truth)[machine].sum() > 0.05 * total
            coverage[draw, number] = machine.mean()
    # 20 are allowed; of binomial numbers around 20, 99% are at most 30.
    assert max(broken) <= binom.ppf(0.99, 200, 0.1)
    assert coverage.mean(axis=0).min() > 0.3
    assert coverage[:, 1].mean() > coverage[:, 0].mean()
