"""Scores of rows: their means are scikit-learn's metrics."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error

from keraswrap.exceptions import ParameterError
from keraswrap.llm.features._row_scores import choose_metric, row_scores

X = np.random.default_rng(0).normal(size=(60, 3))
NUMBERS = X @ [1.0, -2.0, 0.5] + np.random.default_rng(1).normal(size=60)
LABELS = np.array(["c", "a", "b"])[np.digitize(NUMBERS, [-1, 1])]


def test_the_scores_of_classes_have_the_mean_of_the_metric():
    fitted = LogisticRegression().fit(X[:40], LABELS[:40])
    accuracy, log = (row_scores(fitted, X, LABELS, name) for name in ("accuracy", "log_loss"))
    assert accuracy.mean() == pytest.approx(accuracy_score(LABELS, fitted.predict(X)))
    assert log.mean() == pytest.approx(-log_loss(LABELS, fitted.predict_proba(X)))
    assert accuracy.shape == log.shape == (60,)


def test_the_scores_of_numbers_have_the_mean_of_the_metric():
    fitted = LinearRegression().fit(X[:40], NUMBERS[:40])
    predicted = fitted.predict(X)
    absolute = row_scores(fitted, X, NUMBERS, "absolute_error")
    squared = row_scores(fitted, X, NUMBERS, "squared_error")
    assert absolute.mean() == pytest.approx(-mean_absolute_error(NUMBERS, predicted))
    assert squared.mean() == pytest.approx(-mean_squared_error(NUMBERS, predicted))
    assert np.argmin(absolute) == np.argmax(np.abs(NUMBERS - predicted))


def test_a_class_that_was_not_seen_costs_much_but_not_everything():
    fitted = DummyClassifier(strategy="prior").fit(X[:4], ["a", "a", "a", "b"])
    found = row_scores(fitted, X[:3], np.array(["a", "b", "c"]), "log_loss")
    assert found == pytest.approx(np.log([0.75, 0.25, 1e-15]))


@pytest.mark.parametrize(
    ("metric", "of_classes", "expected"),
    [(None, True, "accuracy"), (None, False, "absolute_error"), ("log_loss", True, "log_loss")],
)
def test_the_metric_is_the_one_given_or_the_first(metric, of_classes, expected):
    assert choose_metric(metric, of_classes=of_classes) == expected


@pytest.mark.parametrize(
    ("metric", "of_classes", "match"),
    [
        ("log_loss", False, r"'squared_error'\], since y holds numbers, got 'log_loss'"),
        ("r2", True, r"\['accuracy', 'log_loss'\], since y holds classes, got 'r2'"),
    ],
)
def test_a_metric_of_other_targets_is_refused(metric, of_classes, match):
    with pytest.raises(ParameterError, match=match):
        choose_metric(metric, of_classes=of_classes)
