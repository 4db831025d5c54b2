"""The interval of paired differences is Student's."""

import numpy as np
import pytest
from scipy import stats

from keraswrap._paired import paired_interval


@pytest.mark.parametrize("n", [2, 7, 300])
def test_the_interval_is_that_of_the_t_test(n):
    difference = np.random.default_rng(n).integers(-1, 2, n).astype(float)
    expected = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
    np.testing.assert_allclose(paired_interval(difference), expected, rtol=1e-12)


def test_one_row_has_no_interval():
    assert paired_interval(np.ones(1)) is None
