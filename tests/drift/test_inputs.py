"""What is passed to a monitor: read as it should be, or refused with what it was."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression

from keraswrap.drift import _inputs as inputs
from keraswrap.drift._reference import Sketch
from keraswrap.drift._rows import read_rows
from keraswrap.exceptions import InputError, InSampleWarning, ParameterError


def classifier(y):
    return DummyClassifier().fit(np.zeros((len(y), 1)), y)


def test_a_classifier_has_two_classes_or_more():
    assert inputs.check_classifier(classifier(["a", "b"])).tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("estimator", "said"),
    [
        (LinearRegression(), "with predict_proba, got LinearRegression"),
        (classifier([1, 1]), r"two or more, got classes of shape \(1,\)"),
        (classifier([[0, 1], [1, 0]]), "Expected a classifier of one label"),
        (classifier([[0, 1], [1, 2], [1, 3]]), "Expected a classifier of one label"),
    ],
)
def test_other_models_are_refused(estimator, said):
    with pytest.raises(InputError, match=said):
        inputs.check_classifier(estimator)


@pytest.mark.parametrize(
    ("check", "value", "said"),
    [
        (inputs.check_level, 0.6, "above 0 and at most 0.5, got 0.6"),
        (inputs.check_level, True, "got True"),
        (inputs.check_level, float("nan"), "got nan"),
        (inputs.check_count, 0, "a whole number of at least 1, got 0"),
        (inputs.check_count, 2.0, "at least 1, got 2.0"),
    ],
)
def test_numbers_out_of_range_are_refused(check, value, said):
    with pytest.raises(ParameterError, match=f"Expected x as .*{said}"):
        check(value, "x")


@pytest.mark.parametrize(
    ("proba", "said"),
    [
        ([[1.0]], r"shape \(1, 2\), got \(1, 1\)"),
        ([[np.nan, 1.0]], "finite probabilities, got NaN"),
        ([[0.6, 0.6]], "sum to 1 in each row"),
        ([[1.5, -0.5]], "sum to 1 in each row"),
    ],
)
def test_probabilities_are_checked(proba, said):
    with pytest.raises(InputError, match=said):
        inputs.read_proba(proba, 1, 2)
    rounded = inputs.read_proba([[1.0005, -0.0005]], 1, 2)
    assert rounded.tolist() == [[1.0, 0.0]]


def test_vectors_may_be_sparse():
    assert inputs.read_vectors(sparse.eye(2), 2).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    for given, said in (([1.0], r"shape \(1, d\)"), ([[np.inf]], "finite vectors")):
        with pytest.raises(InputError, match=said):
            inputs.read_vectors(given, 1)
    with pytest.raises(InputError, match=r"shape \(1, 3\), got \(1, 1\)"):
        inputs.read_vectors([[1.0]], 1, 3)


def test_labels_may_be_missing_only_in_new_rows():
    given = np.array([1.0, np.nan])
    assert inputs.read_labels(given, 2, missing=True).tolist() == [1.0, None]
    with pytest.raises(InputError, match="got none in 1 row, the first in row 1"):
        inputs.read_labels(given, 2, missing=False)
    with pytest.raises(InputError, match=r"one label a row, got .* in row 0"):
        inputs.read_labels([["a", "b"]], 1, missing=True)
    with pytest.raises(InputError, match="Pass None for rows without a label"):
        inputs.read_labels([1], 2, missing=True)


def test_labels_of_another_kind_are_refused():
    codes = inputs.encode_labels(np.array([1.0, 7], object), np.array([0, 1]))
    assert codes.tolist() == [1, 2]
    with pytest.raises(InputError, match="Expected labels among the classes"):
        inputs.encode_labels(np.array(["0", "1"], object), np.array([0, 1]))


def test_new_rows_are_like_the_old_ones():
    old = Sketch("table", np.ones((1, 2)), columns={"x0": np.ones(1), "x1": np.ones(1)})
    inputs.check_like(read_rows(np.ones((3, 2))), old)
    with pytest.raises(InputError, match="Expected table as in fit, got texts"):
        inputs.check_like(read_rows(["a"]), old)
    with pytest.raises(InputError, match=r"got 0 missing \(\[\]\) and 1 more \(\['x2'\]\)"):
        inputs.check_like(read_rows(np.ones((3, 3))), old)


def test_rows_that_the_model_has_seen_are_warned_of():
    sure = np.tile([0.99, 0.01], (50, 1))
    with pytest.warns(InSampleWarning, match="rows that it was trained on"):
        inputs.warn_if_seen(sure, np.zeros(50, int))
    inputs.warn_if_seen(sure, np.r_[np.zeros(49, int), 1])
