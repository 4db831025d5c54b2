"""Which number of most confident rows has an error rate below the target, by exact tests. Pure.

Rows are in the order of their scores, from the most confident on. The test of a number of
rows asks whether the first of them hold so few errors that a rate above the target is refuted.
All tests together are wrong with a probability of at most 1 - confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import bdtr
from scipy.stats import binom

# Each number of rows that is tested is so many times the one before. Coverage hardly differs
# between 1 (each number of errors) and 1.25; beyond, tests lie too far apart.
_RATIO = 1.1
# Standard deviations beyond which binomial counts are left out; their probability is 1e-15.
_WIDTH = 8.0
_HALVINGS = 12


@dataclass(frozen=True)
class Boundary:
    """How many errors the most confident rows may hold.

    Parameters
    ----------
    level : float
        Level of each test.
    rows : ndarray of shape (t,)
        Numbers of rows that are tested, ascending.
    errors : ndarray of shape (t,)
        How many of them may be wrong, ascending. Numbers of rows between two tested ones may
        hold as many errors as the lower one.
    """

    level: float
    rows: np.ndarray
    errors: np.ndarray

    def allowed(self, rows: np.ndarray) -> np.ndarray:
        """Return how many errors each number of rows may hold; -1 where none may be accepted."""
        place = np.searchsorted(self.rows, rows, side="right")
        return np.append(-1, self.errors)[place]


def last_accepted(
    wrong: np.ndarray, ends: np.ndarray, n: int, target_error: float, confidence: float
) -> tuple[int, float]:
    """Return the largest number of rows whose error rate is surely at most the target.

    Parameters
    ----------
    wrong : ndarray of shape (m,), bool
        Whether each row is wrong, from the most confident on.
    ends : ndarray of shape (e,)
        Numbers of rows at which a threshold can be: those that separate no equal scores.
    n : int
        Number of rows, at least m, with those that have no score; it fixes the tests.

    Returns
    -------
    rows : int
        0 if there is none.
    level : float
        Level of the test that accepted them; NaN if there is none.

    Notes
    -----
    A step-down procedure: once some number of rows is accepted, only larger ones are still
    tested, at the higher level that fewer tests allow. Romano and Wolf (2005), Exact and
    approximate stepdown methods for multiple hypothesis testing.

    Examples
    --------
    >>> last_accepted(np.zeros(60, bool), np.arange(1, 61), 60, 0.05, 0.9)[0]
    60
    >>> last_accepted(np.zeros(44, bool), np.arange(1, 45), 44, 0.05, 0.9)
    (0, nan)
    """
    errors, best, level = np.cumsum(wrong)[ends - 1], 0, np.nan
    while True:
        boundary = find_boundary(n, target_error, confidence, best + 1)
        passed = ends[(ends > best) & (errors <= boundary.allowed(ends))]
        if not len(passed):
            return best, level
        best, level = int(passed[-1]), boundary.level


@lru_cache(maxsize=1024)
def find_boundary(n: int, target_error: float, confidence: float, start: int = 1) -> Boundary:
    """Find the highest level at which all tests together are wrong seldom enough.

    Parameters
    ----------
    n : int
        Number of rows.
    start : int, default=1
        The smallest number of rows that is tested.

    Returns
    -------
    Boundary

    Notes
    -----
    Of rows that are wrong with the target's probability each, independently, the tests
    accept any number with a probability of at most 1 - confidence. That probability is
    computed exactly, from binomial distributions; tests of nested rows are so dependent that
    their level is far above Bonferroni's. At most so often, too, is any number accepted that
    should not be, if errors do not get rarer down the order: then the rows from the first
    number that errs too often on are wrong with at least the target's probability each.

    Examples
    --------
    >>> boundary = find_boundary(300, 0.05, 0.9)
    >>> round(boundary.level, 3), boundary.allowed(np.array([60, 100, 300])).tolist()
    (0.036, [-1, 0, 8])
    """
    if n < start:
        return _boundary(n, target_error, 1 - confidence, start)
    high = 1 - confidence
    low = high / len(_tested(n))
    if crossing(_boundary(n, target_error, high, start), target_error) <= 1 - confidence:
        return _boundary(n, target_error, high, start)
    for _ in range(_HALVINGS):
        middle = (low * high) ** 0.5
        if crossing(_boundary(n, target_error, middle, start), target_error) <= 1 - confidence:
            low = middle
        else:
            high = middle
    return _boundary(n, target_error, low, start)


def _tested(n: int) -> np.ndarray:
    rows = [n]
    while rows[-1] > 1:
        rows.append(min(rows[-1] - 1, int(rows[-1] / _RATIO)))
    return np.array(rows[::-1])


def _boundary(n: int, target_error: float, level: float, start: int) -> Boundary:
    rows = _tested(n)
    errors = binom.ppf(level, rows, target_error).astype(int)
    errors = np.where(bdtr(errors, rows, target_error) <= level, errors, errors - 1)
    # What is allowed among fewer rows is allowed from the start on.
    rows = np.maximum(rows, start)
    keep = (np.append(rows[1:] > rows[:-1], True)) & (errors >= 0) & (rows <= n)
    rows, errors = rows[keep], errors[keep]
    rises = np.diff(errors, prepend=-1) > 0
    return Boundary(level, rows[rises], errors[rises])


def crossing(boundary: Boundary, rate: float) -> float:
    """Return the probability that rows which err at this rate are accepted by any test.

    Examples
    --------
    >>> once = Boundary(0.1, np.array([45]), np.array([0]))
    >>> round(crossing(once, 0.05), 4) == round(0.95**45, 4)
    True
    """
    # Probabilities of each number of errors from `low` on, where no test has accepted so far.
    alive, low, at, crossed = np.ones(1), 0, 0, 0.0
    for rows, errors in zip(boundary.rows.tolist(), boundary.errors.tolist(), strict=True):
        alive = np.convolve(alive, _added(rows - at, rate))
        accepted = max(errors + 1 - low, 0)
        crossed += float(alive[:accepted].sum())
        low, at = low + accepted, rows
        alive = alive[accepted : max(_most(rows, rate) - low, 1) + accepted]
    return crossed


def _added(rows: int, rate: float) -> np.ndarray:
    return binom.pmf(np.arange(min(rows, _most(rows, rate)) + 1), rows, rate)


def _most(rows: int, rate: float) -> int:
    return int(rows * rate + _WIDTH * (rows * rate) ** 0.5 + 2 * _WIDTH)
