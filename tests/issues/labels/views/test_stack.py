"""Views weighed together: calibration, weights, and what useless views cost."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from keraswrap.issues.labels._views._stack import calibrate, log_proba, stack, weigh

RNG = np.random.default_rng(0)


def make_view(codes, k, skill, rng=RNG):
    """Probabilities that know the label as well as skill says."""
    logits = rng.normal(size=(len(codes), k)) + skill * np.eye(k)[codes]
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def usable(*views, n_folds=4):
    return [np.broadcast_to(view, (n_folds, *view.shape)) for view in views]


@pytest.mark.parametrize("k", [2, 7])
def test_two_views_are_better_than_either(k):
    rng = np.random.default_rng(k)
    codes = rng.integers(k, size=4000)
    views = [make_view(codes, k, 1.5, rng), make_view(codes, k, 1.0, rng)]
    found = stack(codes, usable(*views), np.arange(4000) % 4)
    alone = min(log_loss(codes, view) for view in found.views)
    # By Bayes' rule: the log-odds of normal logits, times how far their means are apart.
    known = np.exp(1.5 * np.log(views[0]) + np.log(views[1]))
    best = log_loss(codes, known / known.sum(axis=1, keepdims=True))
    assert log_loss(codes, found.proba) == pytest.approx(best, abs=0.005)
    assert best + 0.02 < alone
    # Each moves its odds by its coefficient times the deviation of its centered logits.
    spreads = np.sqrt(1 + np.square([1.5, 1.0]) / k)
    expected = 1.5 * spreads[0] / spreads[1]
    assert found.weights[0] / found.weights[1] == pytest.approx(expected, rel=0.15)


def test_a_useless_view_costs_nothing():
    codes = RNG.integers(3, size=900)
    good, noise = make_view(codes, 3, 2.0), make_view(codes, 3, 0.0)
    folds = np.arange(900) % 4
    alone, both = stack(codes, usable(good), folds), stack(codes, usable(good, noise), folds)
    assert both.weights[1] < 0.1 * both.weights[0]
    assert log_loss(codes, both.proba) == pytest.approx(log_loss(codes, alone.proba), abs=0.005)


def test_weights_are_those_of_a_logistic_regression():
    codes = RNG.integers(2, size=500)
    logs = np.log(np.stack([make_view(codes, 2, 1.0), make_view(codes, 2, 1.0)]))
    weights, bias = weigh(codes, logs)
    odds = (logs[:, :, 1] - logs[:, :, 0]).T
    # The prior on two biases is one of half the precision on their difference.
    plain = LogisticRegression(C=1.0, tol=1e-8).fit(odds, codes)
    np.testing.assert_allclose(weights, plain.coef_[0], rtol=0.02)
    np.testing.assert_allclose(bias[1] - bias[0], plain.intercept_[0], atol=0.02)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found_again(temperature):
    codes = RNG.integers(4, size=4000)
    logits = RNG.normal(size=(4000, 4)) * 1.5
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = (proba.cumsum(axis=1) < RNG.random((4000, 1))).sum(axis=1).clip(0, 3)
    sharp = np.exp(log_proba(proba, 1e-6, 1 / temperature))
    assert calibrate(codes, sharp)[1] == pytest.approx(temperature, rel=0.1)


def test_shares_of_zero_are_spread():
    codes = np.array([0] * 95 + [1] * 5)
    spread, temperature = calibrate(codes, np.array([[1.0, 0.0]] * 100))
    found = np.exp(log_proba(np.array([[1.0, 0.0]]), spread, temperature))
    np.testing.assert_allclose(found, [[0.95, 0.05]], atol=0.01)
