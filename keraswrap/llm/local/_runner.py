"""What a local backend has to lend: a net that runs tokens after a cache of keys and values."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np

from keraswrap.llm.local._packing import Layout

__all__ = ["Cache", "Runner"]

# A runner's own state for tokens, opaque to everyone else.
Cache = TypeVar("Cache")


class Runner(Protocol[Cache]):
    """A net that continues from the end of a cache. A cache holds rows of one length.

    Attributes
    ----------
    is_exact : bool
        Whether it computes in float32.
    """

    @property
    def is_exact(self) -> bool: ...

    def empty(self) -> Cache:
        """Return the cache of one row without tokens."""

    def cut(self, cache: Cache, length: int) -> Cache:
        """Return the cache of the first tokens only."""

    def take(self, cache: Cache, rows: np.ndarray) -> Cache:
        """Return the cache of some rows."""

    def extend(
        self, cache: Cache, ids: np.ndarray, targets: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Cache]:
        """Run tokens after a cache, each of whose rows is followed by several rows of ids.

        Parameters
        ----------
        cache : object
        ids : ndarray of shape (b, s), int
        targets : ndarray of shape (b, k, w), int
            What is asked after each of the last k tokens.
        lengths : ndarray of shape (b,), int
            Tokens of each row; what follows them is padding.

        Returns
        -------
        log_probs : ndarray of shape (b, k, w)
        likeliest : ndarray of shape (b,), int
            The token that follows.
        cache : object
            The longer one.
        """

    def follow(self, cache: Cache, ids: np.ndarray) -> tuple[np.ndarray, Cache]:
        """Run tokens after a cache, as :meth:`extend` does, and tell all that may follow.

        Parameters
        ----------
        cache : object
        ids : ndarray of shape (b, s), int
            Without padding.

        Returns
        -------
        logits : ndarray of shape (b, vocabulary), float32
            After the last token of each row.
        cache : object
            The longer one.
        """

    def sees_trees(self, length: int) -> bool:
        """Return whether :meth:`look` is available and exact for rows of so many tokens."""

    def look(self, cache: Cache, layout: Layout) -> np.ndarray:
        """Run tokens, not all of which follow one another, after a cache of one row.

        Parameters
        ----------
        cache : object

        Returns
        -------
        ndarray of shape (b, w)
            The log-probabilities of what is asked.
        """

    def most_rows(self, length: int, new: int, asked: int) -> int:
        """Return how many rows may be run at once.

        Parameters
        ----------
        length, new, asked : int
            Tokens of a row in all, run now, and at how many what follows is asked.
        """
