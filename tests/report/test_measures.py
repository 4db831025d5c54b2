"""Measures of a model, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix

from keraswrap.report._measures import (
    count_pairs,
    count_qualities,
    measure_accuracy,
    measure_calibration,
    measure_gain,
)


def draw(n=500, k=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(k), n), rng.integers(k, size=n)


def test_accuracy_is_scikit_learns():
    proba, codes = draw()
    found = measure_accuracy(proba, codes)
    assert found["accuracy"] == accuracy_score(codes, proba.argmax(axis=1))
    assert found["majority"] == max(np.bincount(codes)) / len(codes)


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_is_the_sum_over_its_bins(bins):
    proba, codes = draw()
    found = measure_calibration(proba, codes, bins)
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == codes
    place = np.minimum(np.floor(sure * bins), bins - 1)
    parts = [
        (place == b).mean() * abs(sure[place == b].mean() - right[place == b].mean())
        for b in np.unique(place)
    ]
    assert found["error"] == pytest.approx(sum(parts))
    assert sum(entry["n"] for entry in found["bins"]) == len(codes)


def test_sure_and_always_right_is_calibrated():
    assert measure_calibration(np.eye(3), np.arange(3))["error"] == 0


def test_qualities_at_both_ends_are_counted():
    found = count_qualities(np.array([0.0, 1.0, 0.5, 0.499]), np.array([1, 0, 0, 1]))
    assert (found["all"][0], found["all"][-1], sum(found["all"])) == (1, 1, 4)
    assert [i for i, n in enumerate(found["issues"]) if n] == [0, 9]


def test_pairs_are_a_confusion_matrix():
    _, given = draw()
    _, suggested = draw(seed=1)
    found = count_pairs(given, suggested, given >= 0, 4)
    np.testing.assert_array_equal(found, confusion_matrix(given, suggested))
    assert count_pairs(given, suggested, given == 2, 4).sum(axis=1).nonzero()[0].tolist() == [2]


def test_gain_begins_at_nothing_and_ends_with_all():
    share = np.random.default_rng(0).random(1000)
    found = measure_gain(share, np.argsort(-share))
    assert (found["reviewed"][0], found["reviewed"][-1], len(found["reviewed"])) == (0, 1000, 201)
    assert found["errors"][-1] == pytest.approx(share.sum())
    np.testing.assert_array_less(np.diff(found["errors"], 2), 1e-9)
