"""Searches: scikit-learn's results, and what comes on top."""

import pickle

import numpy as np
import pandas as pd
import pytest
from classifiers import X, Y
from nets import LEARNS, QUICK, classifier, groups, two_inputs
from scipy.stats import loguniform
from sklearn import model_selection as reference
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from keraswrap import KerasWrapperModel
from keraswrap.model_selection import GridSearchCV

NAMES = np.array(["ant", "bee", "cat"])[Y]


def test_drawn_candidates_are_those_of_scikit_learn():
    draws = {"C": loguniform(0.1, 10), "kernel": ["rbf", "linear"]}
    found = [
        module.RandomizedSearchCV(SVC(), draws, n_iter=4, random_state=3, cv=2).fit(X, Y)
        for module in (reference, __import__("keraswrap.model_selection", fromlist=["_"]))
    ]
    assert found[0].cv_results_["params"] == found[1].cv_results_["params"]
    assert found[0].best_score_ == found[1].best_score_


@parametrize_with_checks([GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_a_search_can_be_copied_and_sent():
    search = GridSearchCV(SVC(), {"C": [1.0]}, journal="j", progress=False, oof=False, cv=2)
    assert clone(search).get_params()["journal"] == "j"
    again = pickle.loads(pickle.dumps(search.set_params(journal=None).fit(X, Y)))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))


# Probabilities of the rows held out


def test_a_class_that_a_fold_misses_has_a_column_of_zeros():
    splits = [
        (np.flatnonzero(Y != 1), np.flatnonzero(Y == 1)),
        (np.flatnonzero(Y == 1), np.flatnonzero(Y == 0)),
    ]
    found = GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, cv=splits).fit(X, NAMES)
    assert found.oof_proba_.shape == (120, 3)
    assert (found.oof_proba_[Y == 1][:, 1] == 0).all()


def test_an_estimator_that_is_no_classifier_and_needs_no_y():
    found = GridSearchCV(KMeans(random_state=0, n_init=1), {"n_clusters": [2, 3]}, cv=2).fit(X)
    wanted = reference.GridSearchCV(KMeans(random_state=0, n_init=1), {"n_clusters": [2, 3]}, cv=2)
    assert found.best_score_ == wanted.fit(X).best_score_


# Metadata


# Wrappers, and what they take


def net(**changes):
    return KerasWrapperModel(classifier, **QUICK).set_params(**changes)


@pytest.mark.parametrize(("stack", "close"), [(False, 0), (True, 1e-6)])
def test_a_wrapper_gets_the_scores_that_scikit_learn_gives_it(monkeypatch, stack, close):
    monkeypatch.setattr("keraswrap.model_selection._stacked_fits._TRACING", 0)
    grid = {"model__units": [2, 8], "compile__optimizer__learning_rate": [0.01, 0.1]}
    points, index = groups(60, 3)
    ours = GridSearchCV(net(), grid, cv=2, error_score="raise", stack_fits=stack)
    ours.fit(points, index)
    theirs = reference.GridSearchCV(net(), grid, cv=2).fit(points, index)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    best = net(**ours.best_params_)
    wanted = reference.cross_val_predict(best, points, index, cv=2, method="predict_proba")
    np.testing.assert_allclose(ours.oof_proba_, wanted, rtol=0, atol=close)


def test_arrays_by_name_and_datasets_are_sliced_as_everywhere():
    import tensorflow as tf

    points, index = groups(60, 3)
    named = {"left": points[:, :1], "right": points[:, 1:2]}
    model = KerasWrapperModel(two_inputs, **QUICK)
    ours = GridSearchCV(model, {"batch_size": [8]}, cv=2, error_score="raise")
    arrays = ours.fit(named, index).oof_proba_
    frame = pd.DataFrame({name: column[:, 0] for name, column in named.items()})
    np.testing.assert_array_equal(ours.fit(frame, index).oof_proba_, arrays)
    stream = tf.data.Dataset.from_tensor_slices((named, index)).batch(7)
    np.testing.assert_array_equal(ours.fit(stream).oof_proba_, arrays)


@pytest.mark.slow
def test_nets_on_two_processes_score_the_same():
    points, index = groups(60, 3)
    search = GridSearchCV(
        KerasWrapperModel(lambda meta: classifier(meta), **LEARNS), {"epochs": [1, 8]}, cv=2
    )
    found = [
        clone(search).set_params(n_jobs=jobs, refit=False).fit(points, index) for jobs in (1, 2)
    ]
    scores = [each.cv_results_["mean_test_score"] for each in found]
    np.testing.assert_array_equal(*scores)
    np.testing.assert_allclose(found[0].oof_proba_, found[1].oof_proba_, atol=1e-5)


@pytest.mark.parametrize("resource", ["epochs", "n_samples"])
def test_halving_takes_wrappers(resource):
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401

    points, index = groups(90, 3)
    limits = {"max_resources": 4, "min_resources": 1} if resource == "epochs" else {}
    search = reference.HalvingGridSearchCV(
        net(), {"model__units": [1, 8, 16]}, resource=resource, factor=2, cv=2,
        random_state=0, error_score="raise", **limits,
    )  # fmt: skip
    search.fit(points, index)
    assert search.n_iterations_ >= 2
    assert search.best_estimator_.net.layers[1].units == search.best_params_["model__units"]
