"""The noise model: known transitions are found, and Bayes' rule is applied to them."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from keraswrap.issues.noise import NoiseModel, find_noise, find_temperature, find_truth

KNOWN = np.array([[0.9, 0.1, 0.0], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8]])


def drawn(transition, n=6000, sharp=5, seed=0):
    """Codes of labels that went through a transition, and calibrated probabilities of them."""
    rng = np.random.default_rng(seed)
    of_true = rng.dirichlet(np.full(3, 1 / sharp), size=n)
    truth = (rng.random((n, 1)) > of_true.cumsum(axis=1)).sum(axis=1)
    codes = (rng.random((n, 1)) > transition[truth].cumsum(axis=1)).sum(axis=1)
    return codes, of_true @ transition, truth, of_true


@pytest.mark.parametrize("transition", [np.eye(3), KNOWN])
def test_a_known_transition_is_found(transition):
    codes, proba, *_ = drawn(transition)
    np.testing.assert_allclose(find_noise(codes, proba).transition, transition, atol=0.05)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(temperature):
    codes, proba, *_ = drawn(np.eye(3), sharp=2)
    changed = proba ** (1 / temperature)
    changed /= changed.sum(axis=1, keepdims=True)
    assert find_temperature(codes, changed) == pytest.approx(1 / temperature, rel=0.1)


def test_the_truth_follows_bayes():
    codes, proba, _, of_true = drawn(KNOWN, n=50)
    noise = NoiseModel(KNOWN, KNOWN, 1.0)
    expected = of_true * KNOWN[:, codes].T
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(find_truth(codes, proba, noise), expected, atol=1e-5)


def test_wrong_labels_are_found_where_one_class_is_mistaken_for_another():
    codes, proba, truth, _ = drawn(KNOWN)
    found = find_truth(codes, proba, find_noise(codes, proba))
    rows = np.arange(len(codes))
    by_noise = average_precision_score(codes != truth, 1 - found[rows, codes])
    by_proba = average_precision_score(codes != truth, 1 - proba[rows, codes])
    assert by_noise > by_proba + 0.05
    assert (1 - found[rows, codes]).mean() == pytest.approx((codes != truth).mean(), abs=0.03)


@pytest.mark.parametrize("k", [2, 5])
def test_labels_that_say_nothing_give_numbers_all_the_same(k):
    rng = np.random.default_rng(0)
    codes, proba = rng.integers(0, k, 40), np.full((40, k), 1 / k)
    noise = find_noise(codes, proba)
    assert (np.diag(noise.transition) >= 0.5 - 1e-9).all()
    np.testing.assert_allclose(find_truth(codes, proba, noise).sum(axis=1), 1)
