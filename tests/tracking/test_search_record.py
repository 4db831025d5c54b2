"""What is recorded of a search."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap import KerasWrapperSequential, __version__
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues import find_label_issues
from keraswrap.model_selection import GridSearchCV, RandomizedSearchCV
from keraswrap.tracking._search_record import (
    check_search,
    find_curves,
    find_seeds,
    record_search,
    summarize_issues,
)

X, Y = load_iris(return_X_y=True)
GRID = {"C": [0.1, 1.0, 10.0]}
LINEAR = LogisticRegression(max_iter=500)
KINDS = [GridSearchCV, model_selection.GridSearchCV]


@pytest.mark.parametrize("kind", KINDS)
def test_candidates_have_the_scores_of_cv_results(kind):
    search = kind(LINEAR, GRID, cv=3, return_train_score=True).fit(X, Y)
    record = record_search(search, X, Y, None)
    results = search.cv_results_
    for n, told in enumerate(record["candidates"]):
        assert told["params"] == results["params"][n]
        for metric in ("test_score", "train_score"):
            scores = told["scores"][metric]
            assert scores["mean"] == results[f"mean_{metric}"][n]
            assert scores["std"] == results[f"std_{metric}"][n]
            assert scores["folds"] == [results[f"split{k}_{metric}"][n] for k in range(3)]
        assert told["scores"]["test_score"]["rank"] == results["rank_test_score"][n]
        assert told["fit_seconds"] == results["mean_fit_time"][n]
    best = {"index": search.best_index_, "params": search.best_params_, "score": search.best_score_}
    assert record["best"] == {**best, "refit": None}
    assert record["n_splits"] == 3
    json.dumps(record, allow_nan=False)


def test_several_metrics_without_refit():
    scoring = ["accuracy", "neg_log_loss"]
    search = GridSearchCV(LINEAR, GRID, scoring=scoring, refit=False, cv=2).fit(X, Y)
    record = record_search(search, None, None, None)
    assert list(record["candidates"][0]["scores"]) == ["test_accuracy", "test_neg_log_loss"]
    assert record["best"] is None
    assert record["seconds"]["refit"] is None


def test_a_failed_fit_has_no_score():
    search = model_selection.GridSearchCV(LINEAR, {"C": [1.0, -1.0]}, cv=2)
    with pytest.warns(Warning, match=r"fits failed|non-finite"):
        search.fit(X, Y)
    scores = record_search(search, None, None, None)["candidates"][1]["scores"]["test_score"]
    assert (scores["mean"], scores["folds"]) == (None, [None, None])


def test_it_says_what_was_searched_and_with_what():
    folds = model_selection.StratifiedKFold(3, shuffle=True, random_state=5)
    search = RandomizedSearchCV(LINEAR, GRID, n_iter=2, random_state=7, cv=folds).fit(X, Y)
    record = record_search(search, X, Y, None)
    assert record["search"]["class"] == "keraswrap.model_selection.RandomizedSearchCV"
    assert record["search"]["settings"]["n_iter"] == 2
    assert record["estimator"]["class"] == "sklearn.linear_model.LogisticRegression"
    assert record["estimator"]["params"]["max_iter"] == 500
    assert record["seeds"] == {
        **{"random_state": 7, "cv__random_state": 5},
        "estimator__random_state": None,
    }
    assert record["versions"]["keraswrap"] == __version__
    assert record["n_fits"] == 6


def test_the_data_are_hashed_and_it_says_what_was():
    search = GridSearchCV(LINEAR, GRID, cv=2).fit(X, Y)
    both, alone = (record_search(search, X, y, None)["data"] for y in (Y, None))
    assert both["of"] == "X and y as passed to track_search"
    assert alone["of"] == "X as passed to track_search; y of the search"
    assert both["hash"] == alone["hash"]
    assert both["n_rows"] == 150
    other = record_search(search, X + 1, Y, None)["data"]
    assert (other["y"], other["hash"] != both["hash"]) == (both["y"], True)


def test_without_data_there_is_no_hash():
    search = model_selection.GridSearchCV(LINEAR, GRID, cv=2).fit(X, Y)
    data = record_search(search, None, None, None)["data"]
    assert data["hash"] is None
    assert data["of"] == "nothing: X and y were not passed"
    assert record_search(search, list("ab"), None, None)["data"]["n_rows"] == 2
    assert record_search(search, iter("ab"), None, None)["data"]["hash"] is None


def test_another_y_is_refused():
    search = GridSearchCV(LINEAR, GRID, cv=2).fit(X, Y)
    with pytest.raises(InputError, match="got other labels or another order"):
        record_search(search, X, Y[::-1], None)


def test_curves_of_a_net_are_found_where_it_is():
    layers = [keras.layers.Dense(3, activation="softmax")]
    net = KerasWrapperSequential(layers, params={"epochs": 3}, random_state=0)
    pipeline = make_pipeline(StandardScaler(), net).fit(X, Y)
    curves = find_curves(pipeline)
    assert curves == pipeline[-1].history_
    assert len(curves["loss"]) == 3
    assert find_curves(LINEAR) == find_curves(None) == {}


def test_seeds_are_told_as_they_are():
    seeds = find_seeds({"random_state": None, "a__random_state": np.int64(3), "a__b": 1})
    assert seeds == {"random_state": None, "a__random_state": 3}


@pytest.mark.parametrize("search", [LINEAR, None, "search"])
def test_what_is_no_search_is_refused(search):
    with pytest.raises(InputTypeError, match="Expected a search"):
        check_search(search)


def test_a_search_before_fit_is_refused():
    with pytest.raises(NotFittedError, match="Expected a fitted search"):
        check_search(GridSearchCV(LINEAR, GRID))


def test_label_issues_are_summarized():
    proba = np.array([[0.95, 0.05], [0.03, 0.97], [0.9, 0.1], [0.1, 0.9], [0.96, 0.04]])
    frame = pd.Series(["no", "yes", "no", "yes", "yes"])
    issues = find_label_issues(proba, y=frame, out_of_sample=True)
    told = summarize_issues(issues)
    assert (told["n_rows"], told["n_issues"]) == (5, issues.n_issues)
    assert [one["rows"] for one in told["classes"]] == [2, 3]
    assert sum(one["issues"] for one in told["classes"]) == issues.n_issues
    assert told["pairs"] == [{"given": "yes", "suggested": "no", "rows": 1}]
    assert told["provenance"]["source"] == "given"
    json.dumps(told, allow_nan=False)
    with pytest.raises(InputTypeError, match="Expected issues from find_label_issues"):
        summarize_issues(frame)
