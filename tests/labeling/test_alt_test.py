"""The alternative annotator test, against plain arithmetic."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp

from keraswrap.labeling._alt_test import alt_test, by_test, why_not


def crowd(rate, n=120, p=3, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    return truth, np.where(rng.random((n, p)) < rate, truth[:, None], rng.integers(0, 3, (n, p)))


def by_hand(answers, people, epsilon):
    found = []
    for j in range(people.shape[1]):
        gaps = []
        for i in range(len(answers)):
            others = [people[i, k] for k in range(people.shape[1]) if k != j]
            mine = np.mean([answers[i] == one for one in others])
            theirs = np.mean([people[i, j] == one for one in others])
            gaps.append(float(theirs >= mine) - float(mine >= theirs))
        found.append(ttest_1samp(gaps, epsilon, alternative="less").pvalue)
    return np.array(found)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.2])
def test_p_values_are_those_of_the_paper(epsilon):
    truth, people = crowd(0.7)
    found = alt_test(truth, people, epsilon)
    expected = by_hand(truth, people, epsilon)
    assert found.p_values == pytest.approx(expected)
    passed = false_discovery_control(expected, method="by") <= 0.05
    assert found.winning_rate == pytest.approx(passed.mean())
    assert np.array_equal(by_test(expected, 0.05), passed)


def test_a_good_annotator_passes_and_a_bad_one_does_not():
    truth, people = crowd(0.8)
    rng = np.random.default_rng(1)
    assert alt_test(truth, people).passed
    assert not alt_test(rng.integers(0, 3, len(truth)), people).passed


def test_with_too_few_people_or_rows_it_says_so():
    truth, people = crowd(0.8)
    assert alt_test(truth, people[:, :1]) is None
    assert alt_test(truth[:20], people[:20]) is None
    assert "up to 20 such rows" in why_not(people[:20])
    assert not why_not(people[:, :2])
    gaps = np.where(np.arange(120)[:, None] % 3 == [0, 1, 2], -1, people)
    assert not why_not(gaps)
    assert alt_test(truth, gaps) is not None


def test_one_person_is_told_to_be_too_few():
    assert why_not(np.zeros((50, 1), int)).endswith("there is only one person.")
    assert "2 people with up to 20 such rows" in why_not(np.zeros((20, 2), int))
