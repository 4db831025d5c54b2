"""How many rows a paired test takes, and what some rows can show. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

__all__ = ["power_of", "rows_needed", "smallest_gain"]

# Beyond this nobody labels.
_MOST = 1 << 20


def power_of(n: int, gain: float, differ: float, level: float) -> float:
    """Return how probably a test on n rows is won by a model that is better.

    Parameters
    ----------
    n : int
    gain : float in (0, 1]
        By how much more often the new model does better than worse.
    differ : float in [gain, 1]
        Share of rows on which one model does better than the other.
    level : float in (0, 1)

    Notes
    -----
    Exact: over all numbers of rows that may differ, those that the test does win.

    Examples
    --------
    >>> round(power_of(400, 0.05, 0.1, 0.025), 2)
    0.87
    """
    spread = 8 * np.sqrt(n * differ * (1 - differ)) + 8  # beyond, there is nothing to add
    m = np.arange(max(0, int(n * differ - spread)), min(n, int(n * differ + spread)) + 1)
    count = stats.binom.pmf(m, n, differ)
    # The least number in favor that is significant: sf(k - 1) <= level.
    least = stats.binom.isf(level, m, 0.5) + 1
    won = stats.binom.sf(least - 1, m, 0.5 * (1 + gain / differ))
    return float(np.sum(count * np.where(least <= m, won, 0.0)))


def rows_needed(gain: float, differ: float, level: float, power: float = 0.8) -> int:
    """Return how many rows a test takes to be won, with some probability, by a better model.

    Examples
    --------
    >>> rows_needed(0.05, 0.15, 0.025)
    498
    """
    return _first(lambda n: power_of(n, gain, differ, level) >= power, _MOST)


def smallest_gain(n: int, differ: float, level: float, power: float = 0.8) -> float | None:
    """Return the smallest gain that n rows would show with some probability; None if none.

    Parameters
    ----------
    n : int
    differ : float in (0, 1]
        Share of rows on which the models differ; a gain may not be greater.

    Examples
    --------
    >>> smallest_gain(500, 0.15, 0.025), smallest_gain(20, 0.15, 0.025)
    (0.05, None)
    """
    steps = np.arange(1, round(1000 * differ) + 1)
    if power_of(n, steps[-1] / 1000, differ, level) < power:
        return None
    found = _first(lambda k: power_of(n, k / 1000, differ, level) >= power, len(steps))
    return found / 1000


def _first(is_enough: Callable[[int], bool], most: int) -> int:
    """Return the smallest number from 1 that is enough; `most` if none is."""
    low, high = 0, 1
    while high < most and not is_enough(high):
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
