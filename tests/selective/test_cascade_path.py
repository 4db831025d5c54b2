"""The path of cascades: sums over many at once, and their order."""

import numpy as np
import pytest

from keraswrap.selective import _cascade_path
from keraswrap.selective._cascade_path import (
    Goal,
    choose_stages,
    estimate_right,
    lay_path,
    sum_costs,
)

COSTS = np.array([0.1, 1.0, 5.0])


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    skill = np.array([0.0, 0.7, 1.4])
    scores = np.clip(rng.normal(size=(n, 1)) + skill + rng.normal(size=(n, 3)), -3, 4)
    correct = rng.random((n, 3)) < 1 / (1 + np.exp(-2 * scores))
    scores[::17, 2] = -np.inf
    correct[::17, 2] = False
    return scores, correct


@pytest.mark.parametrize("to_last", [False, True])
def test_sums_are_those_of_each_cascade_on_its_own(to_last, monkeypatch):
    monkeypatch.setattr(_cascade_path, "_COMPARED", 64)
    monkeypatch.setattr(_cascade_path, "_CELLS", 500)
    scores, correct = draw(90)
    wrong = 1 - estimate_right(scores, correct)
    columns = _cascade_path._columns(scores, to_last)
    grid = _cascade_path._combine(columns)
    sums = _cascade_path._sum_up(scores, wrong, columns, to_last)
    for thresholds, (errors, _, *rows) in zip(grid, sums.T, strict=True):
        reached = scores >= thresholds
        stage = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
        assert rows == [(stage == number).sum() for number in range(3)]
        expected = np.where(stage >= 0, wrong[np.arange(90), stage], 0)
        expected = expected - wrong[:, 2] if to_last else expected
        assert errors == pytest.approx(expected.sum())


@pytest.mark.parametrize("to_last", [False, True])
def test_the_path_leads_from_safe_to_cheap(to_last):
    scores, correct = draw(600)
    path = lay_path(scores, correct, COSTS, Goal(0.1, 0.9, to_last, 50.0 * (not to_last)), 1200)
    stages = [choose_stages(scores, thresholds) for thresholds in path]
    costs = [sum_costs(s, t, COSTS).mean() for s, t in zip(stages, path, strict=True)]
    assert 5 < len(path) <= 100
    if to_last:
        assert (np.diff(costs) < 0).all()
        assert (path[:, 2] == -np.inf).all()
    rates = [(s >= 0).mean() for s in stages]
    assert costs[-1] + 50 * (1 - rates[-1]) < costs[0] + 50 * (1 - rates[0]) or to_last


def test_where_nothing_is_likely_to_pass_there_is_no_path():
    scores, correct = draw(200)
    assert lay_path(scores, correct & False, COSTS, Goal(0.05, 0.9, False, 1.0), 400).shape == (
        0,
        3,
    )


def test_no_answer_is_never_right_and_never_taken():
    scores, correct = draw(200)
    assert (estimate_right(scores, correct)[::17, 2] == 0).all()
    assert choose_stages(np.full((1, 3), -np.inf), np.array([1, 1, -np.inf])).tolist() == [-1]


def test_a_stage_that_is_not_asked_costs_nothing():
    stage, thresholds = np.array([0, 2, -1]), np.array([0.5, np.inf, 0.5])
    assert sum_costs(stage, thresholds, COSTS).round(9).tolist() == [0.1, 5.1, 5.1]
