"""Judging probabilities: which column is on top, whether it is right, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.selective._judge import check_probabilities, judge, top_columns

NAN = np.nan
PROBA = [[0.2, 0.5, 0.3], [0.1, 0.1, 0.2], [NAN, NAN, NAN], [0.5, NAN, 0.5], [0.4, 0.4, 0.2]]
LABELS = ["b", "a", "a", "a", "a"]


def test_the_first_of_the_likeliest_classes_counts_and_rows_with_gaps_never():
    scores, right = judge(PROBA, LABELS, ["a", "b", "c"], "max_proba")
    assert scores.tolist() == [0.5, 0.2, -np.inf, -np.inf, 0.4]
    assert right.tolist() == [True, False, False, False, True]
    top, answered = top_columns(np.array(PROBA))
    assert top.tolist() == [1, 2, 0, 0, 0]
    assert answered.tolist() == [True, True, False, False, True]


def test_without_classes_they_are_the_labels_in_order_and_a_label_outside_is_an_error():
    proba = [[0.9, 0.1], [0.2, 0.8], [0.2, 0.8]]
    assert judge(proba, ["y", "x", "y"], None, "margin")[1].tolist() == [False, False, True]
    assert judge(proba, ["y", "x", "z"], ["y", "x"], "margin")[1].tolist() == [True, True, False]


@pytest.mark.parametrize("score", ["max_proba", "margin", "entropy"])
def test_what_is_below_0_or_above_1_by_rounding_is_taken(score):
    scores, right = judge([[-1e-9, 1 + 1e-9], [0.0, 1.0]], [1, 1], [0, 1], score)
    assert scores[0] == pytest.approx(scores[1], abs=1e-8)
    assert right.all()


@pytest.mark.parametrize("proba", [[[True, False]], [[1, 0]], pd.DataFrame([[0.5, 0.25]])])
def test_probabilities_come_in_any_array_of_numbers_and_may_sum_to_less(proba):
    assert check_probabilities(proba).shape == (1, 2)


@pytest.mark.parametrize(
    ("proba", "match"),
    [
        ([0.5, 0.5], r"of shape \(n, k\), a column for each class, got shape \(2,\)"),
        (np.empty((3, 0)), r"got shape \(3, 0\)"),
        ([["a", "b"]], r"got shape \(1, 2\) of dtype <U1"),
        ([[0.6, 0.6], [0.5, 0.5], [2.0, 0.0]], r"got \[0.6, 0.6\] and 2 such rows"),
        ([[-0.1, 0.5]], r"got \[-0.1, 0.5\] and 1 such rows"),
        ([[np.inf, 0.5]], "and 1 such rows"),
    ],
)
def test_what_are_no_probabilities_is_refused(proba, match):
    with pytest.raises(InputError, match=match):
        check_probabilities(proba)


@pytest.mark.parametrize(
    ("labels", "classes", "match"),
    [
        (["a"], ["a", "b"], r"got 1 labels, 2 classes and shape \(2, 2\). Pass classes="),
        (["a", "a"], None, r"got 2 labels, 1 classes and shape \(2, 2\)"),
        (["a", "b"], ["a", "b", "c"], r"got 2 labels, 3 classes and shape \(2, 2\)"),
        (["a", "b"], ["a", "a"], r"classes that differ, got \['a', 'a'\]"),
        (["a", "b"], [0, 1], r"labels among the classes, such as \[0, 1\], got \['a', 'b'\]"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, classes, match):
    with pytest.raises(InputError, match=match):
        judge([[0.5, 0.5]] * 2, labels, classes, "max_proba")
