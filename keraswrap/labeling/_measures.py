"""Measure each annotator on people's random rows, and the cost of its right labels. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from keraswrap.issues.annotators._agreement import count_votes, mutual_agreement
from keraswrap.labeling._alt_test import alt_test
from keraswrap.labeling._asking import Answers

__all__ = ["accuracy_of", "measure_annotators"]


def accuracy_of(
    answers: np.ndarray, truth: np.ndarray, confidence: float
) -> tuple[float, float, float]:
    """Return the share of answers that are right, and its exact interval.

    Parameters
    ----------
    answers, truth : ndarray of shape (n,), int
        Indices of classes, below 0 where there is none.
    confidence : float

    Returns
    -------
    tuple of 3 floats
        The share, and Clopper and Pearson's two-sided interval; NaN, 0 and 1 without rows.

    Examples
    --------
    >>> accuracy_of(np.array([0, 1, 1, -1]), np.array([0, 1, 0, 0]), 0.9)[0].round(2)
    np.float64(0.67)
    """
    rows = (answers >= 0) & (truth >= 0)
    n = int(rows.sum())
    if not n:
        return np.nan, 0.0, 1.0
    right = int((answers[rows] == truth[rows]).sum())
    found = binomtest(right, n).proportion_ci(confidence, method="exact")
    return np.float64(right / n), float(found.low), float(found.high)


def measure_annotators(
    codes: np.ndarray,
    answers: Answers,
    told: tuple[np.ndarray, np.ndarray],
    confidence: float,
    audit: np.ndarray,
) -> pd.DataFrame:
    """Describe annotators, one per row.

    Parameters
    ----------
    codes : ndarray of shape (n, m), int
        Index of each annotator's class; -1 if there is none.
    answers : Answers
    told : (ndarray of shape (n,), ndarray of shape (a, p)), int
        The class taken as true of each row, -1 outside the audit; and each person's labels
        of the audit rows.
    confidence : float
        Of the intervals of accuracies.
    audit : ndarray of shape (n,), bool
    """
    truth, people = told
    there = codes >= 0
    accuracy = np.array([accuracy_of(column, truth, confidence) for column in codes.T])
    tests = [alt_test(column, people) for column in codes[audit].T]
    cost, right = answers.cost.sum(axis=0), there.sum(axis=0) * accuracy[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        dear = np.where(right > 0, cost / right, np.nan)
    columns = {
        "n_answers": there.sum(axis=0),
        "n_abstained": (answers.asked & ~there).sum(axis=0),
        "n_judged": (there & (truth >= 0)[:, None]).sum(axis=0),
        "accuracy": accuracy[:, 0],
        "low": accuracy[:, 1],
        "high": accuracy[:, 2],
        "agreement": mutual_agreement(codes, count_votes(codes, answers.proba.shape[2])),
        "cost": cost,
        "cost_per_right": dear,
        "winning_rate": [np.nan if test is None else test.winning_rate for test in tests],
        "may_replace": pd.Series([None if t is None else t.passed for t in tests], dtype=object),
    }
    return pd.DataFrame(columns)
