"""The cheapest cascade of a path that passes: found and described by counting row by row."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from keraswrap.selective._cascade_choice import choose_cascade
from keraswrap.selective._cascade_path import Goal
from keraswrap.selective._cascade_tests import loss_bound, loss_p_value

COSTS = np.array([1.0, 10.0])


def drawn(seed, n=400):
    rng = np.random.default_rng(seed)
    scores = rng.random((n, 2)).round(2)
    scores[rng.random(n) < 0.05, 1] = -np.inf
    # The first stage is as good as its score says, the second whatever its own says.
    correct = rng.random((n, 2)) < np.column_stack([0.3 + 0.7 * scores[:, 0], np.full(n, 0.9)])
    return scores, correct & (scores > -np.inf)


# From the safest to the cheapest: the first stage answers more and more.
PATH = np.array([[first, 0.5] for first in np.linspace(1.01, 0.3, 30)])
TO_LAST = np.where(PATH == 0.5, -np.inf, PATH)


def walk(scores, correct, thresholds):
    """Ask stage by stage; return who answers, what is right, and what each row costs."""
    stages, right, spent = [], [], []
    for row, known in zip(scores, correct, strict=True):
        stage, cost = -1, 0.0
        for number in range(2):
            if stage >= 0 or thresholds[number] == np.inf:
                continue
            cost += COSTS[number]
            if row[number] > -np.inf and row[number] >= thresholds[number]:
                stage = number
        stages.append(stage)
        right.append(stage >= 0 and known[stage])
        spent.append(cost)
    return np.array(stages), np.array(right), np.array(spent)


def p_value(stages, right, last, goal):
    if goal.to_last:
        losses, gains = (last & ~right).sum(), (right & ~last).sum()
        return loss_p_value(int(losses), int(gains), len(last), goal.limit)
    n = (stages >= 0).sum()
    errors = n - right.sum()
    return binom.cdf(errors, n, goal.limit) if errors < n else 1.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("goal", "path"),
    [
        (Goal(0.2, 0.9, False, 55.0), PATH),
        (Goal(0.2, 0.9, False, 0.0), PATH),
        (Goal(0.05, 0.9, True, 0.0), TO_LAST),
    ],
)
def test_the_cheapest_of_those_that_pass_in_order_is_told_as_it_is(seed, goal, path):
    scores, correct = drawn(seed)
    asked, passed = [walk(scores, correct, thresholds) for thresholds in path], 0
    while passed < len(path) and (
        p_value(*asked[passed][:2], correct[:, -1], goal) <= 1 - goal.confidence
    ):
        passed += 1
    assert 1 < passed < len(path)
    totals = [spent.mean() + goal.unanswered_cost * (stages < 0).mean()
              for stages, _, spent in asked[:passed]]  # fmt: skip
    best = int(np.argmin(totals))
    stages, right, spent = asked[best]
    found = choose_cascade(scores, correct, COSTS, goal, path)
    assert found.n_passed == passed
    assert found.thresholds.tolist() == path[best].tolist()
    answered = stages >= 0
    assert (found.coverage, found.n_tested) == (answered.mean(), 400)
    assert found.stage_shares.tolist() == [(stages == n).mean() for n in range(2)]
    assert found.cost == pytest.approx(spent.mean())
    assert found.error == pytest.approx((answered & ~right).sum() / answered.sum())
    assert found.last_error == pytest.approx(1 - correct[:, 1].mean())
    if goal.to_last:
        last = correct[:, -1]
        bound = loss_bound((last & ~right).sum(), (right & ~last).sum(), 400, goal.confidence)
    else:
        errors = (answered & ~right).sum()
        bound = beta.ppf(goal.confidence, errors + 1, answered.sum() - errors)
    assert found.error_bound == pytest.approx(bound)
    assert found.error_bound <= goal.limit


@pytest.mark.parametrize(("to_last", "threshold"), [(False, np.inf), (True, -np.inf)])
def test_where_none_passes_nobody_answers_or_the_last_stage_does(to_last, threshold):
    scores, correct = drawn(0)
    goal = Goal(0.001, 0.9, to_last, 0.0)
    # The first cascade fails, so that none of the others is tried.
    path = np.array([[0.1, -np.inf if to_last else 0.1], [2.0, -np.inf if to_last else 2.0]])
    found = choose_cascade(scores, correct, COSTS, goal, path)
    assert (found.n_passed, found.thresholds.tolist()) == (0, [np.inf, threshold])
    assert np.isnan(found.error_bound)
    known = (scores[:, 1] > -np.inf).mean() if to_last else 0
    assert found.coverage == known
    assert np.isnan(found.error) == (not to_last)
    assert found.cost == (10 if to_last else 0)


def test_a_path_without_any_cascade_passes_none():
    scores, correct = drawn(0)
    found = choose_cascade(scores, correct, COSTS, Goal(0.1, 0.9, False, 0.0), np.empty((0, 2)))
    assert (found.n_passed, found.coverage) == (0, 0)
