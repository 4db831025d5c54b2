"""Rows looked at while a wrapper is trained: by the fits that there are, and no more."""

import keras
import numpy as np
from keras import layers
from sklearn.model_selection import StratifiedKFold

from keraswrap import KerasWrapperModel
from keraswrap.issues import CleanClassifier, find_label_issues
from keraswrap.issues.scores import score_dynamics
from keraswrap.model_selection import cross_val_predict_proba

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
    clf = CleanClassifier(net(10), cv=3).fit(X, Y)
    assert clf.n_fits_ == 4
    assert set(np.flatnonzero(clf.action_.changed)) & {2, 50}
    assert clf.score(X, np.where(X[:, 0] > 0, "yes", "no")) > 0.9
