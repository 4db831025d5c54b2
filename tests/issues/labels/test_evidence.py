"""Evidence of noise by class: shown by flips under a good model, never by hard rows."""

import numpy as np
import pytest

from keraswrap.issues import estimate_noise, find_label_issues
from keraswrap.issues.labels._class_noise import find_class_noise
from keraswrap.issues.labels._evidence import shows_class_noise


def rows(n, hard, seed=0):
    """Return calibrated probabilities: hard rows come closer to a half."""
    rng = np.random.default_rng(seed)
    sure = 1 - rng.beta(1, 30 if not hard else 3, n) / 2
    first = rng.random(n) < 0.5
    proba = np.where(first, sure, 1 - sure)
    return rng, np.column_stack([proba, 1 - proba]), (~first).astype(int)


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_flips_are_shown(rate):
    rng, proba, best = rows(6000, hard=False)
    codes = np.where(rng.random(6000) < rate, 1 - best, best)
    assert shows_class_noise(codes, proba)
    noise = estimate_noise(find_label_issues(proba, y=codes, out_of_sample=True))
    assert noise.by_class
    assert "go wrong by class" in noise.reason


def test_hard_rows_are_not_taken_for_flips():
    found = []
    for seed in range(50):
        rng, proba, _ = rows(4000, hard=True, seed=seed)
        found.append(shows_class_noise((rng.random(4000) > proba[:, 0]).astype(int), proba))
    assert not any(found)


def test_without_evidence_the_interval_says_what_is_disputed():
    rng, proba, best = rows(2000, hard=True)
    codes = (rng.random(2000) > proba[:, 0]).astype(int)
    noise = estimate_noise(find_label_issues(proba, y=codes, out_of_sample=True))
    disputed = (codes != best).sum()
    assert not noise.by_class
    assert noise.n_errors[1] == 0
    assert noise.n_errors[2] >= disputed
    assert f"disputes {disputed:,} labels" in noise.reason
    assert noise.p_wrong.max() <= 0.5
    assert (noise.per_class["low"] == 0).all()


def test_a_model_that_is_as_sure_of_every_row_shows_nothing():
    codes = np.repeat([1, 0], [60, 140])
    assert not shows_class_noise(codes, np.tile([0.6, 0.4], (200, 1)))


def test_nothing_is_shown_where_nothing_is_disputed():
    assert not shows_class_noise(np.zeros(10, int), np.array([[0.9, 0.1]] * 10))


def test_one_rate_for_all_classes_leaves_the_ranking_alone():
    rng, proba, best = rows(6000, hard=False)
    codes = np.where(rng.random(6000) < 0.2, 1 - best, best)
    assert shows_class_noise(codes, proba)
    assert find_class_noise(codes, proba) is None


def test_one_sided_errors_change_the_ranking_where_estimates_cannot_know():
    rng, proba, _ = rows(6000, hard=True)
    truth = (rng.random(6000) > proba[:, 0]).astype(int)
    codes = np.where(rng.random(6000) < 0.15, 0, truth)
    assert find_class_noise(codes, proba) is not None
    assert not shows_class_noise(codes, proba)
