"""Rows and weights checked in scikit-learn's words, and estimators that fail unchanged."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator

from keraswrap._data import LONE
from keraswrap._validation import check_rows, check_weights, require_target, unchanged_on_error
from keraswrap.data import row_view
from keraswrap.exceptions import InputError

X = np.arange(12.0).reshape(4, 3)
NAMES = ["a", "b", "c"]
FORMS = {
    "array": X,
    "list": X.tolist(),
    "frame": pd.DataFrame(X, columns=NAMES),
    "sparse": sparse.coo_array(X),
    "view": row_view(X).X,
}


def fitted(X):
    estimator = BaseEstimator()
    return estimator, check_rows(estimator, X, reset=True)


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_any_form_are_read_and_their_width_is_learned(form):
    estimator, rows = fitted(FORMS[form])
    array = rows.arrays[LONE]
    np.testing.assert_array_equal(array.toarray() if sparse.issparse(array) else array, X)
    assert estimator.n_features_in_ == 3
    assert hasattr(estimator, "feature_names_in_") == (form == "frame")
    with pytest.raises(ValueError, match="X has 2 features, but BaseEstimator is expecting 3"):
        check_rows(estimator, X[:, :2], reset=False)


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        (["z", "b", "c"], "feature names should match.*unseen"),
        (["b", "a", "c"], "in the same order"),
        (["a", "b"], "feature names should match"),
    ],
)
def test_columns_must_be_those_of_fit(columns, match):
    estimator, _ = fitted(FORMS["frame"])
    with pytest.raises(ValueError, match=f"(?s){match}"):
        check_rows(estimator, pd.DataFrame(X[:, : len(columns)], columns=columns), reset=False)


def test_arrays_by_name_must_be_those_of_fit_in_any_order():
    estimator, rows = fitted({"left": X, "right": ["a", "b", "c", "d"]})
    assert (rows.n, estimator.n_features_in_) == (4, 2)
    assert estimator.feature_names_in_.tolist() == ["left", "right"]
    check_rows(estimator, {"right": ["a"], "left": X[:1]}, reset=False)
    with pytest.raises(InputError, match=r"\['left', 'right'\] as in fit, got \['left'\]"):
        check_rows(estimator, {"left": X}, reset=False)


def test_a_second_fit_forgets_the_names_of_the_first():
    estimator, _ = fitted(FORMS["frame"])
    check_rows(estimator, ["a text", "another"], reset=True)
    assert estimator.n_features_in_ == 1
    assert not hasattr(estimator, "feature_names_in_")


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ([1.0, -1.0, 1.0, 1.0], "Negative values in data passed to `sample_weight`"),
        ([1.0, np.nan, 1.0, 1.0], "sample_weight contains NaN"),
        ([1.0, 1.0], r"sample_weight.shape == \(2,\), expected \(4,\)"),
        (X, "Sample weights must be 1D"),
        ([0, 0, 0, 0], "only zeros: no row would count|at least one non-zero number"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, match):
    with pytest.raises(ValueError, match=match):
        check_weights(weights, fitted(X)[1])


def test_weights_are_one_for_each_row():
    rows = fitted(X)[1]
    assert check_weights(None, rows) is None
    found = check_weights([0, 1, 2, 3], rows)
    assert (found.dtype, found.tolist()) == ("float64", [0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("y", "match"), [(None, "requires y to be passed"), ([1, 2], "X has 4 rows, y has 2")]
)
def test_a_target_is_there_for_each_row(y, match):
    with pytest.raises(InputError, match=match):
        require_target(BaseEstimator(), y, fitted(X)[1])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_or_is_interrupted_leaves_the_estimator_as_it_was(error):
    estimator, _ = fitted(X)
    before = dict(vars(estimator))

    def fail():
        with unchanged_on_error(estimator):
            estimator.n_features_in_, estimator.new_ = 9, 1
            raise error("half way")

    with pytest.raises(error, match="half way"):
        fail()
    assert vars(estimator) == before
