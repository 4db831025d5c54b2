"""Rows looked at while a wrapper is trained: by the fits that there are, and no more."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.model_selection import StratifiedKFold

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import ParameterError
from keraswrap.issues import CleanClassifier, find_label_issues
from keraswrap.issues.labels._scores import score_dynamics
from keraswrap.model_selection import cross_val_predict_proba
from keraswrap.text import TransformerClassifier

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 4)).astype("float32")
Y = np.where(X[:, 0] > 0, "yes", "no")
Y[[2, 50]] = np.where(Y[[2, 50]] == "yes", "no", "yes")
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def build():
    return keras.Sequential([layers.Input((4,)), layers.Dense(8, "relu"), layers.Dense(2)])


def net(epochs):
    rate = {"optimizer": "adam", "optimizer__learning_rate": 0.05}
    return KerasWrapperModel(build, {}, rate, {"epochs": epochs, "batch_size": 16}, random_state=0)


def test_epochs_are_seen_without_further_fits():
    found = find_label_issues(net(4), X, Y, cv=3, dynamics=True, score="dynamics")
    probas = [cross_val_predict_proba(net(k), X, Y, cv=FOLDS) for k in (1, 2, 3, 4)]
    assert found.provenance["fits"] == 3
    np.testing.assert_array_equal(found.proba, probas[-1])
    np.testing.assert_allclose(found.quality, score_dynamics(found.codes, probas), atol=1e-7)


def test_a_wrapper_is_cleaned():
    clf = CleanClassifier(net(10), strategy="prune", cv=3).fit(X, Y)
    assert clf.n_fits_ == 4
    assert set(np.flatnonzero(clf.action_.changed)) & {2, 50}
    assert clf.score(X, np.where(X[:, 0] > 0, "yes", "no")) > 0.9


@pytest.mark.parametrize(
    ("estimator", "match"),
    [
        (TransformerClassifier(), "TransformerClassifier: the learning rate .* falls to 0"),
        (net(1), "KerasWrapperModel: it trains for one epoch"),
    ],
)
def test_what_cannot_be_seen_between_epochs_is_refused_for_its_own_reason(estimator, match):
    with pytest.raises(ParameterError, match=match):
        find_label_issues(estimator, ["a", "b"] * 45, Y, cv=3, dynamics=True)
