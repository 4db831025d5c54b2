"""The nearest rows of each row, by their features. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse

Features: TypeAlias = np.ndarray | sparse.csr_matrix


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


def find_neighbors(features: Features, k: int = 10, of: Features | None = None) -> Neighbors:
    """Find the nearest rows of each row, a block of rows at a time.

    Parameters
    ----------
    features : ndarray or sparse matrix of shape (n, d)
    k : int, default=10
        At most n - 1 are given.
    of : ndarray or sparse matrix of shape (m, d), optional
        Rows whose neighbors among `features` are sought. By default the same
        rows, of which none is its own neighbor.

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
    # For unit vectors, the squared distance is 2 (1 - cosine).
    return Neighbors(distances**2 / 2 if wide else distances, indices)


def _unit(features: Features) -> Features:
    from sklearn.preprocessing import normalize

    return normalize(features)
