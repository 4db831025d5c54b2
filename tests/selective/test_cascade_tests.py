"""The tests of cascades: their level is exact, whatever the rate of gains."""

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from keraswrap.selective._cascade_tests import (
    count_passed,
    error_p_value,
    loss_bound,
    loss_p_value,
    rows_without_loss,
)


@pytest.mark.parametrize(("errors", "answered"), [(0, 10), (3, 40), (12, 400)])
def test_the_test_of_errors_is_binomial(errors, answered):
    assert error_p_value(errors, answered, 0.05) == pytest.approx(binom.cdf(errors, answered, 0.05))


def test_without_answers_or_right_ones_nothing_is_refuted():
    assert error_p_value(0, 0, 0.05) == error_p_value(7, 7, 0.05) == 1


@pytest.mark.parametrize("gains", [0.0, 0.02, 0.1, 0.3])
def test_a_cascade_that_is_worse_by_the_margin_passes_seldom_enough(gains):
    n, margin, counts = 40, 0.1, []
    passed = 0.0
    for lost in range(n + 1):
        for gained in range(n + 1 - lost):
            counts = [lost, gained, n - lost - gained]
            chance = multinomial.pmf(counts, n, [gains + margin, gains, 1 - 2 * gains - margin])
            if chance > 1e-9 and loss_p_value(lost, gained, n, margin) <= 0.1:
                passed += chance
    assert 0.01 < passed <= 0.1 if gains < 0.2 else passed <= 0.1


def test_losses_count_against_and_gains_for_it():
    values = [[loss_p_value(lost, gained, 500, 0.02) for gained in (0, 4)] for lost in (0, 3, 12)]
    assert (np.diff(values, axis=0) > 0).all()
    assert values[1][1] < values[1][0]
    assert loss_p_value(10, 0, 500, 0.02) == 1


def test_the_bound_is_where_the_test_turns():
    bound = loss_bound(4, 2, 600, 0.9)
    assert 2 / 600 < bound < 0.02
    assert loss_p_value(4, 2, 600, bound + 1e-4) <= 0.1 < loss_p_value(4, 2, 600, bound - 1e-4)


def test_fewer_rows_than_it_says_allow_no_promise():
    fewest = rows_without_loss(0.01, 0.9)
    assert loss_p_value(0, 0, fewest, 0.01) <= 0.1 < loss_p_value(0, 0, fewest - 1, 0.01)


def test_the_sequence_ends_at_the_first_that_fails():
    read = iter([0.01, 0.09, 0.3, 0.0])
    assert count_passed(read, 0.9) == 2
    assert next(read) == 0.0
    assert count_passed([], 0.9) == 0
