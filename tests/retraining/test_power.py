import numpy as np
import pytest

from keraswrap.retraining._paired_test import sign_p
from keraswrap.retraining._power import power_of, rows_needed, smallest_gain


@pytest.mark.parametrize(("n", "gain", "differ"), [(60, 0.2, 0.4), (150, 0.1, 0.2)])
def test_power_is_the_share_of_simulated_tests_that_are_won(n, gain, differ):
    rng = np.random.default_rng(0)
    shares = [(differ + gain) / 2, (differ - gain) / 2, 1 - differ]
    draws = rng.multinomial(n, shares, size=4000)
    won = np.mean([sign_p(better, worse) <= 0.025 for better, worse, _ in draws])
    assert power_of(n, gain, differ, 0.025) == pytest.approx(won, abs=0.025)


def test_the_rows_needed_just_have_the_power():
    n = rows_needed(0.05, 0.15, 0.025)
    assert power_of(n, 0.05, 0.15, 0.025) == pytest.approx(0.8, abs=0.005)


def test_the_smallest_gain_of_the_rows_needed_is_the_gain():
    assert smallest_gain(rows_needed(0.1, 0.2, 0.01), 0.2, 0.01) == pytest.approx(0.1, abs=0.001)


def test_few_rows_show_no_gain():
    assert smallest_gain(10, 0.15, 0.025) is None
