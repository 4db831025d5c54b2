"""Rows far from all others, by their features."""

from __future__ import annotations

import numpy as np

from keraswrap.issues.rows._neighbors import Neighbors
from keraswrap.issues.rows._results import Finding, flag

_EPS = 100 * np.finfo(np.float64).eps


def score_outliers(distances: np.ndarray) -> np.ndarray:
    """Score rows by their mean distance to their neighbors.

    Parameters
    ----------
    distances : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (n,)
        exp(-d / median of d), cleanlab's score (Kuan and Mueller, 2022,
        "Back to the Basics"); the lower, the farther out.

    Examples
    --------
    >>> score_outliers(np.array([[1.0], [1.0], [2.0]])).round(2).tolist()
    [0.37, 0.37, 0.14]
    """
    mean = distances.mean(axis=1)
    return np.exp(-mean / max(float(np.median(mean)), _EPS))


def find_outliers(neighbors: Neighbors, *, outlier: float = 0.37) -> list[Finding]:
    """Find rows whose neighbors are far away.

    Parameters
    ----------
    outlier : float in (0, 1), default=0.37
        Far is a mean distance of more than 1 / outlier - 1 quartile ranges
        above the third quartile: Datalab's rule, and its default.

    Returns
    -------
    list of Finding
        Kind ``"outlier"``; none of fewer than 20 rows.
    """
    if len(neighbors.distances) < 20:
        return []
    mean = neighbors.distances.mean(axis=1)
    low, high = np.quantile(mean, [0.25, 0.75])
    rows = np.flatnonzero(mean > high + (1 / outlier - 1) * (high - low))
    rows = rows[mean[rows] > _EPS]
    if not len(rows):
        return []
    times = mean[rows] / max(float(np.median(mean)), _EPS)
    notes = [f"{min(ratio, 1e6):.3g} times as far from its neighbors as most" for ratio in times]
    scores = score_outliers(neighbors.distances)[rows]
    message = f"Rows unlike all others: {len(rows):,}."
    return [flag("outlier", "info", message, rows, scores=scores, notes=notes)]
