"""Measures of annotators, against counts by hand and the definition of the exact interval."""

import numpy as np
import pytest
from scipy.stats import beta

from keraswrap.labeling._alt_test import alt_test
from keraswrap.labeling._asking import Answers
from keraswrap.labeling._measures import accuracy_of, measure_annotators


@pytest.mark.parametrize(("right", "n"), [(0, 5), (3, 5), (5, 5), (47, 60)])
def test_the_interval_is_clopper_and_pearson_s(right, n):
    answers = np.array([0] * right + [1] * (n - right) + [-1, 0])
    truth = np.array([0] * n + [0, -2])  # one row without an answer, one without a truth
    low = beta.ppf(0.1, right, n - right + 1) if right else 0.0
    high = beta.ppf(0.9, right + 1, n - right) if right < n else 1.0
    assert accuracy_of(answers, truth, 0.8) == pytest.approx((right / n, low, high))


def test_without_rows_nothing_is_known():
    share, low, high = accuracy_of(np.array([0, -1]), np.array([-1, 1]), 0.9)
    assert np.isnan(share)
    assert (low, high) == (0.0, 1.0)


CODES = np.array([[0, 0], [1, 0], [1, -1], [0, 1], [-1, 1], [0, -1]])
TRUTH = np.array([0, 1, 0, 0, 1, -1])


def measured(codes=CODES, truth=TRUTH, people=None):
    answers = Answers(
        proba=np.zeros((*codes.shape, 2)),
        asked=np.ones(codes.shape, bool),
        cost=np.full(codes.shape, [0.5, 0.0]),
    )
    answers.asked[5, 1] = False  # no answer, as it was not asked
    audit = truth >= 0
    told = truth, truth[audit][:, None] if people is None else people
    return measure_annotators(codes, answers, told, 0.9, audit)


def test_counts_shares_and_costs_are_those_counted_by_hand():
    found = measured()
    assert found["n_answers"].tolist() == [5, 4]
    assert found["n_abstained"].tolist() == [1, 1]
    assert found["n_judged"].tolist() == [4, 4]
    assert found["accuracy"].tolist() == [0.75, 0.5]
    # Both answered three rows, and said the same of the first.
    assert found["agreement"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert found["cost"].tolist() == [3.0, 0.0]
    # Three quarters of 5 answers are right.
    assert found["cost_per_right"].tolist() == pytest.approx([3 / 3.75, 0.0])
    assert found["winning_rate"].isna().all()
    assert found["may_replace"].tolist() == [None, None]


def test_an_annotator_that_is_never_right_has_no_price_of_a_right_label():
    wrong = measured(np.where(CODES < 0, -1, 1 - np.abs(TRUTH)[:, None]))
    assert wrong["accuracy"].tolist() == [0.0, 0.0]
    assert wrong["cost_per_right"].isna().all()
    unknown = measured(truth=np.full(6, -1))
    assert unknown[["accuracy", "cost_per_right", "winning_rate"]].isna().all(axis=None)


def test_the_alternative_annotator_test_is_made_on_the_rows_of_the_audit():
    rng = np.random.default_rng(0)
    truth = np.where(np.arange(150) < 120, rng.integers(0, 2, 150), -1)
    people = np.where(rng.random((120, 3)) < 0.8, truth[:120, None], 1 - truth[:120, None])
    codes = np.stack([np.abs(truth), 1 - np.abs(truth)], axis=1)
    found = measured(codes, truth, people)
    assert found["may_replace"].tolist() == [True, False]
    expected = [alt_test(column[:120], people).winning_rate for column in codes.T]
    assert found["winning_rate"].tolist() == expected == [1.0, 0.0]
