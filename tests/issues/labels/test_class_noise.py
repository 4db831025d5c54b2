"""Errors by class are undone where labels speak for them, and nowhere else."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.metrics import average_precision_score

from keraswrap.issues import find_label_issues
from keraswrap.issues.labels import _class_noise
from keraswrap.issues.labels._class_noise import find_class_noise, score_by_evidence


def draw(k, n=1500, skill=2.5, seed=0):
    """True classes, and the probabilities of a calibrated model."""
    rng = np.random.default_rng(seed)
    logits = skill * rng.normal(size=(n, k))
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (proba.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, k - 1)
    return truth, proba, rng


def learned(proba, transition):
    """The probabilities of a model that learned from labels with these errors."""
    return proba @ transition


def one_sided(k, rate):
    """Each class is mistaken for the next one; of two classes, only one."""
    transition = (1 - rate) * np.eye(k) + rate * np.roll(np.eye(k), 1, axis=1)
    if k == 2:
        transition[1] = [0, 1]
    return transition


def flip(truth, transition, rng):
    return (transition[truth].cumsum(axis=1) < rng.random((len(truth), 1))).sum(axis=1)


@pytest.mark.parametrize("k", [2, 3, 12])
def test_one_sided_errors_are_seen_and_undone(k):
    truth, proba, rng = draw(k, n=3000)
    transition = one_sided(k, 0.25)
    given = flip(truth, transition, rng)
    noise = find_class_noise(given, proba)
    assert noise is not None
    np.testing.assert_allclose(noise.transition, transition, atol=0.1)
    seen = learned(proba, transition)
    wrong = given != truth
    score = score_by_evidence(given, seen, find_class_noise(given, seen))
    plain = seen[np.arange(len(given)), given]
    assert average_precision_score(wrong, -score) >= average_precision_score(wrong, -plain)


@pytest.mark.parametrize("k", [2, 3, 12])
@pytest.mark.parametrize("kind", ["none", "any class", "hard rows"])
def test_other_errors_leave_the_probability_alone(k, kind):
    truth, proba, rng = draw(k, seed=1)
    wrong = np.zeros(len(truth), bool)
    if kind == "any class":
        wrong = rng.random(len(truth)) < 0.15
    if kind == "hard rows":
        wrong = rng.random(len(truth)) < 0.5 * (1 - proba.max(axis=1))
    given = np.where(wrong, (truth + rng.integers(1, k, len(truth))) % k, truth)
    assert find_class_noise(given, proba) is None
    own = proba[np.arange(len(given)), given]
    np.testing.assert_array_equal(score_by_evidence(given, proba, None), own)


def test_a_rare_class_is_no_worse_than_by_its_probability():
    truth, proba, rng = draw(2, n=2000, skill=1.5, seed=3)
    keep = (truth == 0) | (rng.random(len(truth)) < 0.06)
    truth, proba = truth[keep], proba[keep]
    given = np.where(rng.random(len(truth)) < 0.03, 1 - truth, truth)
    found = find_label_issues(proba, y=given, out_of_sample=True)
    assert not found.provenance["errors_by_class"]
    wrong, loss = given != truth, found.scores["loss"]
    expected = average_precision_score(wrong, -loss)
    assert average_precision_score(wrong, -found.quality) == pytest.approx(expected)


def test_the_slope_is_that_of_the_likelihood(monkeypatch):
    truth, proba, _ = draw(3, n=60)
    seen = {}

    def check(loss, start, **told):
        x = np.random.default_rng(0).normal(size=len(start))
        seen["slopes"] = loss(x)[1], approx_fprime(x, lambda x: loss(x)[0], 1e-6)
        raise StopIteration

    monkeypatch.setattr(_class_noise, "minimize", check)
    with pytest.raises(StopIteration):
        _class_noise._fit(truth, np.log(proba), by_class=True)
    np.testing.assert_allclose(*seen["slopes"], rtol=1e-3, atol=1e-3)


def test_many_classes_are_not_looked_into():
    codes = np.arange(400) % 101
    assert find_class_noise(codes, np.full((400, 101), 1 / 101)) is None
