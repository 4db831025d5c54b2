"""Thresholds of all stages of a cascade, learned together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.selective._bounds import check_share, rows_without_error, upper_bound
from keraswrap.selective._cascade_path import Goal, choose_stages, lay_path, sum_costs
from keraswrap.selective._cascade_tests import (
    count_passed,
    error_p_value,
    loss_bound,
    loss_p_value,
    rows_without_loss,
)
from keraswrap.selective._judge import judge

__all__ = ["CascadeThresholds", "find_cascade_thresholds"]

# Share of the rows that the path of cascades is laid on, and their largest number. With 300
# rows or 1,000, more of them lower the coverage and fewer hardly lower the cost.
_PATH_SHARE, _MOST_PATH_ROWS = 1 / 3, 2000
# An unanswered row counts as much as asking all stages so many times.
_UNANSWERED = 10.0


@dataclass(frozen=True)
class CascadeThresholds:
    """Thresholds of a cascade, and what is promised and expected of it.

    Shares, costs and errors are those of the tested rows.

    Parameters
    ----------
    thresholds : ndarray of shape (s,)
        A stage answers rows with this score or a higher one; inf for a stage that is not
        asked, -inf for a last stage that answers all rows.
    stage_shares : ndarray of shape (s,)
        Share of the rows that each stage answers.
    coverage : float in [0, 1]
        Share of the rows that any stage answers.
    cost : float
        Mean cost of a row.
    error : float
        Share of the answers that are wrong; NaN if there is none.
    last_error : float
        Share of the rows that the last stage alone gets wrong or does not answer.
    error_bound : float
        Upper bound of what was promised: the error rate of the answers or, with
        ``target_error="last"``, how much it is above that of the last stage. NaN if no
        cascade passed.
    n_tested : int
        Number of rows that the promise was tested on; none of them shaped the path.
    n_passed : int
        Number of cascades that passed; the cheapest was chosen.
    path : ndarray of shape (m, s)
        The cascades that were to be tested, from the safest to the cheapest.
    """

    thresholds: np.ndarray
    stage_shares: np.ndarray
    coverage: float
    cost: float
    error: float
    last_error: float
    error_bound: float
    n_tested: int
    n_passed: int
    path: np.ndarray


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

    Raises
    ------
    InputError
        If probabilities and labels do not match, or rows are too few for any promise.
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
    costs = np.asarray(costs, dtype=np.float64)
    goal = make_goal(target_error, confidence, margin, unanswered_cost, costs)
    judged = [judge(proba, labels, classes, rank_by) for proba in probabilities]
    scores = np.stack([score for score, _ in judged], axis=1)
    correct = np.stack([right for _, right in judged], axis=1)
    if costs.shape != scores.shape[1:]:
        raise ParameterError(
            f"Expected a cost for each of {scores.shape[1]} stages, got shape {costs.shape}."
        )
    check_enough(len(scores), goal)
    laid = split_parts(len(scores), groups, random_state)
    path = lay_path(scores[laid], correct[laid], costs, goal, int((~laid).sum()))
    return choose_cascade(scores[~laid], correct[~laid], costs, goal, path)


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


def check_enough(n: int, goal: Goal) -> None:
    """Raise InputError if so few rows allow no promise, whatever the stages say.

    Examples
    --------
    >>> check_enough(100, Goal(0.05, 0.9, False, 1.0))
    """
    fewest = (rows_without_loss if goal.to_last else rows_without_error)(
        goal.limit, goal.confidence
    )
    tested = n - round(n * _PATH_SHARE)
    if tested < fewest:
        names = ("margin", "of the last stage plus") if goal.to_last else ("target_error", "of")
        raise InputError(
            f"Expected at least {int(np.ceil(fewest / (1 - _PATH_SHARE))) + 1:,} rows, got {n:,}. "
            f"To promise an error {names[1]} {goal.limit:g} with confidence {goal.confidence:g} "
            f"takes {fewest:,} tested rows even if none is wrong, and two thirds are tested. Pass "
            f"more rows, or a larger {names[0]}."
        )


def split_parts(n: int, groups: ArrayLike | None, seed: int) -> np.ndarray:
    """Return which rows shape the path of cascades; the others are tested.

    Examples
    --------
    >>> split_parts(6, ["a", "a", "b", "b", "c", "c"], 0).tolist()
    [False, False, False, False, True, True]
    """
    codes = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(codes.max() + 1)
    size = np.cumsum(np.bincount(codes)[order])
    most = min(round(n * _PATH_SHARE), _MOST_PATH_ROWS)
    return np.isin(codes, order[size <= most])


def choose_cascade(
    scores: np.ndarray, correct: np.ndarray, costs: np.ndarray, goal: Goal, path: np.ndarray
) -> CascadeThresholds:
    """Test a path of cascades, and describe the cheapest one that passes.

    Parameters
    ----------
    scores, correct : ndarray of shape (n, s)
        Of rows that did not shape the path.
    costs : ndarray of shape (s,)
    goal : Goal
    path : ndarray of shape (m, s)

    Returns
    -------
    CascadeThresholds
    """
    counted = (_count(scores, correct, thresholds) for thresholds in path)
    passed = count_passed((_p_value(counts, goal) for counts in counted), goal.confidence)
    never = np.full(len(costs), np.inf)
    if goal.to_last:
        never[-1] = -np.inf
    tried = path[:passed] if passed else never[None]
    stages = [choose_stages(scores, thresholds) for thresholds in tried]
    spent = [
        float(
            sum_costs(stage, thresholds, costs).mean() + goal.unanswered_cost * (stage < 0).mean()
        )
        for stage, thresholds in zip(stages, tried, strict=True)
    ]
    best = int(np.argmin(spent))
    return _describe(scores, correct, costs, goal, (path, passed, tried[best]))


def _count(scores: np.ndarray, correct: np.ndarray, thresholds: np.ndarray) -> tuple[int, ...]:
    """Return the numbers of answers, errors, losses and gains, and of rows."""
    stage = choose_stages(scores, thresholds)
    answered = stage >= 0
    right = answered & correct[np.arange(len(stage)), stage]
    last = correct[:, -1]
    counts = (answered, answered & ~right, last & ~right, right & ~last)
    return (*(int(count.sum()) for count in counts), len(stage))


def _p_value(counts: tuple[int, ...], goal: Goal) -> float:
    answered, errors, losses, gains, n = counts
    if goal.to_last:
        return loss_p_value(losses, gains, n, goal.limit)
    return error_p_value(errors, answered, goal.limit)


def _describe(
    scores: np.ndarray,
    correct: np.ndarray,
    costs: np.ndarray,
    goal: Goal,
    chosen: tuple[np.ndarray, int, np.ndarray],
) -> CascadeThresholds:
    path, passed, thresholds = chosen
    stage = choose_stages(scores, thresholds)
    answered, errors, losses, gains, n = _count(scores, correct, thresholds)
    if goal.to_last:
        bound = loss_bound(losses, gains, n, goal.confidence)
    else:
        bound = float(upper_bound(errors, answered, goal.confidence))
    return CascadeThresholds(
        thresholds=thresholds,
        stage_shares=np.bincount(stage[stage >= 0], minlength=len(costs)) / n,
        coverage=answered / n,
        cost=float(sum_costs(stage, thresholds, costs).mean()),
        error=errors / answered if answered else np.nan,
        last_error=float(1 - correct[:, -1].mean()),
        error_bound=bound if passed else np.nan,
        n_tested=n,
        n_passed=passed,
        path=path,
    )
