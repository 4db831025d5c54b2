"""The cheapest cascade of a path that keeps its promise, and what is known of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keraswrap.selective._bounds import upper_bound
from keraswrap.selective._cascade_path import Goal, choose_stages, sum_costs
from keraswrap.selective._cascade_tests import count_passed, error_p_value, loss_bound, loss_p_value

__all__ = ["CascadeThresholds", "choose_cascade"]


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
    rows_needed : int or None
        If none passed, an estimate of how many rows would allow it at the error rates seen;
        None if a better stage is needed, or if some passed.
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
    rows_needed: int | None
    path: np.ndarray


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
        rows_needed=None,
        path=path,
    )
