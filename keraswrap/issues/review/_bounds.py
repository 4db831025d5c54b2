"""Bound the number of wrong labels from judged rows, at any time during a review. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Candidate shares of wrong labels. They are squares, since small shares matter most.
_STEPS = 256
GRID = (np.arange(_STEPS + 1) / _STEPS) ** 2
_REACH = np.maximum(np.diff(GRID, prepend=0), np.diff(GRID, append=1))
# Standard deviations by which a fully judged stratum may exceed the one before it by chance.
_CHANCE = 2.0
# Golden-section search for the multiplier: on a log scale, by up to e**18 in both directions.
_TURNS, _WIDEST, _GOLDEN = 44, 18.0, (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Judged:
    """Counts by stratum, each an array of shape (h,).

    Parameters
    ----------
    rows : ndarray of int
        Number of rows.
    hits, misses : ndarray of int
        Rows of the random sample that were judged wrong and right.
    wrong, right : ndarray of int
        All rows that were judged wrong and right, including those of the sample.
    """

    rows: np.ndarray
    hits: np.ndarray
    misses: np.ndarray
    wrong: np.ndarray
    right: np.ndarray


def bound_above(
    judged: Judged, weights: np.ndarray, log_least: float, falling: bool
) -> np.ndarray | None:
    """Return upper bounds of weighted numbers of wrong labels.

    Parameters
    ----------
    judged : Judged
    weights : ndarray of shape (h, m)
        For each of m sums, the weight of each stratum's number of wrong labels.
    log_least : float
        Minimum log-likelihood of numbers that count as plausible.
    falling : bool
        Whether the share of wrong labels is assumed not to rise from one stratum to
        the next.

    Returns
    -------
    ndarray of shape (m,) or None
        None if no numbers reach the likelihood.

    Notes
    -----
    Maximizes a linear function over a set {log-likelihood ≥ least} by its Lagrangian
    dual. For each multiplier, dynamic programming over the strata finds the best chain
    of shares. By weak duality the result is never below the maximum.
    """
    tables, counts = _tables(judged)
    links = _links(judged) if falling else None
    if _best_chain(tables[:, None, :], links)[0] < log_least:
        return None

    def dual(logs: np.ndarray) -> np.ndarray:
        multiplier = np.exp(logs)
        gains = weights[:, :, None] * counts[:, None, :]
        gains = gains + multiplier[:, None] * tables[:, None, :]
        return _best_chain(gains, links) - multiplier * log_least

    center = np.log(np.maximum(judged.rows @ np.abs(weights), 1e-9))
    return _minimize(dual, center - _WIDEST, center + _WIDEST)


def log_likelihood(count: np.ndarray, rows: float, hits: int, misses: int) -> np.ndarray:
    """Return the log-probability of an ordered sample for each number of wrong labels.

    Examples
    --------
    >>> np.exp(log_likelihood(np.array([1.0, 2.0]), 4, 1, 1)).round(3).tolist()
    [0.25, 0.333]
    """
    ways = _log_falling(count, hits) + _log_falling(rows - count, misses)
    return ways - _log_falling(np.asarray(rows), hits + misses)


def _log_falling(count: np.ndarray, n: int) -> np.ndarray:
    """Return log(count · (count − 1) · … · (count − n + 1)), −inf if a factor is not positive."""
    total = np.zeros(np.shape(count))
    with np.errstate(divide="ignore"):
        for taken in range(n):
            total += np.log(np.maximum(count - taken, 0))
    return total


def _tables(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    """Return log-likelihoods and numbers of wrong labels, of shape (h, grid)."""
    rows = judged.rows[:, None].astype(float)
    counts = np.clip(GRID * rows, judged.wrong[:, None], (judged.rows - judged.right)[:, None])
    tables = np.stack(
        [
            log_likelihood(*each)
            for each in zip(counts, rows, judged.hits, judged.misses, strict=True)
        ]
    )
    tables[np.abs(counts - GRID * rows) > _REACH * rows] = -np.inf
    return tables, counts


def _links(judged: Judged) -> list[np.ndarray]:
    """Return, for each share of a stratum, the index of the least share allowed before it."""
    rows, known = judged.rows, (judged.wrong + judged.right) / judged.rows
    found = []
    for h in range(len(rows) - 1):
        # The likelihood allows for chance among unjudged rows. The share of judged ones is exact.
        chance = known[h] / rows[h] + known[h + 1] / rows[h + 1]
        spread = np.maximum(GRID * (1 - GRID), 1 / rows[h]) * chance
        reach = np.maximum.accumulate(GRID + _CHANCE * np.sqrt(spread))
        found.append(np.minimum(np.searchsorted(reach, GRID), _STEPS))
    return found


def _best_chain(gains: np.ndarray, links: list[np.ndarray] | None) -> np.ndarray:
    if links is None:
        return gains.max(axis=-1).sum(axis=0)
    best = gains[0]
    for h, link in enumerate(links, 1):
        best = gains[h] + np.maximum.accumulate(best[..., ::-1], axis=-1)[..., ::-1][..., link]
    return best.max(axis=-1)


def _minimize(
    function: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Minimize unimodal functions, one for each element, by golden section."""
    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_a, at_b = function(a), function(b)
    for _ in range(_TURNS):
        left = at_a <= at_b
        low, high = np.where(left, low, a), np.where(left, b, high)
        new = np.where(left, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        at_new = function(new)
        a, b = np.where(left, new, b), np.where(left, a, new)
        at_a, at_b = np.where(left, at_new, at_b), np.where(left, at_a, at_new)
    return np.minimum(at_a, at_b)
