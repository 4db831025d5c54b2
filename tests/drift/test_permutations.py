"""P-values of drawn labels: what they are for known cases, and that levels are kept."""

import numpy as np
import pytest

from keraswrap.drift._permutations import draws_for, permuted_p


def means(values):
    return lambda drawn: np.abs(values.T @ drawn / drawn.sum(axis=0)).T


@pytest.mark.parametrize(("level", "draws"), [(0.05, 999), (0.001, 2999), (1e-4, 29999)])
def test_more_draws_for_a_lower_level(level, draws):
    assert draws_for(level) == draws


def test_a_p_value_is_the_share_of_the_draws():
    values = np.arange(8.0)[:, None]
    found = permuted_p(means(values), values[:, 0] >= 4, np.random.default_rng(0), 20_000)
    assert abs(found[0] - 1 / 70) < 0.004


def test_levels_are_kept_by_ten_facts_together():
    rng, is_new = np.random.default_rng(0), np.arange(40) >= 20
    found = [
        permuted_p(means(rng.normal(size=(40, 10))), is_new, rng, 199).min() for _ in range(300)
    ]
    assert np.mean(np.array(found) <= 0.1) <= 0.1 + 2 * np.sqrt(0.09 / 300)


def test_checks_that_share_a_level_keep_it_together():
    rng, alarms = np.random.default_rng(1), 0
    for _ in range(200):
        old = rng.normal(size=(30, 1))
        for _ in range(5):
            both, is_new = np.vstack([old, rng.normal(size=(30, 1))]), np.arange(60) >= 30
            if permuted_p(means(both), is_new, rng, 199)[0] <= 0.2 / 5:
                alarms += 1
                break
    assert alarms / 200 <= 0.2 + 2 * np.sqrt(0.16 / 200)
