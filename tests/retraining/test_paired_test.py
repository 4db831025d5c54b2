import numpy as np
import pytest
from scipy import stats

from keraswrap.exceptions import InputError
from keraswrap.retraining._paired_test import (
    fewest_rows,
    level_of,
    paired_test,
    sign_p,
    tango_interval,
)


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (1, 7), (7, 1), (12, 3), (40, 40)])
def test_the_p_value_is_that_of_an_exact_binomial_test(better, worse):
    told = stats.binomtest(better, max(1, better + worse), alternative="greater").pvalue
    assert sign_p(better, worse) == pytest.approx(told if better + worse else 1.0)


# Airway reactivity before and after transplantation: Fagerland, Lydersen and Laake (2014), table 9.
def test_the_interval_is_the_published_one():
    assert tango_interval(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(("better", "worse", "n"), [(0, 0, 50), (3, 0, 40), (0, 5, 5), (8, 2, 30)])
def test_the_ends_are_where_the_score_test_just_rejects(better, worse, n):
    for end in tango_interval(better, worse, n):
        if abs(end) < 1:
            # The likeliest shares under this difference, found by a search.
            least = np.linspace(max(0.0, -end), (1 - end) / 2, 200_001)
            with np.errstate(divide="ignore", invalid="ignore"):
                fit = (
                    np.where(better, better * np.log(least + end), 0)
                    + np.where(worse, worse * np.log(least), 0)
                    + (n - better - worse) * np.log(1 - 2 * least - end)
                )
            q = least[np.nanargmax(fit)]
            z = (better - worse - n * end) / np.sqrt(n * (2 * q + end - end**2))
            assert abs(z) == pytest.approx(stats.norm.ppf(0.975), rel=2e-3)


def test_no_answer_is_better_than_a_wrong_one_and_worse_than_a_right_one():
    old, new = np.array([-1, 0, 1, 0, -1]), np.array([0, 1, 0, -1, -1])
    found = paired_test(old, new, 0.05)
    assert (found.better, found.worse, found.difference) == (2, 2, 0.0)
    assert found.accuracy == (0.2, 0.2)
    assert found.coverage == (0.6, 0.6)
    assert found.wrong == pytest.approx((2 / 3, 2 / 3))


def test_without_any_answer_the_share_of_wrong_ones_is_unknown():
    found = paired_test(np.array([0, 0]), np.array([1, 0]), 0.05)
    assert np.isnan(found.wrong[0])
    assert found.wrong[1] == 0.0


def test_levels_add_up_to_alpha():
    assert sum(level_of(0.05, n) for n in range(1, 200)) == pytest.approx(0.05 * (1 - 1 / 200))


@pytest.mark.parametrize("level", [0.05, 0.025, 0.01, 1 / 32])
def test_the_fewest_rows_just_win(level):
    n = fewest_rows(level)
    assert sign_p(n, 0) <= level < sign_p(n - 1, 0)


@pytest.mark.parametrize(("old", "new"), [([], []), ([1], [1, 1]), ([[1]], [[1]])])
def test_outcomes_of_other_rows_are_refused(old, new):
    with pytest.raises(InputError, match="Expected outcomes of the same rows"):
        paired_test(np.array(old), np.array(new), 0.05)


def replaced_in(draws, rounds, rows, seed):
    """How often one of several tests of equally good models, on growing test rows, is won."""
    rng = np.random.default_rng(seed)
    count = 0
    for _ in range(draws):
        easy = rng.random(rounds * rows)  # both models are right on much the same rows
        champion = np.where(rng.random(rounds * rows) < 0.5 + 0.4 * easy, 1, -1)
        for number in range(1, rounds + 1):
            challenger = np.where(rng.random(rounds * rows) < 0.5 + 0.4 * easy, 1, -1)
            n = number * rows
            level = level_of(0.05, number)
            if paired_test(champion[:n], challenger[:n], level).won:
                count += 1
                break
    return count


def test_an_equally_good_model_rarely_wins_any_of_ten_tests():
    # Of 200 draws at most 5%, and by chance no more than the 99th percentile of that.
    assert replaced_in(200, 10, 100, seed=0) <= stats.binom.ppf(0.99, 200, 0.05)
