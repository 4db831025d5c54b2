"""The noise model: known transitions are found, and Bayes' rule is applied to them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial
from sklearn.metrics import average_precision_score

from keraswrap.issues.labels._noise import (
    NoiseModel,
    _find_lent,
    find_noise,
    find_temperature,
    find_truth,
)

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
    noise = NoiseModel(KNOWN, np.full((3, 3), 1e9), 20, 1.0)
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


def surest(wrong, n=200):
    """Codes and probabilities of two classes, of whose surest labels so many are wrong."""
    codes = np.concatenate([np.arange(n) < wrong[0], np.arange(n) >= wrong[1]]).astype(int)
    # Ten times as many rows as the surest tenth of them.
    rest, p = np.repeat([0, 1], 9 * n), np.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.4, 0.6]])
    rows = np.concatenate([np.repeat([0, 1], n), 2 + rest])
    return np.concatenate([codes, rest]), p[rows]


@pytest.mark.parametrize(("wrong", "fewest", "most"), [((20, 20), 200, 2000), ((0, 40), 20, 30)])
def test_rows_are_lent_by_how_alike_classes_are(wrong, fewest, most):
    noise = find_noise(*surest(wrong))
    assert fewest < noise.lent <= most
    np.testing.assert_array_equal(
        noise.counts, [[200 - wrong[0], wrong[0]], [wrong[1], 200 - wrong[1]]]
    )


def counted(k, kind, seen=10):
    """Return surest predictions of k classes: errors alike in all, or in pairs of a few classes."""
    rng = np.random.default_rng(0)
    if kind == "alike":
        return rng.multinomial(seen, np.where(np.eye(k) > 0, 0.9, 0.1 / (k - 1)))
    return seen * np.eye(k) - np.where(np.arange(k) % 3, 0, 3)[:, None] * (
        np.eye(k) - np.roll(np.eye(k), 1, axis=1)
    )


@pytest.mark.parametrize("kind", ["alike", "pairs"])
@pytest.mark.parametrize("k", [3, 9])
def test_the_rows_lent_follow_the_likelihood_of_the_counts(k, kind):
    counts, own = counted(k, kind), np.eye(k)
    pooled = np.where(own > 0, 0.9, 0.1 / (k - 1))
    tried = np.geomspace(max(20, 3 * k), 2000, 25)
    logs = [
        sum(
            dirichlet_multinomial.logpmf(n, lent * p, n.sum())
            for n, p in zip(counts, pooled, strict=True)
        )
        for lent in tried
    ]
    weights = np.exp(np.array(logs) - max(logs))
    expected = np.exp((np.log(tried) * weights).sum() / weights.sum())
    assert _find_lent(counts, pooled) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("kind", "least", "most"), [("alike", 3, 10), ("pairs", 0.99, 1.01)])
def test_the_data_decide_how_many_rows_are_lent_with_many_classes_too(kind, least, most):
    k = 700
    lent = _find_lent(counted(k, kind), np.where(np.eye(k) > 0, 0.9, 0.1 / (k - 1)))
    assert least * 3 * k <= lent <= most * 3 * k


def test_draws_spread_as_rates_of_so_many_rows_do():
    noise = find_noise(*surest((20, 20)))
    drawn = noise.draw(4000, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.sum(axis=2), 1)
    np.testing.assert_allclose(drawn.mean(axis=0), noise.transition, atol=0.01)
    mean = drawn[:, [0, 1], [1, 0]].mean(axis=1)
    # Of 400 rows that were seen, however many are lent.
    assert 0.8 < mean.std() / np.sqrt(0.1 * 0.9 / 400) < 1.4


def test_the_fewer_sure_predictions_were_seen_the_less_they_are_trusted():
    codes, proba = surest((20, 20))
    proba[0] = [0.999, 0.001]  # its label is 1
    noise = replace(find_noise(codes, proba), temperature=1.0)
    wrong = find_truth(codes[:1], proba[:1], noise)[0, 0]
    many = replace(noise, counts=noise.counts * 1e9)
    assert wrong < find_truth(codes[:1], proba[:1], many)[0, 0] < 1
