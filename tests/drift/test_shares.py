"""Shares without labels: near the truth, within intervals, and refused as a mixture if none."""

import numpy as np
import pytest
from drift_rows import linear_classifier, numbers

from keraswrap.drift._shares import Outputs, estimate_mixture, mixture_fit, reestimate, shares_p


def outputs(seed=0, **new):
    model = linear_classifier()
    (X, y), (Z, z) = numbers(800, seed), numbers(800, seed + 100, **new)
    return Outputs(model.predict_proba(X), y, model.predict_proba(Z)), np.vstack([X, Z]), z


def test_the_shares_that_explain_rows_best_are_those_of_a_long_iteration():
    rng = np.random.default_rng(0)
    proba, old = rng.dirichlet([0.3, 0.3, 0.3], 200), np.array([0.5, 0.3, 0.2])
    shares = old
    for _ in range(20_000):
        posterior = proba * shares / old
        shares = (posterior / posterior.sum(axis=1, keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(reestimate(proba, old, np.ones(200)), shares, atol=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_shares_are_found_without_labels(share):
    found, _, z = outputs(shares=share)
    mixture = estimate_mixture(found, np.random.default_rng(0), 100)
    low, high = np.quantile(mixture.draws[:, 1], [0.005, 0.995])
    assert low <= z.mean() <= high
    assert abs(mixture.expected - (found.new.argmax(axis=1) == z).mean()) < 0.05


@pytest.mark.parametrize(("new", "fits"), [({"shares": 0.85}, True), ({"shift": 1.0}, False)])
def test_moved_rows_are_no_mixture_and_other_shares_are_one(new, fits):
    found, features, _ = outputs(**new)
    mixture = estimate_mixture(found, np.random.default_rng(0), 100)
    assert (mixture_fit(features, found, mixture, np.random.default_rng(1)) > 0.01) == fits


def test_the_mean_of_one_output_in_many_is_seen():
    proba = np.random.default_rng(0).dirichlet(np.ones(30), 400)
    proba[200:, 3] += 0.05
    proba /= proba.sum(axis=1, keepdims=True)
    assert shares_p(proba, np.arange(400) >= 200, np.random.default_rng(0), 999) == 0.002
    assert (
        shares_p(np.full((400, 3), 1 / 3), np.arange(400) >= 200, np.random.default_rng(0), 9) == 1
    )
