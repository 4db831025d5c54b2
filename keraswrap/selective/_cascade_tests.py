"""Exact tests of one cascade after another, from the safest on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

import numpy as np
from scipy.special import bdtr
from scipy.stats import binom

from keraswrap.selective._bounds import upper_bound

# Berger and Boos: how often the share of gains may lie beyond the values that are tried. It is
# added to the p-value.
_BEYOND = 1e-4
_TRIED = 64
# Standard deviations beyond which binomial counts are left out; their probability is 1e-15.
_WIDTH = 8.0
_HALVINGS = 20
_ROUNDING = 1e-9


def error_p_value(errors: int, answered: int, target_error: float) -> float:
    """Return how often so few answers are wrong if each is with the target's probability.

    Examples
    --------
    >>> error_p_value(0, 45, 0.05) < 0.1, error_p_value(0, 0, 0.05)
    (True, 1.0)
    """
    return float(bdtr(errors, answered, target_error)) if errors < answered else 1.0


def loss_p_value(losses: int, gains: int, n: int, margin: float) -> float:
    """Return how often a cascade looks so good that errs more than its last stage, by a margin.

    Parameters
    ----------
    losses : int
        Rows that the cascade gets wrong and the last stage right.
    gains : int
        Rows that the cascade gets right and the last stage wrong.
    n : int
        Number of rows.
    margin : float in (0, 1)
        Difference of the two error rates.

    Returns
    -------
    float in [0, 1]

    Notes
    -----
    Losses, gains and other rows follow a trinomial distribution in which the rate of losses
    is that of gains plus the margin. Results are ordered by the difference that was seen,
    less the one to refute, in standard deviations. The probability of such results is
    computed exactly and maximized over the unknown rate of gains, within an upper bound that
    is itself wrong with probability 0.0001, which is added: Berger and Boos (1994), P values
    maximized over a confidence set for the nuisance parameter.

    Examples
    --------
    >>> loss_p_value(0, 0, 300, 0.01) < 0.1, loss_p_value(3, 3, 300, 0.01) < 0.1
    (True, False)
    """
    below = margin * n - (losses - gains)
    if below <= 0:
        return 1.0
    most = min(float(upper_bound(gains, n, 1 - _BEYOND)), (1 - margin) / 2)
    rates = most * np.linspace(0, 1, _TRIED)[:, None] ** 2
    squared = below**2 / (losses + gains + 1)
    return min(1.0, float(_tails(squared, n, rates, margin).max()) + _BEYOND)


def _tails(squared: float, n: int, rates: np.ndarray, margin: float) -> np.ndarray:
    """Return how often results are at least so many standard deviations below the margin.

    Parameters
    ----------
    squared : float
        Square of the standard deviations.
    rates : ndarray of shape (r, 1)
        Rates of gains.
    """
    ends = n * rates[[0, -1], 0]
    width = _WIDTH * ends**0.5 + 2 * _WIDTH
    gains = np.arange(max(0, int(ends[0] - width[0])), min(n, int(ends[1] + width[1])) + 1)
    # The largest number of losses for each number of gains: the root of a quadratic equation,
    # as the variance that is seen grows with the losses.
    at = 2 * gains + margin * n + 1
    below = ((squared**2 + 4 * squared * at) ** 0.5 - squared) / 2
    losses = np.floor(gains + margin * n - below + _ROUNDING)
    share = np.minimum((rates + margin) / (1 - rates), 1.0)
    tails = np.where(losses < 0, 0.0, bdtr(np.clip(losses, 0, n - gains), n - gains, share))
    return (binom.pmf(gains, n, rates) * tails).sum(axis=1)


def loss_bound(losses: int, gains: int, n: int, confidence: float) -> float:
    """Return the smallest margin that the test refutes, an upper bound of the difference.

    Examples
    --------
    >>> round(loss_bound(0, 0, 300, 0.9), 4), loss_bound(0, 0, 0, 0.9)
    (0.0076, 1.0)
    """
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS if n else 0):
        middle = (low + high) / 2
        if loss_p_value(losses, gains, n, middle) <= 1 - confidence:
            high = middle
        else:
            low = middle
    return high


def rows_without_loss(margin: float, confidence: float) -> int:
    """Return how many rows without a loss are the fewest that allow a promise.

    Examples
    --------
    >>> rows_without_loss(0.01, 0.9)
    230
    """
    return int(np.ceil(np.log(1 - confidence - _BEYOND) / np.log1p(-margin)))


def count_passed(p_values: Iterable[float], confidence: float) -> int:
    """Return how many tests pass before the first that does not.

    Together they accept a cascade that should not be with a probability of at most
    1 - confidence: the first such cascade in the sequence must pass its own test.

    Parameters
    ----------
    p_values : iterable of float
        Read up to the first that fails.

    Examples
    --------
    >>> count_passed([0.01, 0.09, 0.2, 0.01], 0.9)
    2
    """
    return sum(1 for _ in takewhile(lambda value: value <= 1 - confidence, p_values))
