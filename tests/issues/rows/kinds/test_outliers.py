"""Rows far from all others, as cleanlab scores them."""

import numpy as np
import pytest
from cleanlab.outlier import OutOfDistribution

from keraswrap.issues.rows._kinds.outliers import find_outliers, score_outliers
from keraswrap.issues.rows._neighbors import find_neighbors


@pytest.mark.parametrize("d", [2, 12])
def test_outlier_scores_are_cleanlabs(d):
    features = np.random.default_rng(0).normal(size=(150, d)) + 1
    features[3] = -30
    neighbors = find_neighbors(features)
    theirs = OutOfDistribution().fit_score(features=features, verbose=False)
    np.testing.assert_allclose(score_outliers(neighbors.distances), theirs, rtol=1e-6)
    assert 3 in find_outliers(neighbors)[0].rows


@pytest.mark.parametrize("n", [1, 2, 19])
def test_few_rows_have_no_outliers(n):
    assert find_outliers(find_neighbors(np.ones((n, 4)))) == []


def test_equal_rows_have_no_outliers():
    assert find_outliers(find_neighbors(np.ones((50, 5)))) == []
