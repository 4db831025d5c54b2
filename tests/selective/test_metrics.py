"""Metrics of answers: the same as counting, and usable where scikit-learn's own fail."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.selective import (
    CascadeClassifier,
    SelectiveClassifier,
    coverage_score,
    selective_accuracy_score,
    selective_report,
)

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 2, 600)
X = CODES[:, None] * [2.0, 2.8] + RNG.normal(size=(600, 2))
NAMES = {"texts": np.array(["no", "yes"]), "numbers": np.array([3, 4]), "bools": np.arange(2) > 0}
SCORERS = {
    "coverage": make_scorer(coverage_score),
    "at 10%": make_scorer(coverage_score, max_error=0.1),
    "accuracy": make_scorer(selective_accuracy_score, zero_division=0.0),
}
STAGES = [("cheap", GaussianNB()), ("dear", LogisticRegression())]


@pytest.mark.parametrize("kind", NAMES)
def test_they_count_answers(kind):
    labels = NAMES[kind][CODES]
    wrong = NAMES[kind][np.where(RNG.random(600) < 0.2, 1 - CODES, CODES)]
    predicted = np.where(RNG.random(600) < 0.3, None, wrong.astype(object))
    report = selective_report(labels, predicted)
    assert coverage_score(labels, predicted) == report.coverage
    assert selective_accuracy_score(labels, predicted) == pytest.approx(1 - report.error)
    assert selective_accuracy_score(labels, wrong) == accuracy_score(labels, wrong)
    assert coverage_score(labels, predicted, max_error=report.error + 0.01) == report.coverage
    assert coverage_score(labels, predicted, max_error=report.error - 0.01) == 0
    assert coverage_score(labels, pd.Series(predicted)) == report.coverage


def test_weights_count():
    labels, predicted, weights = ["a", "a", "b"], ["a", None, "a"], [3, 4, 1]
    assert coverage_score(labels, predicted, sample_weight=weights) == 0.5
    assert selective_accuracy_score(labels, predicted, sample_weight=weights) == 0.75
    assert coverage_score(labels, ["a", "?", "b"], abstain_label="?") == pytest.approx(2 / 3)


def test_no_answer_has_no_accuracy():
    assert np.isnan(selective_accuracy_score(["a"], [None]))
    assert selective_accuracy_score(["a"], [None], zero_division=1.0) == 1
    assert coverage_score(["a"], [None], max_error=0.1) == 0


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    "clf",
    [
        SelectiveClassifier(LogisticRegression(), target_error=0.02),
        CascadeClassifier(STAGES, target_error=0.04, costs=[1, 9]),
    ],
    ids=lambda clf: type(clf).__name__,
)
def test_they_score_in_cross_validation_where_accuracy_cannot(clf, kind):
    y = NAMES[kind][CODES]
    with pytest.raises(TypeError, match="NoneType"):
        cross_validate(clf, X, y, scoring="accuracy", cv=2, error_score="raise")
    found = cross_validate(clf, X, y, scoring=SCORERS, cv=2, error_score="raise")
    assert (found["test_coverage"] < 1).all()
    assert (found["test_at 10%"] > 0.5).all()
    assert (found["test_accuracy"] > 0.93).all()


def test_they_rank_in_a_search():
    clf = SelectiveClassifier(LogisticRegression(), target_error=0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the weak candidate answers nothing
        search = GridSearchCV(
            clf, {"estimator__C": [1e-9, 1.0]}, scoring=SCORERS, refit="at 10%", cv=2
        ).fit(X, NAMES["texts"][CODES])
    assert search.best_params_ == {"estimator__C": 1.0}
    assert np.isfinite(search.cv_results_["mean_test_accuracy"]).all()


@pytest.mark.parametrize("limit", [0.05, 0.07, 0.1, 0.2])
def test_an_error_of_exactly_the_limit_is_within_it(limit):
    for n in (100, 300, 700):
        for rest in (0, 11, 297):
            predicted = np.repeat([1, 0, None], [n - round(limit * n), round(limit * n), rest])
            found = coverage_score(np.ones(n + rest), predicted, max_error=limit)
            assert found == pytest.approx(n / (n + rest))


@pytest.mark.parametrize(
    ("labels", "predicted", "match"),
    [
        ([], [], "at least one row"),
        (["a", None], ["a", "a"], "1 missing. Leave those rows out"),
        ([1.0, np.nan], [1, 1], "1 missing"),
        (["1", "0"], [1, None], "of one kind, got .*'1'.* and 1"),
        ([1, 0], ["1", None], "of one kind, got .*1.* and '1'"),
    ],
)
@pytest.mark.parametrize("score", [coverage_score, selective_accuracy_score, selective_report])
def test_labels_that_no_answer_can_equal_are_refused(score, labels, predicted, match):
    with pytest.raises(InputError, match=match):
        score(labels, predicted)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(InputError, match="labels and predictions of shape"):
        coverage_score(["a", "b"], ["a"])
    with pytest.raises(InputError, match="sample_weight with a value for each of 1 row"):
        selective_accuracy_score(["a"], ["a"], sample_weight=[1, 2])
    with pytest.raises(ParameterError, match="max_error to be a number between 0 and 1"):
        coverage_score(["a"], ["a"], max_error=5)
