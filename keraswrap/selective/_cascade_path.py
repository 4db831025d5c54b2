"""Which cascades to test, from the safest to the cheapest: a path of thresholds. Pure.

It is laid on a part of the rows, by probabilities that a stage is right given its own score
and those of the stages before. Observed errors would do as well for valid tests, but among
thousands of cascades the ones with lucky rows look best, and fail the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import betainc
from scipy.stats import norm, rankdata
from sklearn.linear_model import LogisticRegression

# Cascades that are compared, of up to three stages and of more: with 8,000 cascades, four
# stages have 9 thresholds each, and answer fewer rows at a higher cost than the best three.
_COMPARED, _MANY_STAGES = 8000, 40_000
# Cells of a table (cascades x rows) that are computed at once.
_CELLS = 4_000_000
_MOST_THRESHOLDS = 200
_MOST_TESTS = 100


@dataclass(frozen=True)
class Goal:
    """What is promised, with what confidence, and what an unanswered row costs.

    Parameters
    ----------
    limit : float
        Largest error rate of the answers or, with `to_last`, largest difference to that of
        the last stage.
    confidence : float
    to_last : bool
        Whether the last stage answers every row that is left.
    unanswered_cost : float
        Counted for each row without an answer.
    """

    limit: float
    confidence: float
    to_last: bool
    unanswered_cost: float


def choose_stages(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the first stage whose score reaches its threshold; -1 if none does.

    Examples
    --------
    >>> choose_stages(np.array([[0.9, 0.5], [0.5, 0.9], [0.5, 0.5]]), np.array([0.8, 0.8]))
    array([ 0,  1, -1])
    """
    reached = (scores >= thresholds) & (scores > -np.inf)
    return np.where(reached.any(axis=1), reached.argmax(axis=1), -1)


def sum_costs(stage: np.ndarray, thresholds: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Return what each row costs: all stages up to the one that answers.

    A stage that can never answer is not asked.

    Examples
    --------
    >>> stage, thresholds = np.array([0, 2, -1]), np.array([0.8, np.inf, 0.8])
    >>> sum_costs(stage, thresholds, np.array([1.0, 10.0, 100.0])).tolist()
    [1.0, 101.0, 101.0]
    """
    return np.cumsum(np.where(thresholds < np.inf, costs, 0.0))[stage]


def lay_path(
    scores: np.ndarray, correct: np.ndarray, costs: np.ndarray, goal: Goal, n_tested: int
) -> np.ndarray:
    """Find cascades that promise to be safe or cheap, sorted from the safest to the cheapest.

    Parameters
    ----------
    scores : ndarray of shape (n, s)
        -inf for stages without an answer.
    correct : ndarray of shape (n, s), bool
    costs : ndarray of shape (s,)
    goal : Goal
    n_tested : int
        Number of rows that they will be tested on.

    Returns
    -------
    ndarray of shape (m, s)
        Thresholds of each cascade. The cost falls, and the expected p-value rises.

    Notes
    -----
    The Pareto front of costs and expected p-values, as in Laufer-Goldshtein, Fisch, Barzilay
    and Jaakkola (2023), Efficiently controlling multiple risks with Pareto Testing.

    Examples
    --------
    >>> scores = np.linspace(0, 1, 100)[:, None]
    >>> path = lay_path(scores, scores > 0.3, np.ones(1), Goal(0.1, 0.9, False, 10.0), 200)
    >>> bool((np.diff(path[:, 0]) < 0).all())
    True
    """
    wrong = 1 - estimate_right(scores, correct)
    columns = _columns(scores, goal.to_last)
    grid = _combine(columns)
    errors, variance, *rows = _sum_up(scores, wrong, columns, goal.to_last)
    expected = _expect(errors, variance, sum(rows), len(scores), n_tested, goal)
    total = _costs(np.array(rows), grid, costs, len(scores), goal)
    front = _front(expected, total)
    likely = expected[front] < 0.5
    return _thin(grid[front[likely]])


def _thin(path: np.ndarray) -> np.ndarray:
    places = np.linspace(0, len(path) - 1, min(len(path), _MOST_TESTS)).round().astype(int)
    return path[places]


def estimate_right(scores: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """Estimate how likely each stage is right, given its score and those of stages before.

    Parameters
    ----------
    scores : ndarray of shape (n, s)
    correct : ndarray of shape (n, s), bool

    Returns
    -------
    ndarray of shape (n, s)
        By logistic regressions on normal scores of the ranks; 0 for no answer.

    Examples
    --------
    >>> scores = np.linspace(0, 1, 50)[:, None]
    >>> right = estimate_right(scores, scores > 0.5)[:, 0]
    >>> bool(right[0] < 0.1), bool(right[-1] > 0.9)
    (True, True)
    """
    ranks = norm.ppf(rankdata(scores, axis=0) / (len(scores) + 1))
    found = np.zeros(scores.shape)
    for stage in range(scores.shape[1]):
        rows = scores[:, stage] > -np.inf
        right, features = correct[rows, stage], ranks[rows, : stage + 1]
        if 0 < right.sum() < len(right):
            model = LogisticRegression().fit(features, right)
            found[rows, stage] = model.predict_proba(features)[:, 1]
        else:
            found[rows, stage] = (right.sum() + 1) / (len(right) + 2)
    return found


def _columns(scores: np.ndarray, to_last: bool) -> list[np.ndarray]:
    """Return the thresholds of each stage that are combined."""
    n_free = scores.shape[1] - to_last
    compared = _COMPARED if n_free < 4 else _MANY_STAGES
    each = min(_MOST_THRESHOLDS, max(3, int(compared ** (1 / max(n_free, 1)))))
    columns = [_thresholds(scores[:, stage], each) for stage in range(n_free)]
    return columns + [np.array([-np.inf])] * to_last


def _combine(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Return all combinations, one a row; the last column changes fastest."""
    rows = list(product(*columns))
    return np.array(rows).reshape(len(rows), len(columns))


def _thresholds(scores: np.ndarray, n: int) -> np.ndarray:
    answered = scores[scores > -np.inf]
    if not len(answered):
        return np.array([np.inf])
    shares = np.linspace(0, 1, n - 1, endpoint=False)
    return np.append(np.unique(np.quantile(answered, shares, method="lower")), np.inf)


def _sum_up(
    scores: np.ndarray, wrong: np.ndarray, columns: Sequence[np.ndarray], to_last: bool
) -> np.ndarray:
    """Return of each cascade the expected errors, their variance, and the rows of each stage.

    To the last stage: expected losses minus gains, and their variance.
    """
    last = wrong[:, -1:]
    each = wrong - last if to_last else wrong
    spread = wrong + last - 2 * wrong * last if to_last else wrong * (1 - wrong)
    # What the last stage answers is no difference to it.
    spread[:, -1] *= not to_last
    before, size = _combine(columns[:-1]), max(1, _CELLS // len(scores))
    parts = np.array_split(before, -(-len(before) // size))
    weights = (scores, each, spread)
    return np.concatenate([_sum_part(*weights, part, columns[-1]) for part in parts], axis=1)


def _sum_part(
    scores: np.ndarray,
    each: np.ndarray,
    spread: np.ndarray,
    before: np.ndarray,
    last: np.ndarray,
) -> np.ndarray:
    """Sum over the stages before one by one, and over the last with all its thresholds."""
    is_open = np.ones((len(before), len(scores)), dtype=bool)
    expected, variance, rows = np.zeros((len(before), 1)), np.zeros((len(before), 1)), []
    for stage in range(before.shape[1]):
        taken = is_open & (scores[:, stage] >= before[:, stage, None])
        expected = expected + taken @ each[:, [stage]]
        variance = variance + taken @ spread[:, [stage]]
        rows.append(taken.sum(axis=1, keepdims=True))
        is_open &= ~taken
    reached = (scores[:, [-1]] >= last).astype(np.float64)
    left = is_open.astype(np.float64)
    expected = expected + left @ (reached * each[:, [-1]])
    variance = variance + left @ (reached * spread[:, [-1]])
    rows = [np.broadcast_to(count, expected.shape) for count in (*rows, left @ reached)]
    return np.stack([sums.ravel() for sums in (expected, variance, *rows)])


def _expect(
    errors: np.ndarray, variance: np.ndarray, rows: np.ndarray, n: int, n_tested: int, goal: Goal
) -> np.ndarray:
    """Return the p-value of each cascade if the rows of the test are like these."""
    more = n_tested / n
    if goal.to_last:
        gap = (errors / n - goal.limit) / np.sqrt(np.maximum(variance, 1e-12) / n / n_tested)
        return norm.cdf(gap)
    answered, errors = rows * more, errors * more
    return np.where(
        answered > errors,
        betainc(np.maximum(answered - errors, 1e-9), errors + 1, 1 - goal.limit),
        1.0,
    )


def _costs(rows: np.ndarray, grid: np.ndarray, costs: np.ndarray, n: int, goal: Goal) -> np.ndarray:
    still_open = n - np.cumsum(rows, axis=0)
    asked = np.vstack([np.full(len(grid), n), still_open[:-1]])
    spent = (asked * (grid < np.inf).T * costs[:, None]).sum(axis=0)
    return (spent + still_open[-1] * goal.unanswered_cost) / n


def _front(expected: np.ndarray, total: np.ndarray) -> np.ndarray:
    order = np.lexsort((total, expected))
    best = np.minimum.accumulate(np.append(np.inf, total[order]))
    return order[total[order] < best[:-1]]
