"""Thresholds of all stages together: the promise over many draws, and what is refused."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.selective import find_cascade_thresholds
from keraswrap.selective._cascade_curve import measure_alone, measure_point
from keraswrap.selective._cascade_thresholds import split_parts

COSTS = np.array([0.01, 1.0])


def draw(n, seed):
    """Two stages: scores, and whether they are right; hard rows are hard for both."""
    rng = np.random.default_rng(seed)
    at = np.array([0.8, 2.5]) - 1.2 * rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, 2))
    return 0.5 + 0.5 / (1 + np.exp(-at)), rng.random((n, 2)) < 1 / (1 + np.exp(-1.8 * at))


def as_proba(scores, correct):
    """Return probabilities for rows of class 1."""
    of_one = np.where(correct, scores, 1 - scores)
    return [np.stack([1 - each, each], axis=1) for each in of_one.T]


def find(scores, correct, *promise, **changes):
    given = (as_proba(scores, correct), np.ones(len(scores), int), COSTS)
    return find_cascade_thresholds(*given, *promise, classes=[0, 1], **changes)


@pytest.mark.parametrize(("target", "margin"), [(0.06, 0.01), ("last", 0.03)])
def test_the_promise_holds_in_most_draws(target, margin):
    many = draw(10_000, 10**6)
    last = measure_alone(*many, COSTS)[1].error
    limit = last + margin if target == "last" else target
    points = []
    for seed in range(20):
        found = find(*draw(300, seed), target, margin=margin, random_state=seed)
        points.append(measure_point(*many, found.thresholds, COSTS))
    # At most 10% are promised; then 6 of 20 or more are wrong with probability 0.01.
    assert sum(point.error > limit for point in points) < 6
    assert np.mean([point.cost for point in points]) < 0.9
    assert np.mean([point.coverage for point in points]) > 0.75


def test_what_is_told_is_what_happens_to_the_tested_rows():
    scores, correct = draw(900, 1)
    found = find(scores, correct, 0.06, random_state=3)
    tested = ~split_parts(900, None, 3)
    point = measure_point(scores[tested], correct[tested], found.thresholds, COSTS)
    assert (found.cost, found.error, found.coverage) == (point.cost, point.error, point.coverage)
    assert found.stage_shares.tolist() == point.stage_shares.tolist()
    assert found.last_error == pytest.approx(1 - correct[tested, 1].mean())
    assert found.error <= found.error_bound <= 0.06
    assert found.n_tested == tested.sum() == 600


def test_the_tested_rows_do_not_shape_the_path():
    scores, correct = draw(900, 1)
    other, tested = correct.copy(), ~split_parts(900, None, 0)
    other[tested] = False
    paths = [find(scores, right, 0.06).path for right in (correct, other)]
    np.testing.assert_array_equal(*paths)


def test_groups_are_tested_as_a_whole():
    groups = np.repeat(np.arange(30), 10)
    laid = split_parts(300, groups, 0).reshape(30, 10)
    assert (laid.all(axis=1) | ~laid.any(axis=1)).all()
    assert 80 <= laid.sum() <= 100


def test_large_data_are_mostly_tested():
    assert split_parts(100_000, None, 0).sum() == 2000


@pytest.mark.parametrize("target", [0.05, "last"])
def test_where_nothing_passes_the_safe_cascade_is_left(target):
    scores, _ = draw(900, 1)
    wrong = np.zeros(scores.shape, bool)
    if target == "last":
        wrong[:, 1] = True
    found = find(scores, wrong, target)
    left = [np.inf, -np.inf if target == "last" else np.inf]
    assert found.thresholds.tolist() == left
    assert found.coverage == (target == "last")


@pytest.mark.parametrize(
    ("costs", "changes", "error", "message"),
    [
        ([1, 2, 3], {}, ParameterError, "a cost for each of 2 stages"),
        (COSTS, {"target_error": 0}, ParameterError, "between 0 and 1"),
        (COSTS, {"unanswered_cost": np.nan}, ParameterError, "unanswered_cost as a number"),
        (COSTS, {"target_error": 0.01}, InputError, "at least 346 rows, got 300"),
    ],
)
def test_what_cannot_be_used_is_refused(costs, changes, error, message):
    proba = as_proba(*draw(300, 0))
    with pytest.raises(error, match=message):
        find_cascade_thresholds(proba, np.ones(300, int), costs, classes=[0, 1], **changes)


def test_free_stages_answer_what_they_can():
    labels = np.arange(600) % 2
    proba = np.linspace(0.6, 1, 600)[:, None] * np.eye(2)[labels]
    assert find_cascade_thresholds([proba, proba], labels, [0, 0]).coverage > 0.9
