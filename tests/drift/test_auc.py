"""The area under the curve, and an interval that has a length everywhere."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keraswrap.drift._auc import auc, auc_interval, standard_error


def test_the_area_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    is_new, scores = rng.random(200) < 0.3, rng.integers(0, 9, 200).astype(float)
    assert auc(scores, is_new) == pytest.approx(roc_auc_score(is_new, scores), abs=1e-12)
    assert auc(-scores, is_new) == pytest.approx(1 - auc(scores, is_new), abs=1e-12)


@pytest.mark.parametrize("is_new", [np.ones(3, bool), np.zeros(3, bool)])
def test_one_group_alone_cannot_be_told_apart(is_new):
    assert auc(np.arange(3.0), is_new) == 0.5


def test_the_error_is_that_of_hanley_and_mcneil():
    # Their formula with Q1 and Q2 replaced by Newcombe's: at 0.5 of n = m it is
    # sqrt(0.25 (1 + (n - 1) 2/3) / n²), as (1 - a) / (2 - a) + a / (1 + a) is 2/3 there.
    expected = np.sqrt(0.25 * (1 + 49 * 2 / 3) / 50**2)
    assert standard_error(0.5, 50, 50) == pytest.approx(expected, rel=1e-12)
    assert standard_error(1.0, 50, 50) == 0.0


@pytest.mark.parametrize("value", [0.0, 0.3, 0.5, 1.0])
def test_ends_lie_as_many_errors_away_as_they_should(value):
    low, high = auc_interval(value, 40, 60)
    for end in {low, high} - {value}:
        assert abs(value - end) == pytest.approx(1.959964 * standard_error(end, 40, 60), rel=1e-5)
    mirrored = auc_interval(1 - value, 40, 60)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high), abs=1e-9)
    assert (low == 0.0, high == 1.0) == (value == 0.0, value == 1.0)
