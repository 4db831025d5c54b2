"""Find the score from which labels are accepted, by exact tests on random rows. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from keraswrap.selective import find_score_threshold
from keraswrap.selective._threshold import why_none

__all__ = ["Acceptance", "accept"]

# Times the drawn rows: so many rows that it hardly matters that none is drawn twice.
_MANY = 1000


@dataclass(frozen=True)
class Acceptance:
    """The probability from which labels are accepted, and what is promised about them.

    Parameters
    ----------
    promise : {"accepted", "all"}
        Whether the error is that of the accepted labels, or of all rows once people have
        labeled the others.
    threshold : float
        Rows whose suggested label has at least this probability are accepted; inf if none
        can be.
    n_audit, n_accepted, n_wrong : int
        Number of people's random rows, of those at or above the threshold, and of the wrong
        ones among these.
    error : float in [0, 1]
        Estimate of the error: `n_wrong` of the accepted audit rows or, for "all", of all
        audit rows, times the share of rows outside the audit. NaN if none is accepted.
    error_bound : float in [0, 1]
        Upper bound of the error, at most `target_error`; NaN if none is accepted.
    target_error, confidence : float
        What was asked for.
    reason : str
        Why no row is accepted; empty if some are.
    """

    promise: str
    threshold: float
    n_audit: int
    n_accepted: int
    n_wrong: int
    error: float
    error_bound: float
    target_error: float
    confidence: float
    reason: str = ""


def accept(
    scores: np.ndarray,
    correct: np.ndarray,
    asked: tuple[float, float],
    promise: str = "accepted",
    n_rows: int | None = None,
) -> Acceptance:
    """Find the lowest probability from which labels may be accepted.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Probability of the suggested label of each of people's random rows; -inf without an
        answer.
    correct : ndarray of shape (n,), bool
        Whether people say the same.
    asked : (float, float)
        Target error and confidence.
    n_rows : int, optional
        Number of all rows, of which those above were drawn at random. By default so many
        that the draw leaves as many errors as there were.

    Notes
    -----
    The promise for accepted labels is that of `find_score_threshold`. That for all rows is
    simpler: the number of rows that are accepted and wrong can only grow as the threshold
    falls. So thresholds are tested from the highest down, each at the full level, and the
    last one before a test fails is used (fixed-sequence testing; Candès, Ilyas and Zrnic
    2025, Probably approximately correct labels, arXiv:2506.10908).

    What is tested is the number of errors that remain, since people have corrected those
    that they saw. Say that K would be too many. The threshold at which the K-th remains
    is passed only if people saw at most the e allowed errors before it. Then at most e of
    the first K + e errors were drawn, which a hypergeometric distribution gives. So the
    promise holds for these rows, not only for others like them, however many were drawn.

    Examples
    --------
    >>> scores = np.linspace(1, 0.5, 200)
    >>> right = np.arange(200) < 150
    >>> [accept(scores, right, (0.05, 0.9), to).n_accepted for to in ("accepted", "all")]
    [153, 155]
    """
    if not len(scores):
        return _nothing(promise, 0, asked, "People have labeled no random rows to measure by.")
    find = _of_accepted if promise == "accepted" else _of_all
    return find(scores, correct, asked, n_rows or len(scores) * _MANY)


def _of_accepted(
    scores: np.ndarray, correct: np.ndarray, asked: tuple[float, float], n_rows: int
) -> Acceptance:
    found = find_score_threshold(scores, correct, *asked)
    if not found.n_accepted:
        return _nothing("accepted", found.n, asked, why_none(found))
    wrong = round(found.error * found.n_accepted)
    # All scores that the audit has; lower ones have not been tested.
    least = max(found.threshold, float(scores[scores > -np.inf].min()))
    told = (found.n, found.n_accepted, wrong, found.error, found.error_bound)
    return Acceptance("accepted", least, *told, *asked)


def _of_all(
    scores: np.ndarray, correct: np.ndarray, asked: tuple[float, float], n_rows: int
) -> Acceptance:
    n, (target, confidence) = len(scores), asked
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    errors = np.cumsum(~correct[order])
    passed = may_remain(errors, n, n_rows, math.floor(target * n_rows) + 1) <= 1 - confidence
    last = np.append(ranked[1:] < ranked[:-1], True) & (ranked > -np.inf)
    # Errors only grow, so the tests that pass are the first ones.
    ends = np.flatnonzero(passed & last)
    if not len(ends):
        reason = (
            f"With {n:,} random rows, too many of the surest labels are wrong to promise an error "
            f"of at most {100 * target:g}% of all rows."
        )
        return _nothing("all", n, asked, reason)
    end = int(ends[-1])
    seen = int(errors[end])
    bound = most_remaining(seen, n, n_rows, confidence) / n_rows
    told = (n, end + 1, seen, (1 - n / n_rows) * seen / n, bound)
    return Acceptance("all", float(ranked[end]), *told, *asked)


def may_remain(seen: np.ndarray, n: int, n_rows: int, remaining: int) -> np.ndarray:
    """Return how probable as few errors are among random rows if many remain in the others.

    Parameters
    ----------
    seen : ndarray of int
        Errors among the `n` rows drawn from `n_rows`.
    remaining : int
        Errors in the others.

    Returns
    -------
    ndarray of float
        Probability of at most `seen` errors.

    Examples
    --------
    >>> may_remain(np.array([0, 1]), 2, 4, 1).tolist(), may_remain(np.array([0]), 2, 4, 3).tolist()
    ([0.5, 0.8333333333333334], [0.0])
    """
    wrong = remaining + seen
    # More errors than there are rows cannot remain.
    found = hypergeom.cdf(seen, n_rows, np.minimum(wrong, n_rows), n)
    return np.where((remaining > n_rows - n) | (wrong > n_rows), 0.0, found)


def most_remaining(seen: int, n: int, n_rows: int, confidence: float) -> int:
    """Return an upper bound of the errors that remain in rows that were not drawn.

    Examples
    --------
    >>> most_remaining(0, 45, 1000, 0.9), most_remaining(0, 1000, 1000, 0.9)
    (48, 0)
    """
    low, high = 0, n_rows - n
    while low < high:
        middle = (low + high + 1) // 2
        possible = may_remain(np.array([seen]), n, n_rows, middle)[0] > 1 - confidence
        low, high = (middle, high) if possible else (low, middle - 1)
    return low


def _nothing(promise: str, n: int, asked: tuple[float, float], reason: str) -> Acceptance:
    return Acceptance(promise, np.inf, n, 0, 0, np.nan, np.nan, *asked, reason)
