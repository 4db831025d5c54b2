"""Accuracy by labels: exact, and how many labels it takes."""

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from keraswrap.drift._accuracy import accuracy_interval, detectable_drop, drop_p, labels_for


@pytest.mark.parametrize("right", [0, 7, 20])
def test_the_interval_is_that_of_clopper_and_pearson(right):
    exact = binomtest(right, 20).proportion_ci(method="exact")
    assert accuracy_interval(right, 20) == pytest.approx((exact.low, exact.high))


def test_the_test_is_that_of_fisher():
    exact = fisher_exact([[75, 25], [90, 10]], alternative="less")
    assert drop_p(90, 100, 75, 100) == pytest.approx(exact.pvalue)


def test_as_many_labels_show_a_drop_as_is_said():
    needed, rng = labels_for(0.1, 0.9, 1000, 0.05), np.random.default_rng(0)
    seen = [
        drop_p(rng.binomial(1000, 0.9), 1000, rng.binomial(needed, 0.8), needed) <= 0.05
        for _ in range(2000)
    ]
    assert 0.74 <= np.mean(seen) <= 0.84
    assert detectable_drop(needed, 0.9, 1000, 0.05) == 0.1
    assert labels_for(0.01, 0.9, 50, 0.05) is None
