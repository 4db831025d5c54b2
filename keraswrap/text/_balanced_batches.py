"""Draw batches that hold every class alike, some texts of each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# The least texts of a class in a batch: one pair.
_PAIR = 2


@dataclass(frozen=True)
class BalancedBatches:
    """Batches in which as many classes as fit have the same number of texts.

    A class with fewer texts than its share repeats them; a text with several labels is drawn
    for each of them.

    Parameters
    ----------
    members : tuple of ndarray of int
        Positions of the texts of each class; none is empty.
    n_classes, n_each : int
        Classes in a batch, and texts of each.
    n_batches : int
        In an epoch.
    """

    members: tuple[np.ndarray, ...]
    n_classes: int
    n_each: int
    n_batches: int

    @classmethod
    def plan(cls, labels: np.ndarray, batch_size: int) -> BalancedBatches:
        """Plan batches of at most `batch_size` texts.

        Parameters
        ----------
        labels : ndarray of shape (n, k)
            1 where a text has a label. Texts without any count as a class of their own.
        batch_size : int
            Fewer than two texts of two classes, 4, are not drawn.

        Examples
        --------
        >>> batches = BalancedBatches.plan(np.eye(2)[[0, 0, 0, 1]], 16)
        >>> batches.size, batches.n_each, batches.n_batches
        (6, 3, 1)
        """
        columns = np.column_stack([labels > 0, ~(labels > 0).any(axis=1)])
        members = tuple(np.flatnonzero(column) for column in columns.T if column.any())
        n_classes = min(len(members), max(2, batch_size // _PAIR))
        most = max(_PAIR, max(map(len, members)))
        n_each = min(most, max(_PAIR, batch_size // n_classes))
        return cls(members, n_classes, n_each, -(-len(labels) // (n_classes * n_each)))

    @property
    def size(self) -> int:
        """Texts in a batch."""
        return self.n_classes * self.n_each

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Draw the texts of an epoch.

        Returns
        -------
        ndarray of int, shape (n_batches * size,)
            Positions, batch after batch. Every text of a class comes once before one of them
            comes again.

        Examples
        --------
        >>> labels = np.eye(2)[[0, 0, 0, 1, 1, 1, 1, 1, 1]]
        >>> batches = BalancedBatches.plan(labels, 6)
        >>> order = batches.order(seed=0, epoch=0).reshape(-1, batches.size)
        >>> (order < 3).sum(axis=1).tolist()
        [3, 3]
        """
        rng = np.random.default_rng([seed, epoch])
        classes = _in_turn(np.arange(len(self.members)), rng)
        texts = [_in_turn(member, rng) for member in self.members]
        drawn = [
            next(texts[n])
            for _ in range(self.n_batches)
            for n in _several(classes, self.n_classes)
            for _ in range(self.n_each)
        ]
        return np.array(drawn)


def _in_turn(values: np.ndarray, rng: np.random.Generator) -> Iterator[int]:
    """Yield values for ever, in a new random order each time that all have come."""
    while True:
        yield from rng.permutation(values).tolist()


def _several(values: Iterator[int], n: int) -> list[int]:
    """Take n different values; those that come again at once wait for the next turn."""
    found: dict[int, None] = {}
    while len(found) < n:
        found[next(values)] = None
    return list(found)
