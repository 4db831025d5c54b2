"""Rows sorted by label."""

import numpy as np
import pytest

from keraswrap.issues.rows._kinds.order import find_order, runs_test


def test_order_is_told_from_chance():
    rng = np.random.default_rng(0)
    shuffled = rng.integers(3, size=900)
    assert find_order(shuffled) == []
    assert find_order(np.sort(shuffled))[0].severity == "warning"
    blocks = np.repeat(shuffled[:90], 10)
    assert find_order(blocks)[0].severity == "info"
    assert [find_order(np.array(few)) for few in ([], [1], [1, 1, 2, 2])] == [[]] * 3


def test_runs_are_those_of_permutations():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    runs = [1 + (np.diff(rng.permutation(labels)) != 0).sum() for _ in range(4000)]
    expected, _ = runs_test(np.array([60, 30, 10]), 50)
    _, z = runs_test(np.array([60, 30, 10]), expected + np.std(runs))
    assert expected == pytest.approx(np.mean(runs), abs=0.3)
    assert z == pytest.approx(1, abs=0.05)
