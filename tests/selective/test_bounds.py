"""Exact binomial bounds, against scipy's tests and closed forms."""

import math

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from keraswrap.exceptions import ParameterError
from keraswrap.selective._bounds import (
    check_share,
    estimate_rows,
    rows_without_error,
    upper_bound,
)


@pytest.mark.parametrize(("errors", "rows"), [(0, 1), (0, 45), (3, 80), (40, 1000), (9, 10)])
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.99])
def test_the_bound_is_clopper_and_pearsons(errors, rows, confidence):
    test = binomtest(errors, rows, alternative="less")
    interval = test.proportion_ci(confidence, method="exact")
    assert upper_bound(errors, rows, confidence) == pytest.approx(interval.high, rel=1e-9)
    quantile = beta.ppf(confidence, errors + 1, rows - errors)
    assert upper_bound(errors, rows, confidence) == pytest.approx(quantile, rel=1e-9)


def test_without_errors_the_bound_has_a_closed_form():
    rows = np.array([1, 10, 45, 1000])
    assert upper_bound(0, rows, 0.9) == pytest.approx(1 - 0.1 ** (1 / rows))


@pytest.mark.parametrize(("errors", "rows"), [(0, 0), (5, 5)])
def test_nothing_is_known_where_all_rows_are_wrong_or_there_are_none(errors, rows):
    assert upper_bound(errors, rows, 0.9) == 1.0


@pytest.mark.parametrize(("target", "confidence"), [(0.05, 0.9), (0.01, 0.95), (0.2, 0.5)])
def test_the_fewest_rows_are_the_first_whose_bound_is_low_enough(target, confidence):
    fewest = rows_without_error(target, confidence)
    assert upper_bound(0, fewest, confidence) <= target < upper_bound(0, fewest - 1, confidence)
    assert fewest == math.ceil(math.log(1 - confidence) / math.log(1 - target))


def test_more_rows_are_needed_where_errors_are_closer_to_the_target():
    needed = [estimate_rows(np.arange(200) % every == 0, 200, 0.05, 0.9) for every in (90, 45, 30)]
    assert needed == sorted(needed)
    assert estimate_rows(np.ones(50, bool), 50, 0.05, 0.9) is None


@pytest.mark.parametrize("value", [0, 1, -0.1, 1.5, math.nan, math.inf, True, "0.1", None])
def test_a_share_is_between_0_and_1(value):
    with pytest.raises(ParameterError, match="target_error to be a number between 0 and 1"):
        check_share(value, "target_error")


def test_absurd_numbers_of_rows_are_not_told():
    wrong = np.arange(400) % 10 == 0
    assert estimate_rows(wrong, 400, 40.5 / 401 + 1e-9, 0.9) is None


@pytest.mark.parametrize(("rows", "errors", "most"), [(44, [], 130), (60, [20, 40], 3000)])
def test_a_few_rows_with_few_errors_need_more_rows_not_a_better_classifier(rows, errors, most):
    needed = estimate_rows(np.isin(np.arange(rows), errors), rows, 0.05, 0.9)
    assert rows < needed < most
