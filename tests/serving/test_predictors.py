"""How an estimator is asked: what one call of it says is what its methods say."""

import datetime
from types import SimpleNamespace as Some

import numpy as np
import pytest
from served import X
from sklearn.linear_model import LinearRegression, RidgeClassifier

from keraswrap.serving._outputs import Output
from keraswrap.serving._predictors import find_outputs, plain


def test_probabilities_are_those_of_the_estimator(estimator):
    output, ask = find_outputs(estimator)
    answers = ask(X)
    assert output == Output("classes", ("ant", "bee", "cat"), proba=True)
    assert answers.labels == estimator.predict(X).tolist()
    np.testing.assert_array_equal(answers.proba, estimator.predict_proba(X))


def test_a_classifier_without_probabilities_answers_labels():
    model = RidgeClassifier().fit(X, X[:, 0] > 0)
    output, ask = find_outputs(model)
    assert output == Output("classes", (False, True))
    assert (ask(X).labels, ask(X).proba) == (model.predict(X).tolist(), None)


def test_a_regressor_answers_numbers():
    model = LinearRegression().fit(X, X[:, :2])
    output, ask = find_outputs(model)
    assert output == Output("numbers")
    np.testing.assert_array_equal(ask(X).values, model.predict(X))


def test_who_abstains_answers_none():
    proba = np.array([[0.9, 0.1], [0.5, 0.5]])
    told = Some(classes_=np.array([3, 4]), rank_by="margin", threshold_=0.8)
    told.predict_proba = lambda X: proba
    told._decide = lambda proba: (np.array([3, 4]), proba.max(axis=1) > 0.8)
    output, ask = find_outputs(told)
    assert output.abstains
    assert (ask(None).labels, ask(None).abstained.tolist()) == ([3, None], [False, True])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.array([1, 2], "int8"), [1, 2]),
        (np.array([True]), [True]),
        (np.array([[1.5], [2.0]]), [[1.5], [2.0]]),
        (np.array([np.int64(3), None, datetime.date(2026, 1, 2)], object), [3, None, "2026-01-02"]),
    ],
)
def test_labels_are_plain(given, expected):
    found = plain(given)
    assert found == expected
    assert type(found[0]) is type(expected[0])
