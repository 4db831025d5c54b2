"""Softmax regression on sparse rows, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from keraswrap.issues.labels._views import _softmax
from keraswrap.issues.labels._views._softmax import SoftmaxRegression

RNG = np.random.default_rng(0)
WORDS = np.array(["".join(letters) for letters in RNG.choice(list("bdfgklmnprst"), (60, 5))])
Y = np.array(["a", "b", "c"])[np.arange(300) % 3]
TEXTS = [" ".join(RNG.choice(WORDS[(row % 3) * 10 :][:40], 8)) for row in range(300)]
X = TfidfVectorizer().fit_transform(TEXTS)
ALPHA = 1e-3


def test_many_passes_lead_near_the_optimum():
    found = SoftmaxRegression(ALPHA, epochs=50).fit(X, Y)
    # scikit-learn's C weighs the sum of losses, alpha the mean.
    best = LogisticRegression(C=1 / (ALPHA * len(Y)), tol=1e-6, max_iter=1000).fit(X, Y)
    np.testing.assert_allclose(found.predict_proba(X), best.predict_proba(X), atol=0.03)
    assert found.classes_.tolist() == ["a", "b", "c"]


def test_few_passes_classify_new_rows_as_well():
    train, test = np.arange(300) < 200, np.arange(300) >= 200
    found = SoftmaxRegression().fit(X[train], Y[train]).score(X[test], Y[test])
    best = LogisticRegression().fit(X[train], Y[train]).score(X[test], Y[test])
    assert found > best - 0.05


def test_a_row_that_weighs_much_does_not_carry_the_rest_away():
    weight = np.where(np.arange(300) == 7, 100.0, 1.0)
    found = SoftmaxRegression().fit(X, Y, sample_weight=weight)
    assert found.score(X, Y) > 0.9


def test_rows_without_weight_teach_nothing():
    wrong = np.arange(300) % 5 < 2
    given = np.where(wrong, "a", Y)
    unweighted = SoftmaxRegression(epochs=10).fit(X, given)
    weighted = SoftmaxRegression(epochs=10).fit(X, given, sample_weight=1.0 - wrong)
    assert weighted.score(X, Y) > unweighted.score(X, Y) + 0.1
    share = weighted.predict_proba(X).mean(axis=0)
    np.testing.assert_allclose(share, 1 / 3, atol=0.05)


def test_weights_count_against_their_mean():
    first = SoftmaxRegression().fit(X, Y, sample_weight=np.full(300, 4.0))
    np.testing.assert_array_equal(first.coef_, SoftmaxRegression().fit(X, Y).coef_)


def test_the_stored_coefficients_cannot_overflow(monkeypatch):
    found = SoftmaxRegression(0.01, epochs=4).fit(X, Y)
    monkeypatch.setattr(_softmax, "_LEAST", 0.99)
    again = SoftmaxRegression(0.01, epochs=4).fit(X, Y)
    np.testing.assert_allclose(again.coef_, found.coef_, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("rows", [2, 7, 300])
def test_the_same_seed_gives_the_same_bits(rows):
    first, again = (SoftmaxRegression(random_state=3).fit(X[:rows], Y[:rows]) for _ in range(2))
    np.testing.assert_array_equal(first.coef_, again.coef_)
    np.testing.assert_array_equal(first.intercept_, again.intercept_)
    other = SoftmaxRegression(random_state=4).fit(X[:rows], Y[:rows])
    assert (other.coef_ != first.coef_).any()
