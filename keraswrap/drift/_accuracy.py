"""Accuracy by labels: its interval, a test against the reference, labels needed. Pure."""

from __future__ import annotations

import math

from scipy.special import betaincinv
from scipy.stats import hypergeom, norm

__all__ = ["accuracy_interval", "detectable_drop", "drop_p", "labels_for"]

POWER = 0.8
_MOST = 1_000_000


def accuracy_interval(right: float, rows: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Clopper and Pearson's exact interval of an accuracy, or of another share.

    Examples
    --------
    >>> [round(end, 3) for end in accuracy_interval(8, 10)]
    [0.444, 0.975]
    """
    tail = (1 - confidence) / 2
    low = 0.0 if right <= 0 else float(betaincinv(right, rows - right + 1, tail))
    high = 1.0 if right >= rows else float(betaincinv(right + 1, rows - right, 1 - tail))
    return low, high


def drop_p(old_right: int, n_old: int, new_right: int, n_new: int) -> float:
    """Test whether accuracy is lower on new rows, by Fisher's exact test, one-sided.

    Examples
    --------
    >>> round(drop_p(90, 100, 75, 100), 4)
    0.0043
    """
    both = n_old + n_new
    return float(hypergeom.cdf(new_right, both, old_right + new_right, n_new))


def labels_for(drop: float, accuracy: float, n_old: int, level: float) -> int | None:
    """Return how many random labels show a drop of accuracy with a probability of 80%.

    None if no number does, as the reference has too few rows.

    Notes
    -----
    By the normal approximation of the test of two shares, corrected for continuity;
    `accuracy` is that of the reference.

    Examples
    --------
    >>> labels_for(0.1, 0.9, 1000, 0.05), labels_for(0.01, 0.9, 1000, 0.05)
    (88, None)
    """
    worse = max(0.0, accuracy - drop)
    certain, enough = float(norm.ppf(1 - level)), float(norm.ppf(POWER))

    def seen(rows: int) -> bool:
        pooled = (n_old * accuracy + rows * worse) / (n_old + rows)
        null = math.sqrt(pooled * (1 - pooled) * (1 / n_old + 1 / rows))
        real = math.sqrt(accuracy * (1 - accuracy) / n_old + worse * (1 - worse) / rows)
        # Fisher's test takes whole rows, so half a row of each side is lost.
        beyond = accuracy - worse - (1 / n_old + 1 / rows) / 2
        return beyond >= certain * null + enough * real

    if accuracy <= worse or not seen(_MOST):
        return None
    low, high = 1, _MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) else (middle + 1, high)
    return low


def detectable_drop(labels: int, accuracy: float, n_old: int, level: float) -> float | None:
    """Return the smallest drop, in steps of 0.01, that so many labels show; None if none.

    Examples
    --------
    >>> detectable_drop(88, 0.9, 1000, 0.05)
    0.1
    """
    for percent in range(1, math.floor(100 * accuracy) + 1):
        needed = labels_for(percent / 100, accuracy, n_old, level)
        if needed is not None and needed <= labels:
            return percent / 100
    return None
