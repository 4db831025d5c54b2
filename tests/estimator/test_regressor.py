"""Numbers in, numbers out: what the wrapper of regressors promises."""

import numpy as np
import pytest
from nets import LEARNS, groups, regressor

from keraswrap import KerasWrapperRegressor

X, INDEX = groups()


@pytest.mark.parametrize("columns", [None, 1, 3])
def test_a_regressor_predicts_in_the_shape_of_y(columns):
    slopes = np.ones((4, columns or 1))
    target = (X @ slopes)[:, 0] if columns is None else X @ slopes
    estimator = KerasWrapperRegressor(regressor, **LEARNS).fit(X, target)
    assert estimator.predict(X).shape == target.shape
    assert estimator.predict(X).dtype == "float64"
    assert estimator.score(X, target) > 0.8
