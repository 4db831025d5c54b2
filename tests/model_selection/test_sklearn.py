"""A search takes results and routing from private pieces of scikit-learn: they are its own."""

import warnings

import numpy as np
import pytest
import sklearn
from classifiers import X, Y
from sklearn import model_selection as reference
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from keraswrap.model_selection import GridSearchCV

SCALED = make_pipeline(StandardScaler(), LogisticRegression())


def recalls(estimator, X, y):
    found = recall_score(y, estimator.predict(X), average=None)
    return {"first": found[0], "last": found[2]}


def least_regularised(results):
    return int(np.argmax([params["C"] for params in results["params"]]))


TREE = DecisionTreeClassifier(random_state=0)
TWICE = reference.RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
METRICS = {"scoring": ["accuracy", "f1_macro"]}
WIDTHS = {"C": [0.1, 9.0]}
CASES = {
    "plain": (LogisticRegression(), WIDTHS, {}),
    "train scores": (SCALED, {"logisticregression__C": [0.1, 1.0]}, {"return_train_score": True}),
    "two grids": (SVC(), [WIDTHS, {"kernel": ["linear"], "C": [1.0]}], {}),
    "estimators": (SCALED, {"logisticregression": [SVC(), TREE]}, {}),
    "metrics": (SVC(), WIDTHS, {**METRICS, "refit": "f1_macro"}),
    "metrics alone": (SVC(), WIDTHS, {**METRICS, "refit": False}),
    "scorer": (SVC(), WIDTHS, {"scoring": recalls, "refit": "last"}),
    "refit": (LogisticRegression(), WIDTHS, {"refit": least_regularised}),
    "no refit": (LogisticRegression(), WIDTHS, {"refit": False}),
    "repeats": (SVC(), WIDTHS, {"cv": TWICE}),
    "failing": (LogisticRegression(), {"C": [-1.0, 1.0]}, {"scoring": recalls, "refit": "first"}),
    "scoring fails": (SVC(), WIDTHS, {"scoring": "neg_log_loss"}),
    "regression": (Ridge(), {"alpha": [0.1, 9.0]}, {"scoring": "r2"}),
}


def told(search, *rows):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*rows)
    return [str(warning.message).split("\n")[0] for warning in caught]


def without_times(results):
    return {name: value for name, value in results.items() if "time" not in name}


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_scikit_learn(case):
    estimator, grid, settings = CASES[case]
    ours = GridSearchCV(estimator, grid, **settings)
    theirs = reference.GridSearchCV(estimator, grid, **settings)
    assert told(ours, X, Y) == told(theirs, X, Y)
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    for name, value in without_times(theirs.cv_results_).items():
        np.testing.assert_array_equal(ours.cv_results_[name], value, err_msg=name)
    learned = {k for k in vars(theirs) if k.endswith("_")}
    assert learned <= set(vars(ours))
    for name in learned & {"best_index_", "best_score_", "best_params_", "multimetric_"}:
        assert str(getattr(ours, name)) == str(getattr(theirs, name))


def test_groups_and_weights_go_where_they_go_in_scikit_learn():
    weight, group = np.linspace(0, 1, 120), np.arange(120) % 7
    found = []
    for module in (reference.GridSearchCV, GridSearchCV):
        search = module(SCALED, {"logisticregression__C": [0.1, 1.0]}, cv=reference.GroupKFold(3))
        search.fit(X, Y, groups=group, logisticregression__sample_weight=weight)
        found.append(search.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*found)


def test_routed_weights_reach_the_scorer():
    weight, found = np.linspace(0, 1, 120), []
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        recall = make_scorer(recall_score, average="macro").set_score_request(sample_weight=True)
        for module in (reference.GridSearchCV, GridSearchCV):
            search = module(model, {"C": [0.1, 1.0]}, scoring=recall, cv=2, n_jobs=2)
            found.append(search.fit(X, Y, sample_weight=weight).cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*found)
