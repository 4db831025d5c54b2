"""The pool: votes, gaps, families, weights that people's labels set."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from keraswrap.labeling import _pool
from keraswrap.labeling._pool import cross_fit, equal_pool, fit_pool, log_views, vote


def drawn(rates, n=400, k=3, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    said = [
        np.where(rng.random(n) < rate, (truth + rng.integers(1, k, n)) % k, truth) for rate in rates
    ]
    return truth, np.stack([vote(one, k) for one in said], axis=1)


def test_better_annotators_weigh_more():
    truth, proba = drawn([0.05, 0.3, 0.6])
    weights = fit_pool(log_views(proba), truth, np.arange(3)).weights
    assert weights[0] > weights[1] > weights[2] == 0


def test_without_labels_a_family_has_one_vote():
    proba = np.stack([vote(np.array([code]), 2) for code in (0, 0, 1, 1)], axis=1)
    pool = equal_pool([0, 0, 0, 1], 2)
    assert pool.weights.tolist() == pytest.approx([1 / 3] * 3 + [1])
    # Two thirds of a vote against a third and a whole one.
    assert pool.combine(log_views(proba))[0].argmax() == 1


def test_probabilities_of_the_pool_are_those_of_people():
    truth, proba = drawn([0.1, 0.3], n=4000)
    found = cross_fit(log_views(proba), truth, np.arange(2), np.arange(4000) % 5)
    sure = found.max(axis=1)
    for score in np.unique(sure.round(2)):
        rows = sure.round(2) == score
        if rows.sum() > 200:
            assert (found.argmax(axis=1) == truth)[rows].mean() == pytest.approx(score, abs=0.05)


def test_a_label_has_no_part_in_its_own_row():
    truth, proba = drawn([0.2, 0.3], n=60)
    views, folds = log_views(proba), np.arange(60) % 5
    first = cross_fit(views, truth, np.arange(2), folds)
    other = truth.copy()
    other[0] = (truth[0] + 1) % 3
    assert np.array_equal(cross_fit(views, other, np.arange(2), folds)[0], first[0])


def test_the_slope_of_the_loss_is_right(monkeypatch):
    kept = {}
    monkeypatch.setattr(
        _pool, "minimize", lambda loss, start, **_: kept.update(loss=loss, at=start) or Found(start)
    )
    truth, proba = drawn([0.2, 0.3], n=50)
    fit_pool(log_views(proba), truth, np.arange(2))
    loss, at = kept["loss"], kept["at"] + 0.1
    assert check_grad(lambda x: loss(x)[0], lambda x: loss(x)[1], at) < 1e-3


class Found:
    def __init__(self, x):
        self.x = x
