"""Thresholds of all stages together: the promise over many draws, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.selective import find_cascade_thresholds
from keraswrap.selective._cascade_curve import measure_alone, measure_point
from keraswrap.selective._cascade_thresholds import split_parts

COSTS = np.array([0.01, 1.0])
GIVEN = {"classes": [0, 1]}


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
        ([1, 2, 3], {}, ParameterError, "cost ≥ 0 per row for each of 2 stages"),
        ([1, -2], {}, ParameterError, "a finite cost ≥ 0 per row"),
        ([1, np.nan], {}, ParameterError, "a finite cost ≥ 0 per row"),
        ([1, "2"], {}, ParameterError, "a finite cost ≥ 0 per row"),
        (3.0, {}, ParameterError, "a finite cost ≥ 0 per row"),
        (COSTS, {"target_error": 0}, ParameterError, "between 0 and 1"),
        (COSTS, {"unanswered_cost": np.nan}, ParameterError, "unanswered_cost as a number"),
        (COSTS, {"classes": [0]}, InputError, "a class for each column"),
    ],
)
def test_what_cannot_be_used_is_refused(costs, changes, error, message):
    proba = as_proba(*draw(300, 0))
    with pytest.raises(error, match=message):
        find_cascade_thresholds(proba, np.ones(300, int), costs, **{"classes": [0, 1], **changes})


def test_free_stages_answer_what_they_can():
    labels = np.arange(600) % 2
    proba = np.linspace(0.6, 1, 600)[:, None] * np.eye(2)[labels]
    assert find_cascade_thresholds([proba, proba], labels, [0, 0]).coverage > 0.9


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, pd.Index])
def test_costs_are_any_numbers_in_order(kind):
    scores, correct = draw(300, 1)
    found = [
        find_cascade_thresholds(as_proba(scores, correct), np.ones(300, int), costs, 0.1, **GIVEN)
        for costs in (COSTS, kind([0.01, 1.0]))
    ]
    assert found[0].cost == found[1].cost < 1


@pytest.mark.parametrize(
    ("n", "target", "margin", "needed"),
    [(60, 0.05, 0.01, 68), (10, "last", 0.1, 33), (300, "last", 0.01, 345)],
)
def test_too_few_rows_promise_nothing_and_say_how_many_would_do(n, target, margin, needed):
    proba = as_proba(np.full((n, 2), 0.9), np.ones((n, 2), bool))
    given = {"margin": margin, **GIVEN}
    found = find_cascade_thresholds(proba, np.ones(n, int), COSTS, target, **given)
    assert (found.n_passed, len(found.path), found.coverage) == (0, 0, target == "last")
    assert np.isnan(found.error_bound)
    assert needed <= found.rows_needed <= 3 * needed
    n = found.rows_needed
    more = as_proba(np.full((n, 2), 0.9), np.ones((n, 2), bool))
    assert find_cascade_thresholds(more, np.ones(n, int), COSTS, target, **given).n_passed


def test_rows_that_are_needed_grow_with_the_errors_seen():
    def needed(n_wrong):
        right = np.tile((np.arange(100) >= n_wrong)[:, None], 2)
        proba = as_proba(np.tile(np.linspace(0.9, 0.6, 100)[:, None], 2), right)
        return find_cascade_thresholds(proba, np.ones(100, int), COSTS, 0.01, **GIVEN).rows_needed

    assert needed(0) > 345
    assert needed(50) is None


def test_a_dear_stage_that_knows_no_more_takes_no_answers_away():
    skill, costs = np.array([0.6, 0.9, 1.5, 0.6]), np.array([0.2, 8.0, 5.0, 75.0])
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        at = skill - rng.normal(size=(1000, 1)) + 0.8 * rng.normal(size=(1000, 4))
        scores, right = (
            0.5 + 0.5 / (1 + np.exp(-at)),
            rng.random((1000, 4)) < 1 / (1 + np.exp(-2 * at)),
        )
        given = {"unanswered_cost": 130, **GIVEN}
        for n in (3, 4):
            proba = as_proba(scores[:, :n], right[:, :n])
            found.append(
                find_cascade_thresholds(proba, np.ones(1000, int), costs[:n], 0.1, **given)
            )
    three, four = found[::2], found[1::2]
    assert all(each.thresholds[3] == np.inf for each in four)
    coverage = [np.mean([each.coverage for each in some]) for some in (three, four)]
    assert coverage[1] > coverage[0] - 0.02


def test_large_groups_are_split_all_the_same():
    for sizes, laid in (((500, 500), 500), ((900, 100), 100)):
        groups = np.repeat(np.arange(len(sizes)), sizes)
        assert split_parts(len(groups), groups, 0).sum() == laid
    with pytest.raises(InputError, match="at least 2 groups, to test on one what the other shapes"):
        split_parts(100, np.zeros(100), 0)
