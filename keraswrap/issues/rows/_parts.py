"""The parts of data that a kind of row issue may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from keraswrap.issues.rows._content import Content, standardize
from keraswrap.issues.rows._groups import Groups, group_texts, group_vectors
from keraswrap.issues.rows._neighbors import Features, Neighbors, find_neighbors

# Sparse rows whose neighbors are found within seconds; more take minutes.
_MOST_SPARSE = 10_000


@dataclass(frozen=True, eq=False)
class Parts:
    """What a finder is given, each part by the name of its argument; None if it is not there.

    Parameters
    ----------
    labels : ndarray of shape (n,), optional
    features : ndarray or sparse matrix of shape (n, d), optional
        Vectors of the rows that were passed.
    proba : ndarray of shape (n, k), optional
    tokens : array-like of shape (n,), optional
    held : Content, optional
        The test data.
    limits : mapping of str to float
        The thresholds.
    """

    content: Content
    labels: np.ndarray | None
    features: Features | None
    proba: np.ndarray | None
    tokens: ArrayLike | None
    held: Content | None
    limits: Mapping[str, float]

    @property
    def missing(self) -> np.ndarray:
        """Whether a number is missing or infinite, of shape (n,)."""
        return self.content.missing

    @property
    def columns(self) -> Mapping[str, np.ndarray]:
        """Single columns, by name."""
        return self.content.columns

    @property
    def id_columns(self) -> tuple[str, ...]:
        """Names of the columns that only tell rows apart."""
        return self.content.id_columns

    @cached_property
    def texts(self) -> list[str] | None:
        """The columns of text of each row, joined by line ends."""
        return None if self.content.texts is None else self.content.texts.tolist()

    @cached_property
    def rows(self) -> np.ndarray | Features | None:
        """What a row is compared by with test rows: texts, or numbers in comparable units."""
        return self.content.texts if self.texts is not None else self._measures(self.content)

    @cached_property
    def test(self) -> np.ndarray | Features | None:
        """The same of the test data."""
        if self.held is None:
            return None
        return self.held.texts if self.texts is not None else self._measures(self.held)

    @cached_property
    def neighbors(self) -> Neighbors | None:
        """The nearest other rows, by the features or else by the rows' own numbers."""
        vectors = self._own if self.features is None else self.features
        return None if vectors is None else find_neighbors(vectors)

    @cached_property
    def groups(self) -> Groups | None:
        """Rows that are copies of others, or nearly."""
        if self.texts is not None:
            return group_texts(self.texts, self.limits["similarity"])
        if self.content.numbers is None:
            return None
        # Names of categories have no distances: only copies count.
        near = None if self._own is None else self.neighbors
        return group_vectors(self.content.numbers, near, self.limits["nearness"])

    @cached_property
    def _own(self) -> Features | None:
        """The rows' numbers, unless features replace them or they have no distances."""
        numbers = self.content.numbers
        if numbers is None or self.features is not None or not self.content.has_distances:
            return None
        if sparse.issparse(numbers) and numbers.shape[0] > _MOST_SPARSE:
            return None
        return self._measures(self.content)

    def _measures(self, of: Content) -> Features | None:
        scaled = self.content.in_units and self.content.has_distances
        if of.numbers is None or self.content.numbers is None or not scaled:
            return of.numbers
        return standardize(of.numbers, self.content.numbers)
