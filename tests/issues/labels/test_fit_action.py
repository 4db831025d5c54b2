"""Fits on rows whose labels were acted on: those of scikit-learn on these rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keraswrap.issues.labels._fit_action import fit_action
from keraswrap.issues.labels._strategies import Action

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
LABELS = (X[:, 0] + rng.normal(scale=0.8, size=30) > 0).astype(int)
WEIGHTS = np.linspace(0.1, 1, 30)


def action(drop=0, weights=None):
    changed = np.arange(30) < drop
    return Action("any", changed, ~changed, LABELS, weights)


@pytest.mark.parametrize("drop", [0, 7])
@pytest.mark.parametrize("own", [None, WEIGHTS])
@pytest.mark.parametrize("given", [None, WEIGHTS[::-1]])
def test_weights_of_the_action_multiply_those_given_of_the_rows_that_are_kept(drop, own, given):
    params = {} if given is None else {"sample_weight": given}
    found = fit_action(LogisticRegression(), X, action(drop, own), params)
    weights = np.prod([w for w in (own, given) if w is not None] or [np.ones(30)], axis=0)
    expected = LogisticRegression().fit(X[drop:], LABELS[drop:], weights[drop:])
    np.testing.assert_allclose(found.coef_, expected.coef_)


def test_the_estimator_given_stays_unfitted():
    given = LogisticRegression(C=0.5)
    assert fit_action(given, X, action()).C == 0.5
    assert not hasattr(given, "coef_")
