"""Thresholds of all stages of a cascade, learned together. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.selective._bounds import check_share, estimate_rows, rows_without_error
from keraswrap.selective._cascade_choice import CascadeThresholds, choose_cascade
from keraswrap.selective._cascade_path import Goal, lay_path
from keraswrap.selective._cascade_tests import rows_without_loss
from keraswrap.selective._costs import read_costs
from keraswrap.selective._judge import judge

__all__ = ["find_cascade_thresholds"]

# Share of the rows that the path of cascades is laid on, and their largest number. With 300
# rows or 1,000, more of them lower the coverage and fewer hardly lower the cost.
_PATH_SHARE, _MOST_PATH_ROWS = 1 / 3, 2000
# An unanswered row counts as much as asking all stages so many times.
_UNANSWERED = 10.0


def find_cascade_thresholds(
    probabilities: Sequence[ArrayLike],
    labels: ArrayLike,
    costs: ArrayLike,
    target_error: float | str = 0.05,
    confidence: float = 0.9,
    *,
    margin: float = 0.01,
    unanswered_cost: float | None = None,
    classes: ArrayLike | None = None,
    rank_by: str | Callable[[np.ndarray], object] = "max_proba",
    groups: ArrayLike | None = None,
    random_state: int = 0,
) -> CascadeThresholds:
    """Find the cheapest thresholds of a cascade whose answers are surely right often enough.

    Parameters
    ----------
    probabilities : sequence of s array-likes of shape (n, k)
        Of each stage, from the cheapest to the dearest, for rows that it has not seen. Rows
        of NaN have no answer.
    labels : array-like of shape (n,)
    costs : array-like of shape (s,)
        What asking each stage costs per row, in any unit.
    target_error : float in (0, 1) or "last", default=0.05
        Largest share of answers that may be wrong, or as good as the last stage: see
        :class:`CascadeClassifier`.
    confidence : float in (0, 1), default=0.9
    margin : float in (0, 1), default=0.01
        With ``"last"``: how much larger the error may be than that of the last stage alone.
    unanswered_cost : float, optional
        Cost of a row that nobody answers; by default ten times that of all stages. Not used
        with ``"last"``.
    classes : array-like of shape (k,), optional
        Class of each column; by default the sorted labels.
    rank_by : {"max_proba", "margin", "entropy"} or callable, default="max_proba"
    groups : array-like of shape (n,), optional
        Rows of a group are either tested or used to find what to test.
    random_state : int, default=0
        Which rows are tested.

    Returns
    -------
    CascadeThresholds
        If nothing can be promised, ``n_passed`` is 0 and ``rows_needed`` may tell how many
        rows would do: no row is answered or, with ``"last"``, all are by the last stage.

    Raises
    ------
    InputError
        If probabilities and labels do not match, or there is only one group.
    ParameterError
        If a parameter has an invalid value.

    See Also
    --------
    CascadeClassifier : Does this around classifiers; its notes tell what is promised.

    Examples
    --------
    >>> import numpy as np
    >>> from keraswrap.selective import find_cascade_thresholds
    >>> y = np.arange(600) % 2
    >>> dear, sure = np.eye(2)[y] * 0.8 + 0.1, y == np.arange(600) % 4
    >>> cheap = np.where(sure[:, None], dear, 0.5)
    >>> found = find_cascade_thresholds([cheap, dear], y, [1, 100])
    >>> found.stage_shares.round(1).tolist(), round(found.cost)
    ([0.5, 0.5], 52)
    """
    costs = read_costs(costs, len(probabilities))
    goal = make_goal(target_error, confidence, margin, unanswered_cost, costs)
    judged = [judge(proba, labels, classes, rank_by) for proba in probabilities]
    scores = np.stack([score for score, _ in judged], axis=1)
    correct = np.stack([right for _, right in judged], axis=1)
    laid = split_parts(len(scores), groups, random_state)
    tested = (scores[~laid], correct[~laid])
    # Fewer rows could pass no test.
    enough = laid.any() and len(tested[0]) >= fewest_tested(goal)
    given = (scores[laid], correct[laid], costs, goal, len(tested[0]))
    path = lay_path(*given) if enough else np.empty((0, len(costs)))
    found = choose_cascade(*tested, costs, goal, path)
    return found if found.n_passed else replace(found, rows_needed=estimate_needed(*tested, goal))


def make_goal(
    target_error: object,
    confidence: object,
    margin: object,
    unanswered_cost: object,
    costs: np.ndarray,
) -> Goal:
    """Return what is promised, or raise ParameterError.

    Examples
    --------
    >>> make_goal("last", 0.9, 0.02, None, np.ones(2))
    Goal(limit=0.02, confidence=0.9, to_last=True, unanswered_cost=0.0)
    """
    confidence = check_share(confidence, "confidence")
    if isinstance(target_error, str) and target_error == "last":
        return Goal(check_share(margin, "margin"), confidence, True, 0.0)
    if isinstance(target_error, str):
        raise ParameterError(
            f"Expected target_error to be a number between 0 and 1 or 'last', got {target_error!r}."
        )
    limit = check_share(target_error, "target_error")
    # Where all stages are free, an unanswered row still costs more than an answer.
    asked = float(costs.sum()) or 1.0
    dear = _UNANSWERED * asked if unanswered_cost is None else unanswered_cost
    if (
        isinstance(dear, bool)
        or not isinstance(dear, int | float | np.number)
        or not (0 <= dear < np.inf)
    ):
        raise ParameterError(f"Expected unanswered_cost as a number ≥ 0, got {dear!r:.60}.")
    return Goal(limit, confidence, False, float(dear))


def fewest_tested(goal: Goal) -> int:
    """Return how many tested rows are the fewest that allow a promise, if none is wrong.

    Examples
    --------
    >>> fewest_tested(Goal(0.05, 0.9, False, 1.0))
    45
    """
    fewest = rows_without_loss if goal.to_last else rows_without_error
    return fewest(goal.limit, goal.confidence)


def rows_for(n_tested: int) -> int:
    """Return how many rows it takes to test so many of them.

    Examples
    --------
    >>> rows_for(45), rows_for(10_000)
    (68, 12000)
    """
    return min(math.ceil(n_tested / (1 - _PATH_SHARE)), n_tested + _MOST_PATH_ROWS)


def estimate_needed(scores: np.ndarray, correct: np.ndarray, goal: Goal) -> int | None:
    """Estimate how many rows would allow a promise, by the stage that needs fewest.

    Parameters
    ----------
    scores, correct : ndarray of shape (n, s)
        Of the tested rows.
    goal : Goal

    Returns
    -------
    int or None
        None if no stage is right often enough.

    Examples
    --------
    >>> scores = np.linspace(0, 1, 40)[:, None]
    >>> estimate_needed(scores, scores >= 0, Goal(0.05, 0.9, False, 1.0))
    192
    """
    if goal.to_last:
        return rows_for(fewest_tested(goal)) if len(scores) < fewest_tested(goal) else None
    each = []
    for score, right in zip(scores.T, correct.T, strict=True):
        order = np.argsort(-score, kind="stable")[: int((score > -np.inf).sum())]
        each.append(estimate_rows(~right[order], len(score), goal.limit, goal.confidence))
    known = [rows for rows in each if rows is not None]
    return rows_for(min(known)) if known else None


def split_parts(n: int, groups: ArrayLike | None, seed: int) -> np.ndarray:
    """Return which rows shape the path of cascades; the others are tested.

    Examples
    --------
    >>> split_parts(6, ["a", "a", "b", "b", "c", "c"], 0).tolist()
    [False, False, False, False, True, True]
    """
    codes = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    if groups is not None and codes.max() < 1:
        raise InputError(
            f"Expected at least 2 groups, to test on one what the other shapes, got 1 of {n:,} "
            "rows. Pass rows of more groups."
        )
    order = np.random.default_rng(seed).permutation(codes.max() + 1)
    size = np.cumsum(np.bincount(codes)[order])
    most = min(round(n * _PATH_SHARE), _MOST_PATH_ROWS)
    laid = order[size <= most]
    if not len(laid) and len(order) > 1:  # all groups are large, or the first one is
        laid = np.argsort(np.bincount(codes), kind="stable")[:1]
    return np.isin(codes, laid)
