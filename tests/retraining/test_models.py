"""Which models can be trained again, and how a new one is made."""

from types import SimpleNamespace as Some

import numpy as np
import pytest
from retrained import net
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.retraining._models import (
    abstain_label_of,
    check_classifier,
    new_estimator,
    outcomes,
    sureness,
)
from keraswrap.selective import SelectiveClassifier

X, Y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array(["no", "no", "yes", "yes"])


@pytest.fixture(scope="module")
def model():
    return LogisticRegression().fit(X, Y)


class Several(LogisticRegression):
    classes_ = (np.array([0, 1]), np.array([0, 1]))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (LinearRegression(), "Expected a classifier as 'm', got LinearRegression"),
        (LogisticRegression(), "Expected a classifier as 'm'"),
        (Several(), "one label per row as 'm', got one with several"),
    ],
)
def test_answers_must_be_right_or_wrong(model, other, said):
    check_classifier(model, "m")
    with pytest.raises(InputTypeError, match=said):
        check_classifier(other, "m")


def test_a_new_one_is_unfitted_and_has_a_seed(model):
    made = new_estimator(model, None, 7)
    assert (made.random_state, hasattr(made, "classes_"), model.random_state) == (7, False, None)
    assert new_estimator(model, LogisticRegression(C=3, random_state=1), 7).random_state == 1


def test_one_that_abstains_finds_its_threshold_anew(model):
    given = SelectiveClassifier(model, target_error=0.1, cv="prefit")
    made = new_estimator(given, None, 7)
    assert (made.cv, made.estimator.random_state, made.target_error) == (None, 7, 0.1)


def test_a_net_needs_what_it_was_fitted_from():
    with pytest.raises(ParameterError, match="has no build function, got None"):
        new_estimator(net(), None, 7)
    assert new_estimator(net(), net(seed=None), 7).random_state == 7


def test_answers_are_right_none_or_wrong(model):
    told = Some(predict=lambda X: np.array(["no", "?", "no", "yes"]), abstain_label="?")
    assert (abstain_label_of(model), abstain_label_of(told)) == (None, "?")
    assert outcomes(told, X, Y).tolist() == [1, 0, -1, 1]
    assert outcomes(model, X, Y).tolist() == [1, 1, 1, 1]


def test_sureness_is_the_highest_probability(model):
    np.testing.assert_array_equal(sureness(model, X), model.predict_proba(X).max(axis=1))
    assert sureness(LinearSVC(), X) is None
