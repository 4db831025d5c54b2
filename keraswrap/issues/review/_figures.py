"""Estimate how many labels are wrong from those judged so far. Pure.

The page computes the same: templates/estimate.js of the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import betaln, logsumexp

from keraswrap.issues.review._bounds import Judged, bound_above

# Outcomes of a row, which are also columns of counts.
RIGHT, WRONG, UNSURE, OPEN = 0, 1, 2, 3
# Minimum number of next rows, and the share of wrong labels from which reviewing is worthwhile.
NEXT, WORTH = 50, 0.1
# A stratum is sure if its estimate and its lower bound exceed these. With the bound alone, rows
# with rare errors could be called sure by chance.
SURE, HALF = 0.9, 0.5
# Weight of arbitrary rates, in case no scenario fits.
_FREE = 0.1

Figure: TypeAlias = tuple[float, float, float]
# Counts of the sample and of all judged rows, by stratum and outcome.
Counts: TypeAlias = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Figures:
    """What judged rows imply: estimates, each with the ends of its interval.

    Parameters
    ----------
    errors : tuple of 3 floats
        Number of wrong labels in all.
    shares : ndarray of shape (h, 3)
        Share of wrong labels of each stratum.
    sure : ndarray of shape (h,), bool
        Strata of which more than 90% are thought to be wrong, and surely more than half.
    next_rows : int
        The worst rows that are not judged yet, at least 50: those of whole strata.
    next_share : tuple of 3 floats
        Share of wrong labels among them; NaN if none is left.
    stop : tuple of 3 ints
        Rank from which on fewer than 1 in 10 are wrong: where the first such stratum begins.
    falling : bool
        False if judged rows refute that wrong labels get rarer down the ranking.
    """

    errors: Figure
    shares: np.ndarray
    sure: np.ndarray
    next_rows: int
    next_share: Figure
    stop: tuple[int, int, int]
    falling: bool


def count_sample(outcomes: np.ndarray, strata: np.ndarray, plan: np.ndarray, h: int) -> np.ndarray:
    """Count a plan's rows by stratum and outcome, of shape (h, 3).

    In each stratum, rows count in the order of the plan up to the first unjudged one: a
    row may have been left out because of its content, which would bias the sample.

    Parameters
    ----------
    outcomes, strata : ndarray of shape (n,), int
        By position.
    plan : ndarray of int
        Positions.
    h : int
        Number of strata.

    Examples
    --------
    >>> count_sample(np.array([1, 3, 0]), np.zeros(3, int), np.array([0, 1, 2]), 1).tolist()
    [[0, 1, 0]]
    """
    counts = np.zeros((h, 4), dtype=int)
    for position in plan:
        stratum = strata[position]
        if not counts[stratum, OPEN]:
            counts[stratum, outcomes[position]] += 1
    return counts[:, :OPEN]


def find_figures(
    edges: np.ndarray, rates: np.ndarray, sample: np.ndarray, known: np.ndarray, level: float
) -> Figures:
    """Estimate errors from judged rows.

    Parameters
    ----------
    edges : ndarray of shape (h + 1,), int
        Ranks at which strata begin, and the number of rows.
    rates : ndarray of shape (s, h)
        Scenarios, as returned by `expect_rates`.
    sample, known : ndarray of shape (h, 3), int
        Rows by outcome: of the sample, and all that were judged.
    level : float
        Level of the intervals.

    Returns
    -------
    Figures
    """
    rows, wrong = np.diff(edges), known[:, WRONG]
    left = rows - known.sum(axis=1)
    leading = _leading(left)
    # Sums to estimate: over all strata, over the next ones, and each stratum by itself.
    weights = np.column_stack([np.ones(len(rows)), leading, np.eye(len(rows))])
    low, high, falling = _bounds(rows, rates, (sample, known), weights, level)
    # If all rows of a stratum are judged, they say more than its sample.
    told = np.where(left[:, None] == 0, known, sample)
    guess = np.clip((wrong + left * _expect(rates, told)) @ weights, low, high)
    found = np.stack([guess, low, high], axis=1)
    shares = found[2:] / rows[:, None]
    n_next = int(left @ leading)
    # An unsure row counts as right in the lower bound, and as wrong in the upper one.
    judged = np.array([wrong, wrong, wrong + known[:, UNSURE]]) @ leading
    nearest = (found[1] - judged) / n_next if n_next else np.full(3, np.nan)
    return Figures(
        _triple(found[0]),
        shares,
        (shares[:, 0] > SURE) & (shares[:, 1] > HALF),
        n_next,
        _triple(np.clip(nearest, 0, 1)),
        (_stop(shares[:, 0], edges), _stop(shares[:, 1], edges), _stop(shares[:, 2], edges)),
        falling,
    )


def _leading(left: np.ndarray) -> np.ndarray:
    """Return 1 for the leading strata, which hold the next rows to judge, and 0 for the rest."""
    return np.where(np.cumsum(left) - left < NEXT, 1.0, 0.0)


def _expect(rates: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return each stratum's mean rate over the scenarios, weighted by their likelihood."""
    logs = _log_likelihoods(rates, counts)
    return np.exp(logs - logsumexp(logs)) @ rates


def _log_likelihoods(rates: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.log(rates) @ counts[:, WRONG] + np.log1p(-rates) @ counts[:, RIGHT]


def _bounds(
    rows: np.ndarray, rates: np.ndarray, counts: Counts, weights: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return both bounds of each weighted sum, and whether errors may be assumed to get rarer."""
    n = rows @ weights
    for falling in (True, False):
        high = _above(rows, rates, _settle(counts, WRONG), weights, (level, falling))
        low = _above(rows, rates, _settle(counts, RIGHT), -weights, (level, falling))
        if high is not None and low is not None:
            return np.clip(-low, 0, n), np.clip(high, 0, n), falling
    # Not reached: the largest likelihood is never below the mean of several.
    return np.zeros(len(n)), n, False


def _settle(counts: Counts, outcome: int) -> Counts:
    """Count unsure rows as right, or as wrong."""
    sample, known = (each[:, :UNSURE].copy() for each in counts)
    sample[:, outcome] += counts[0][:, UNSURE]
    known[:, outcome] += counts[1][:, UNSURE]
    return sample, known


def _above(
    rows: np.ndarray,
    rates: np.ndarray,
    counts: Counts,
    weights: np.ndarray,
    told: tuple[float, bool],
) -> np.ndarray | None:
    (sample, known), (level, falling) = counts, told
    mean = _log_mean(rates, sample)
    judged = Judged(rows, sample[:, WRONG], sample[:, RIGHT], known[:, WRONG], known[:, RIGHT])
    return bound_above(judged, weights, float(np.log(1 - level) + mean), falling)


def _log_mean(rates: np.ndarray, sample: np.ndarray) -> float:
    """Return the log of the mean likelihood over the scenarios and over arbitrary rates."""
    followed = logsumexp(_log_likelihoods(rates, sample)) - np.log(len(rates))
    hits, misses = sample[:, WRONG], sample[:, RIGHT]
    # Arbitrary rates: independent between strata, uniform on the arcsine scale (Jeffreys).
    free = (betaln(hits + 0.5, misses + 0.5) - betaln(0.5, 0.5)).sum()
    return float(logsumexp([np.log(1 - _FREE) + followed, np.log(_FREE) + free]))


def _stop(shares: np.ndarray, edges: np.ndarray) -> int:
    below = np.append(shares < WORTH, True)
    return int(edges[np.argmax(below)])


def _triple(values: np.ndarray) -> Figure:
    return float(values[0]), float(values[1]), float(values[2])
