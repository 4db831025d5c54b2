"""The ordered tests: exact probabilities, against enumeration; what they accept."""

import itertools

import numpy as np
import pytest
from scipy.stats import binom

from keraswrap.selective._bounds import upper_bound
from keraswrap.selective._ordered_test import (
    Boundary,
    crossing,
    find_boundary,
    last_accepted,
)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5])
def test_the_probability_of_crossing_is_that_of_all_sequences(rate):
    boundary = Boundary(0.1, np.array([3, 5, 9, 12]), np.array([0, 1, 2, 4]))
    total = 0.0
    for sequence in itertools.product((0, 1), repeat=12):
        errors = np.cumsum(sequence)
        if (errors <= boundary.allowed(np.arange(1, 13))).any():
            total += rate ** errors[-1] * (1 - rate) ** (12 - errors[-1])
    assert crossing(boundary, rate) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("n", [45, 100, 1000, 100_000])
@pytest.mark.parametrize(("target", "confidence"), [(0.05, 0.9), (0.2, 0.95)])
def test_all_tests_together_keep_the_confidence_and_use_most_of_it(n, target, confidence):
    boundary = find_boundary(n, target, confidence)
    assert crossing(boundary, target) <= 1 - confidence
    # Numbers of errors are whole, so that few tests cannot use all of it.
    assert crossing(boundary, target) > (0.4 if n < 1000 else 0.9) * (1 - confidence)


@pytest.mark.parametrize("n", [45, 300, 5000])
def test_each_test_is_the_exact_binomial_one(n):
    boundary = find_boundary(n, 0.05, 0.9)
    assert (binom.cdf(boundary.errors, boundary.rows, 0.05) <= boundary.level).all()
    assert (upper_bound(boundary.errors, boundary.rows, 1 - boundary.level) <= 0.05 + 1e-12).all()
    assert (np.diff(boundary.errors) > 0).all()


def test_fewer_tests_have_a_higher_level():
    levels = [find_boundary(1000, 0.05, 0.9, start).level for start in (1, 100, 400, 900)]
    assert levels == sorted(levels)
    assert levels[0] < levels[-1] <= 0.1


def test_the_first_numbers_of_rows_may_fail():
    # One error among the very first rows stops no later test.
    wrong = np.zeros(400, bool)
    wrong[:3] = True
    assert last_accepted(wrong, np.arange(1, 401), 400, 0.05, 0.9)[0] == 400


def test_after_a_success_larger_numbers_are_tested_at_a_higher_level():
    wrong = np.zeros(300, bool)
    wrong[200::9] = True
    first = find_boundary(300, 0.05, 0.9)
    ends, errors = np.arange(1, 301), np.cumsum(wrong)
    alone = ends[errors <= first.allowed(ends)][-1]
    rows, level = last_accepted(wrong, ends, 300, 0.05, 0.9)
    assert rows >= alone
    assert level >= first.level


@pytest.mark.parametrize(("n", "accepted"), [(44, 0), (45, 45), (46, 46), (60, 60), (90, 90)])
def test_rows_without_any_error_are_accepted_as_soon_as_a_single_test_would(n, accepted):
    assert last_accepted(np.zeros(n, bool), np.arange(1, n + 1), n, 0.05, 0.9)[0] == accepted


def test_no_rows_are_no_promise():
    assert last_accepted(np.zeros(0, bool), np.zeros(0, int), 0, 0.05, 0.9)[0] == 0
