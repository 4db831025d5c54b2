"""Classify rows by the labels of the nearest rows."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier


class NeighborShares(ClassifierMixin, BaseEstimator):
    """Predict the shares of the classes among the nearest rows, however few rows there are.

    Parameters
    ----------
    n_neighbors : int
        At most; not more than half of the rows.
    """

    def __init__(self, n_neighbors: int) -> None:
        self.n_neighbors = n_neighbors

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Remember the rows."""
        count = max(1, min(self.n_neighbors, len(y) // 2))
        self.search_ = KNeighborsClassifier(count, algorithm="brute").fit(X, y)
        self.classes_ = self.search_.classes_
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return the shares, of shape (n, k)."""
        return np.asarray(self.search_.predict_proba(X))

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the most frequent class among the neighbors."""
        return np.asarray(self.search_.predict(X))
