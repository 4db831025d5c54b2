"""Cut the ranking into strata: how many rows of each to judge, and what to expect. Pure."""

from __future__ import annotations

import numpy as np

# Rows of the first stratum, share of the rows after which only one more stratum follows, and the
# maximum number of strata.
_FIRST, _REST, _MOST = 50, 0.6, 8
# Relative numbers of rows to draw from the first two strata and from the last, which is large.
_WORST, _SECOND, _LAST = 1.5, 1.2, 1.7
# Scenarios of how often labels are wrong: the model's log-odds, shifted and flattened.
_SHIFTS = (-5, -4, -3, -2, -1, 0, 1)
_SLOPES = (0.25, 0.5, 1.0)
_LEAST = 5e-4


def find_edges(n: int) -> np.ndarray:
    """Return the ranks where strata begin and end; each is about as large as all before it.

    Examples
    --------
    >>> find_edges(2000).tolist()
    [0, 50, 100, 200, 400, 800, 2000]
    >>> find_edges(20).tolist()
    [0, 5, 10, 20]
    """
    first = min(_FIRST, max(5, n // 8))
    growth = max(2.0, (n / first) ** (1 / (_MOST - 1)))
    edges, at = [0], float(first)
    while at < _REST * n:
        edges.append(round(at))
        at *= growth
    return np.array([*edges, n])


def share_out(n: int, rows: np.ndarray) -> np.ndarray:
    """Return how many rows of each stratum to judge: most from the first and the last.

    Examples
    --------
    >>> share_out(30, np.array([50, 50, 100, 200, 400, 1200])).tolist()
    [6, 5, 4, 4, 4, 7]
    """
    weights = np.ones(len(rows))
    weights[1:2], weights[-1], weights[0] = _SECOND, _LAST, _WORST
    found = np.zeros(len(rows), dtype=int)
    for _ in range(min(n, int(rows.sum()))):
        # The stratum furthest behind its share, among those with rows left (Sainte-Laguë).
        found[np.argmax(np.where(found < rows, weights / (found + 0.5), -1))] += 1
    return found


def draw_ranks(edges: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Draw ranks from each stratum without replacement, and shuffle them.

    Examples
    --------
    >>> sorted(draw_ranks(np.array([0, 2, 4]), 4, seed=0).tolist())
    [0, 1, 2, 3]
    """
    rng = np.random.default_rng(seed)
    sizes = share_out(n, np.diff(edges))
    drawn = [
        first + rng.choice(last - first, size, replace=False)
        for first, last, size in zip(edges[:-1], edges[1:], sizes, strict=True)
    ]
    return rng.permutation(np.concatenate(drawn))


def expect_rates(p_wrong: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return shares of wrong labels that the model makes plausible.

    Parameters
    ----------
    p_wrong : ndarray of shape (n,)
        The model's probability that each label is wrong, in the order of the ranking.
    edges : ndarray of shape (h + 1,)

    Returns
    -------
    ndarray of shape (s, h)
        A scenario in each row: errors that follow the model, and errors that are
        fewer and less concentrated.
    """
    p = np.clip(p_wrong, _LEAST, 1 - _LEAST)
    odds = np.log(p) - np.log1p(-p)
    scenarios = [1 / (1 + np.exp(-(a + b * odds))) for a in _SHIFTS for b in _SLOPES]
    return np.add.reduceat(np.array(scenarios), edges[:-1], axis=1) / np.diff(edges)
