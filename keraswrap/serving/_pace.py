"""How long a model takes for a batch, learned from those that it was given. Pure."""

from __future__ import annotations

__all__ = ["Pace"]

# How much of what was seen is kept at each batch, and how alike sizes may be to tell nothing.
_KEPT, _ALIKE = 0.9, 0.02


class Pace:
    """Seconds of a batch as a start and a time for each row, by least squares that forget.

    The start is not divided among the rows: a small net takes as long for one row as for a
    hundred, so that smaller batches would only slow it down.

    Examples
    --------
    >>> pace = Pace()
    >>> for n in (1, 10, 20):
    ...     pace.learn(n, 0.01 + 0.001 * n)
    >>> pace.rows_within(0.05)
    40
    """

    def __init__(self) -> None:
        self._weight = self._n = self._t = self._nn = self._nt = 0.0

    def learn(self, n: int, seconds: float) -> None:
        """Note that a batch of so many rows took so many seconds."""
        kept = (self._weight, self._n, self._t, self._nn, self._nt)
        seen = (1.0, n, seconds, n * n, n * seconds)
        self._weight, self._n, self._t, self._nn, self._nt = (
            _KEPT * old + new for old, new in zip(kept, seen, strict=True)
        )

    @property
    def row_seconds(self) -> float:
        """Seconds for each row, of the batches so far; 0 before the first."""
        return self._t / self._n if self._n else 0.0

    def rows_within(self, seconds: float) -> int | None:
        """Return how many rows take so many seconds; None if that is not known yet.

        Where the start alone takes longer, as many as take as long as the start.
        """
        if not self._weight:
            return None
        n, t = self._n / self._weight, self._t / self._weight
        variance = self._nn / self._weight - n * n
        if variance < _ALIKE * n * n:  # all were of a size: a larger one will tell
            return int(1.5 * n) + 1
        slope = max(1e-9, (self._nt / self._weight - n * t) / variance)
        start = max(0.0, t - slope * n)
        return int((max(seconds, 2 * start) - start) / slope + 1e-6)
