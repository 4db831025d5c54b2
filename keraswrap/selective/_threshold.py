"""The lowest score at which answers are right often enough. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from keraswrap.exceptions import InputError
from keraswrap.selective._bounds import (
    check_share,
    estimate_rows,
    rows_without_error,
    upper_bound,
)
from keraswrap.selective._judge import judge
from keraswrap.selective._ordered_test import last_accepted

__all__ = ["SelectiveThreshold", "find_score_threshold", "find_threshold"]


@dataclass(frozen=True)
class SelectiveThreshold:
    """A threshold on scores, and what is promised of the rows at or above it.

    Parameters
    ----------
    threshold : float
        Rows with this score or a higher one are accepted; inf if no row can be, -inf if all
        are that have a score.
    coverage : float in [0, 1]
        Share of the rows that are accepted.
    error : float in [0, 1]
        Share of the accepted rows that are wrong; NaN if there is none.
    error_bound : float in [0, 1]
        Upper bound of the error rate, at most the target; NaN if no row is accepted.
    n : int
        Number of rows.
    n_accepted : int
    target_error, confidence : float
        What was asked for.
    level : float
        Level of the test that accepted the rows: 1 minus the confidence of `error_bound`
        had it been computed for this threshold alone.
    rows_needed : int or None
        If no row is accepted, an estimate of how many rows would allow it at the error
        rates seen; None if they are above the target, or all but equal to it, at every
        threshold, or if rows are accepted.
    """

    threshold: float
    coverage: float
    error: float
    error_bound: float
    n: int
    n_accepted: int
    target_error: float
    confidence: float
    level: float
    rows_needed: int | None


def find_score_threshold(
    scores: ArrayLike,
    correct: ArrayLike,
    target_error: float = 0.05,
    confidence: float = 0.9,
) -> SelectiveThreshold:
    """Find the lowest threshold above which errors are surely rare enough.

    The threshold that fits the observed errors best breaks its promise for new rows about
    every second time. This one is chosen among tests that are all right together.

    Parameters
    ----------
    scores : array-like of shape (n,)
        Higher for rows that are surer to be right; -inf for rows that are never accepted.
    correct : array-like of shape (n,), bool
        Whether each row's answer is right. The model must not have seen these rows.
    target_error : float in (0, 1), default=0.05
        Largest share of accepted rows that may be wrong.
    confidence : float in (0, 1), default=0.9
        Probability, over draws of the rows, that the promise holds.

    Returns
    -------
    SelectiveThreshold

    Raises
    ------
    InputError
        If scores and answers differ in number, a score is missing, or `correct` holds
        other values than True and False.
    ParameterError
        If `target_error` or `confidence` is not a number between 0 and 1.

    See Also
    --------
    find_threshold : From probabilities and labels.

    Notes
    -----
    The numbers of rows to test, counted from the highest score, are a geometric sequence
    fixed by n alone. Each test is Clopper and Pearson's exact one: the first m rows are
    accepted if their upper bound is at most the target. The level of each test is the
    highest at which rows that all err at the target's rate would pass any test with
    probability at most 1 - confidence, computed exactly; it rises after each success, as
    fewer tests remain. The largest number that passes is taken, and rows with equal scores
    stay together.

    The promise is: with probability `confidence` over draws of n independent rows, at most
    `target_error` of further rows at or above the threshold are wrong. It is exact if errors
    do not get rarer as scores fall below the threshold where the target is reached; for each
    number of rows on its own, no assumption is needed. This is Learn then Test (Angelopoulos
    et al. 2021, arXiv:2110.01052) with tests of nested rows that know of their dependence; the
    guarantee is that of Geifman and El-Yaniv (2017), Selective classification for deep neural
    networks, who use a union bound.

    Examples
    --------
    >>> import numpy as np
    >>> from keraswrap.selective import find_score_threshold
    >>> scores = np.linspace(1, 0, 400)
    >>> found = find_score_threshold(scores, np.arange(400) < 200)
    >>> found.n_accepted, found.error_bound <= 0.05
    (205, True)
    """
    target_error = check_share(target_error, "target_error")
    confidence = check_share(confidence, "confidence")
    scores, wrong = _check_scores(scores, correct)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ranked = ranked[ranked > -np.inf]
    wrong = wrong[order][: len(ranked)]
    # Where the next score is lower: a threshold cannot separate equal scores.
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]) + 1
    rows, level = last_accepted(wrong, ends, len(scores), target_error, confidence)
    # Where all rows are accepted, so are further ones with any score.
    chosen = float(np.append(np.append(np.inf, ranked[:-1]), -np.inf)[rows])
    errors = int(wrong[:rows].sum())
    return SelectiveThreshold(
        threshold=chosen,
        coverage=rows / len(scores) if rows else 0.0,
        error=errors / rows if rows else np.nan,
        error_bound=float(upper_bound(errors, rows, 1 - level)) if rows else np.nan,
        n=len(scores),
        n_accepted=rows,
        target_error=target_error,
        confidence=confidence,
        level=float(level),
        rows_needed=None if rows else estimate_rows(wrong, len(scores), target_error, confidence),
    )


def _check_scores(scores: ArrayLike, correct: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    values, right = np.asarray(scores, dtype=np.float64), np.asarray(correct)
    bad = np.isnan(values) | (values == np.inf)
    if values.ndim != 1 or bad.any():
        raise InputError(
            f"Expected scores of shape (n,), none missing or inf, got shape {values.shape} with "
            f"{int(bad.sum())} such scores. Pass -inf for rows that are never accepted."
        )
    if right.shape != values.shape or not np.isin(right, (0, 1)).all():
        raise InputError(
            f"Expected correct to be True or False for each of {len(values):,} rows, got shape "
            f"{right.shape} of dtype {right.dtype}. Pass predicted == labels."
        )
    return values, ~right.astype(bool)


def find_threshold(
    probabilities: ArrayLike,
    labels: ArrayLike,
    target_error: float = 0.05,
    confidence: float = 0.9,
    *,
    classes: ArrayLike | None = None,
    rank_by: str | Callable[[np.ndarray], object] = "max_proba",
) -> SelectiveThreshold:
    """Find the lowest threshold at which predictions are surely right often enough.

    Parameters
    ----------
    probabilities : array-like of shape (n, k)
        Of rows that the model has not seen, as out-of-fold probabilities or those of
        held-out rows. Rows of NaN, without an answer, are never accepted.
    labels : array-like of shape (n,)
        True labels. One without a column counts as wrongly predicted.
    target_error : float in (0, 1), default=0.05
        Largest share of accepted rows that may be wrong.
    confidence : float in (0, 1), default=0.9
        Probability, over draws of the rows, that the promise holds.
    classes : array-like of shape (k,), optional
        Class of each column; by default the sorted labels, which must be k.
    rank_by : {"max_proba", "margin", "entropy"} or callable, default="max_proba"
        What is compared with the threshold: the highest probability, its distance to the
        second, the negative entropy in nats, or a function of probabilities of shape
        (m, k) that returns m numbers, higher for surer rows.

    Returns
    -------
    SelectiveThreshold

    Raises
    ------
    InputError
        If probabilities are none, labels are missing, or their numbers differ.
    ParameterError
        If a parameter has an invalid value.

    See Also
    --------
    find_score_threshold : What is promised, and how it is tested.
    SelectiveClassifier : Does this around any classifier.

    Examples
    --------
    >>> import numpy as np
    >>> from keraswrap.selective import find_threshold
    >>> proba = np.tile([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55]], (40, 1))
    >>> found = find_threshold(proba, ["no", "yes", "no"] * 40)
    >>> found.threshold, round(found.coverage, 2)
    (0.8, 0.67)
    """
    scores, correct = judge(probabilities, labels, classes, rank_by)
    return find_score_threshold(scores, correct, target_error, confidence)


def why_none(found: SelectiveThreshold, of: str = "") -> str:
    """Say why no row is accepted, and how many rows would do; `of` says which rows they are.

    Examples
    --------
    >>> why_none(find_score_threshold(np.arange(9.0), np.ones(9)))[:60]
    'An error of at most 5% cannot be promised with so few rows: '
    """
    fewest = rows_without_error(found.target_error, found.confidence)
    promise = f"An error of at most {100 * found.target_error:g}% cannot be promised"
    if found.rows_needed is None and found.n >= fewest:
        return (
            f"{promise} with confidence {found.confidence:g}: of {found.n:,} rows{of}, too many "
            "are wrong at each threshold, and a better classifier is needed."
        )
    told = (
        f"{promise} with so few rows{of}: {found.n:,}, of which none can be accepted with "
        f"confidence {found.confidence:g}. Without any error it takes {fewest:,} accepted rows."
    )
    if found.rows_needed is not None:
        about = float(f"{found.rows_needed:.2g}")  # it is an estimate
        return f"{told} At the error rates seen, about {about:,.0f} rows would do."
    return told
