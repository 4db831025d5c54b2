"""Rows far from all others, or as near to one as copies are, by their features. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from keraswrap.issues.rows._findings import Finding, flag

__all__ = ["Neighbors", "find_neighbors", "find_outliers", "score_outliers"]

_EPS = 100 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest other rows of each row.

    Parameters
    ----------
    distances : ndarray of shape (n, k)
        Ascending; cosine distances of more than three features, else Euclidean.
    indices : ndarray of shape (n, k), int
    """

    distances: np.ndarray
    indices: np.ndarray


def find_neighbors(features: Any, k: int = 10, of: Any = None) -> Neighbors:
    """Find the nearest rows of each row, a block of rows at a time.

    Parameters
    ----------
    features : ndarray or sparse matrix of shape (n, d)
    k : int, default=10
        At most n - 1 are given.
    of : ndarray or sparse matrix of shape (m, d), optional
        Rows whose neighbors among `features` are sought. By default the same
        rows, of which none is its own neighbor.

    Returns
    -------
    Neighbors

    Examples
    --------
    >>> find_neighbors(np.array([[0.0], [1.0], [5.0]]), k=1).indices.ravel().tolist()
    [1, 0, 1]
    """
    from sklearn.neighbors import NearestNeighbors

    wide = features.shape[1] > 3
    k = min(k, features.shape[0] - (of is None))
    if k < 1:
        count = features.shape[0] if of is None else of.shape[0]
        return Neighbors(np.zeros((count, 0)), np.zeros((count, 0), dtype=np.int64))
    shown = [None if part is None else _unit(part) if wide else part for part in (features, of)]
    search = NearestNeighbors(n_neighbors=k, algorithm="brute" if wide else "auto")
    distances, indices = search.fit(shown[0]).kneighbors(shown[1])
    # Of unit vectors the squared distance is twice one minus the cosine.
    return Neighbors(distances**2 / 2 if wide else distances, indices)


def _unit(features: Any) -> Any:
    from sklearn.preprocessing import normalize

    return normalize(features)


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


def find_outliers(neighbors: Neighbors, threshold: float = 0.37) -> list[Finding]:
    """Find rows whose neighbors are far away.

    Parameters
    ----------
    neighbors : Neighbors
    threshold : float in (0, 1), default=0.37
        Far is a mean distance of more than 1 / threshold - 1 quartile ranges
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
    rows = np.flatnonzero(mean > high + (1 / threshold - 1) * (high - low))
    rows = rows[mean[rows] > _EPS]
    if not len(rows):
        return []
    times = mean[rows] / max(float(np.median(mean)), _EPS)
    notes = [f"{min(ratio, 1e6):.3g} times as far from its neighbors as most" for ratio in times]
    scores = score_outliers(neighbors.distances)[rows]
    return [
        flag("outlier", "info", "Rows unlike all others: {n}.", rows, scores=scores, notes=notes)
    ]
