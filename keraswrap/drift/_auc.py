"""How well a score tells two groups of rows apart, with an interval. Pure."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

_BESIDE = 1e-9


def auc(scores: np.ndarray, is_new: np.ndarray) -> float:
    """Return the probability that a new row has the higher score; ties count half.

    Examples
    --------
    >>> auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    0.875
    """
    n_new = int(is_new.sum())
    n_old = len(is_new) - n_new
    if not n_new or not n_old:
        return 0.5
    ranks = float(rankdata(scores)[is_new].sum())
    return (ranks - n_new * (n_new + 1) / 2) / (n_new * n_old)


def auc_interval(
    value: float, n_old: int, n_new: int, confidence: float = 0.95, spread: float = 1.0
) -> tuple[float, float]:
    """Return an interval of an area under the curve.

    Parameters
    ----------
    value : float in [0, 1]
    n_old, n_new : int
        Rows of each group.
    confidence : float in (0, 1), default=0.95
    spread : float, default=1.0
        How much more the area varies than that of a fixed score of independent rows.

    Notes
    -----
    Method 5 of Newcombe (2006, Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic, part 2): the areas that lie within z standard errors, in which
    the error is the one at the bound itself. So the interval has a length even at 0 and 1.

    Examples
    --------
    >>> [round(end, 3) for end in auc_interval(0.5, 100, 100)]
    [0.421, 0.579]
    >>> [round(end, 3) for end in auc_interval(1.0, 100, 100)]
    [0.98, 1.0]
    """
    z = spread * float(norm.ppf(0.5 + confidence / 2))

    def beyond(bound: float) -> float:
        return abs(value - bound) - z * standard_error(bound, n_old, n_new)

    # Just beside the area itself: at 0 and 1 the error vanishes.
    below, above = value - _BESIDE, value + _BESIDE
    low = brentq(beyond, 0.0, below) if below > 0 and beyond(0.0) > 0 else 0.0
    high = brentq(beyond, above, 1.0) if above < 1 and beyond(1.0) > 0 else 1.0
    return float(low), float(high)


def standard_error(value: float, n_old: int, n_new: int) -> float:
    """Return the standard error of an area, as Hanley and McNeil (1982) give it.

    Examples
    --------
    >>> round(standard_error(0.5, 100, 100), 3)
    0.041
    """
    pairs = (n_old + n_new) / 2 - 1
    part = (1 - value) / (2 - value) + value / (1 + value)
    return float(np.sqrt(value * (1 - value) * (1 + pairs * part) / (n_old * n_new)))
