"""New rows told from old ones: areas as scikit-learn's, intervals that hold, exact p-values."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from keraswrap.drift._auc import auc, auc_interval
from keraswrap.drift._two_samples import CrossFit, separate


def test_the_area_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    scores, is_new = rng.integers(0, 9, 200), rng.random(200) < 0.3
    assert auc(scores, is_new) == pytest.approx(roc_auc_score(is_new, scores))


@pytest.mark.parametrize(("distance", "true"), [(0.0, 0.5), (1.0, 0.7602), (3.0, 0.9831)])
def test_intervals_of_areas_hold_the_true_one(distance, true):
    rng, is_new, held = np.random.default_rng(0), np.arange(100) >= 50, 0
    for _ in range(400):
        found = auc(rng.normal(size=100) + distance * is_new, is_new)
        low, high = auc_interval(found, 50, 50)
        held += low <= true <= high
    assert held / 400 >= 0.93


def test_scores_are_those_of_ridge_regressions_without_the_fold():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 3)), (rng.random(60) < 0.5).astype(float)
    fit = CrossFit(features, np.random.default_rng(1))
    centered, target = features - features.mean(axis=0), labels - labels.mean()
    penalty = (centered**2).sum() / 3
    for rows, found in zip(fit.folds, fit.scores(labels[:, None]), strict=True):
        train = np.setdiff1d(np.arange(60), rows)
        ridge = Ridge(alpha=penalty, fit_intercept=False).fit(centered[train], target[train])
        np.testing.assert_allclose(found[:, 0], ridge.predict(centered[rows]), atol=1e-9)


def test_without_a_difference_intervals_and_levels_hold():
    rng, is_new = np.random.default_rng(0), np.arange(80) >= 40
    found = [separate(rng.normal(size=(80, 5)), is_new, rng, 199) for _ in range(150)]
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) >= 0.91
    assert np.mean([one.p_value <= 0.1 for one in found]) <= 0.1 + 2 * np.sqrt(0.09 / 150)


def test_rows_that_are_all_alike_cannot_be_told_apart():
    found = separate(np.ones((40, 3)), np.arange(40) >= 20, np.random.default_rng(0), 199)
    assert (found.auc, found.p_value) == (0.5, 1.0)
