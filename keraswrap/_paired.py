"""Say how far a mean of paired differences may be from the truth. Pure."""

from __future__ import annotations

import numpy as np
from scipy import stats


def paired_interval(difference: np.ndarray) -> tuple[float, float] | None:
    """Return Student's 95% interval of the mean of differences; None for a single one.

    Parameters
    ----------
    difference : ndarray of shape (n,)
        One for each row, after minus before.

    Returns
    -------
    tuple of (float, float) or None

    Examples
    --------
    >>> low, high = paired_interval(np.array([0.0, 1.0, 2.0]))
    >>> round(low, 2), round(high, 2)
    (-1.48, 3.48)
    """
    n = len(difference)
    if n < 2:
        return None
    mean = float(difference.mean())
    half = float(stats.t.ppf(0.975, n - 1) * difference.std(ddof=1) / np.sqrt(n))
    return mean - half, mean + half
