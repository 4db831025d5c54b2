"""Splits that scikit-learn has no splitter for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.utils.validation import _num_samples

from keraswrap.exceptions import ParameterError

__all__ = ["LastRows"]


class LastRows:
    """Hold out the last rows in a single split, without shuffling.

    Use this for a wrapper's ``validation_split``, or wherever scikit-learn takes a
    splitter. Keras's own ``validation_split`` holds out the same rows.

    Parameters
    ----------
    test_size : int ≥ 1, or float in (0, 1), default=0.2
        Number of rows, or their share, rounded up.
    gap : int ≥ 0, default=0
        Number of rows before the held-out ones that are in neither part.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : Several splits, by time.

    Examples
    --------
    >>> from keraswrap.model_selection import LastRows
    >>> [(train.tolist(), test.tolist()) for train, test in LastRows(2, gap=1).split(range(6))]
    [([0, 1, 2], [4, 5])]
    """

    def __init__(self, test_size: float = 0.2, gap: int = 0) -> None:
        self.test_size = test_size
        self.gap = gap

    def split(
        self, X: object, y: object = None, groups: object = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the single split.

        Parameters
        ----------
        X : rows
            Only their number counts.
        y, groups
            Not used.

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ParameterError
            If a size is invalid, or leaves nothing to train on.
        """
        n = _num_samples(X)
        held = self._count(n)
        if not 0 < held < n - self.gap or self.gap < 0:
            raise ParameterError(
                f"Expected test_size and gap to leave rows in both parts, got {self.test_size!r} "
                f"and {self.gap!r} of {n} rows. Make them smaller, or test_size larger."
            )
        yield np.arange(n - held - self.gap), np.arange(n - held, n)

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of splits.

        Parameters
        ----------
        X, y, groups
            Not used.

        Returns
        -------
        int
            1.
        """
        return 1

    def __repr__(self) -> str:
        return f"LastRows(test_size={self.test_size!r}, gap={self.gap!r})"

    def _count(self, n: int) -> int:
        if isinstance(self.test_size, int | np.integer):
            return int(self.test_size)
        share = isinstance(self.test_size, float | np.floating) and 0 < self.test_size < 1
        return int(np.ceil(n * float(self.test_size))) if share else 0
