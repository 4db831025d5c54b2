"""What any search is asked before its fit and after, and probabilities of its best candidate."""

import numpy as np
import pandas as pd
import pytest
from classifiers import X, Y
from nets import classifier
from sklearn import model_selection as reference
from sklearn.cluster import KMeans
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from keraswrap import KerasWrapperModel
from keraswrap.model_selection import GridSearchCV

NAMES = np.array(["ant", "bee", "cat"])[Y]


def least_regularised(results):
    return int(np.argmax([params["C"] for params in results["params"]]))


WIDTHS = {"C": [0.1, 9.0]}


@pytest.mark.parametrize(
    "change", [{"progress": "often"}, {"share_epochs": 2}, {"oof": None}, {"journal": 3}]
)
def test_parameters_are_checked_as_scikit_learn_does(change):
    with pytest.raises(ValueError, match=f"The '{next(iter(change))}' parameter of GridSearchCV"):
        GridSearchCV(SVC(), {"C": [1.0]}, **change).fit(X, Y)


def asked(search, method):
    """Say what comes of asking a search that was not fitted, and what it says."""
    rows = (X, Y) if method == "score" else (X,)
    try:
        getattr(search, method)(*rows)
    except AttributeError as error:
        return type(error), str(error), str(error.__cause__)
    raise AssertionError("it answered")


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize(
    "estimator",
    [
        *(LogisticRegression(), SVC(), KMeans(2), Ridge(), make_pipeline(StandardScaler())),
        KerasWrapperModel(classifier),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_before_fit_it_says_what_scikit_learn_says(estimator, refit):
    methods = ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"]
    for method in [*methods, "score_samples", "transform", "inverse_transform"]:
        ours, theirs = (
            asked(kind(estimator, {"C": [1.0]}, refit=refit), method)
            for kind in (GridSearchCV, reference.GridSearchCV)
        )
        assert ours == theirs
        assert issubclass(ours[0], NotFittedError) or not hasattr(estimator, method) or not refit


@pytest.mark.parametrize("empty", [{"param_grid": []}, {"cv": []}])
def test_a_search_of_nothing(empty):
    search = GridSearchCV(SVC(), WIDTHS).set_params(**empty)
    with pytest.raises(ValueError, match="No fits were performed"):
        search.fit(X, Y)


@pytest.mark.parametrize("y", [Y, NAMES], ids=["numbers", "names"])
@pytest.mark.parametrize("refit", [True, False, least_regularised])
def test_probabilities_are_those_of_the_best_candidate(y, refit):
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0, 0.1]}, refit=refit).fit(X, y)
    best = LogisticRegression(**search.best_params_)
    wanted = reference.cross_val_predict(best, X, y, method="predict_proba")
    np.testing.assert_array_equal(search.oof_proba_, wanted)


def test_probabilities_of_rows_held_out_twice_or_never():
    splits = [(np.arange(40, 120), np.arange(40)), (np.arange(30, 120), np.arange(20))]
    found = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=splits).fit(X, Y).oof_proba_
    each = [LogisticRegression().fit(X[a], Y[a]).predict_proba(X[:40]) for a, _ in splits]
    np.testing.assert_allclose(found[:20], (each[0] + each[1])[:20] / 2)
    np.testing.assert_array_equal(found[20:40], each[0][20:])
    assert np.isnan(found[40:]).all()


@pytest.mark.parametrize(
    ("search", "why"),
    [
        (GridSearchCV(SVC(), {"C": [1.0]}), "SVC has no predict_proba"),
        (GridSearchCV(DummyRegressor(), {"strategy": ["mean"]}), "DummyRegressor has no"),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, oof=False), "oof=False"),
        (
            GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring=["accuracy"], refit=False),
            "there is no best candidate",
        ),
    ],
)
def test_where_there_are_no_probabilities_it_is_said(search, why):
    with pytest.raises(AttributeError, match="oof_proba_ is available after fit"):
        _ = search.oof_proba_
    with pytest.raises(AttributeError, match=f"oof_proba_ is not available: .*{why}"):
        _ = search.fit(X, Y).oof_proba_


def test_a_second_fit_forgets_the_best_candidate_of_the_first():
    search = GridSearchCV(LogisticRegression(), {"C": [1e-6, 1.0]})
    search.fit(pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])]), Y)
    assert (search.best_index_, search.feature_names_in_[0]) == (1, "x0")
    search.set_params(scoring=["accuracy"], refit=False).fit(X, Y)
    best = {"best_index_", "best_params_", "best_score_", "best_estimator_", "refit_time_"}
    assert not (best | {"feature_names_in_"}) & set(vars(search))
    with pytest.raises(AttributeError, match="there is no best candidate"):
        _ = search.oof_proba_
