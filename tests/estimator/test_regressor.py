"""Numbers in, numbers out: what the wrapper of regressors promises."""

import numpy as np
import pytest
from nets import LEARNS, QUICK, groups, regressor
from sklearn.metrics import r2_score

from keraswrap import KerasWrapperRegressor

X, _ = groups()


@pytest.mark.parametrize("columns", [None, 1, 3])
def test_a_regressor_predicts_in_the_shape_of_y(columns):
    slopes = np.ones((4, columns or 1))
    target = (X @ slopes)[:, 0] if columns is None else X @ slopes
    estimator = KerasWrapperRegressor(regressor, **LEARNS).fit(X, target)
    assert estimator.predict(X).shape == target.shape
    assert estimator.predict(X).dtype == "float64"
    assert estimator.score(X, target) > 0.8


def test_the_score_is_scikit_learns_of_known_numbers_and_weights():
    target, weights = X @ np.ones((4, 2)), np.linspace(0, 2, len(X))
    estimator = KerasWrapperRegressor(regressor, **QUICK).fit(X, target)
    expected = r2_score(target, estimator.predict(X), sample_weight=weights)
    assert estimator.score(X, target, weights) == pytest.approx(expected)
    assert estimator.n_outputs_ == 2
