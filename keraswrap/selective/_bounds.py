"""Exact binomial bounds, and the numbers of rows that a promise takes. Pure."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv
from scipy.stats import norm

from keraswrap.exceptions import ParameterError

# The level of one of several tests, as a share of what all of them may cost: typical for 1,000
# rows, and used for estimates only.
_TYPICAL_SHARE = 0.25
# More are no answer to how many rows would do.
_MOST_ROWS = 1e9


def check_share(value: object, name: str) -> float:
    """Return a number strictly between 0 and 1, or raise ParameterError.

    Examples
    --------
    >>> check_share(0.05, "target_error")
    0.05
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    # NaN is refused because every comparison with it is false.
    if not number or not 0 < float(value) < 1:  # type: ignore[arg-type]
        raise ParameterError(
            f"Expected {name} to be a number between 0 and 1, both excluded, got {value!r:.60}. "
            f"Pass for example {name}={0.9 if name == 'confidence' else 0.05}."
        )
    return float(value)  # type: ignore[arg-type]


def upper_bound(errors: ArrayLike, rows: ArrayLike, confidence: float) -> np.ndarray:
    """Return Clopper and Pearson's one-sided upper bound of an error rate.

    Parameters
    ----------
    errors, rows : array-like of int
        Wrong rows, and all rows; broadcast.
    confidence : float in (0, 1)

    Returns
    -------
    ndarray of float
        The rate at which as few errors as seen have probability 1 - `confidence`; 1 where
        all rows are wrong, or there are none.

    Notes
    -----
    The quantile of a beta distribution with parameters errors + 1 and rows - errors;
    Clopper and Pearson (1934), The use of confidence or fiducial limits illustrated in the
    case of the binomial.

    Examples
    --------
    >>> upper_bound(0, 45, 0.9).round(4), upper_bound([1, 2], [10, 2], 0.9).round(3).tolist()
    (np.float64(0.0499), [0.337, 1.0])
    """
    errors, rows = np.broadcast_arrays(np.asarray(errors), np.asarray(rows))
    certain = errors >= rows
    right = np.where(certain, 1, rows - errors)
    return np.where(certain, 1.0, betaincinv(errors + 1, right, confidence))[()]


def rows_without_error(target_error: float, confidence: float) -> int:
    """Return how many accepted rows without any error are the fewest that allow a promise.

    Examples
    --------
    >>> rows_without_error(0.05, 0.9), rows_without_error(0.01, 0.95)
    (45, 299)
    """
    return math.ceil(math.log(1 - confidence) / math.log(1 - target_error))


def estimate_rows(wrong: np.ndarray, n: int, target_error: float, confidence: float) -> int | None:
    """Estimate how many rows would allow a promise at the error rates that were seen.

    Parameters
    ----------
    wrong : ndarray of shape (m,), bool
        Whether each row is wrong, from the most confident on.
    n : int
        Number of rows, with those that have no score.

    Returns
    -------
    int or None
        None where the rate is above the target at every threshold, or so near to it that
        a billion rows would not do.

    Notes
    -----
    By the normal approximation of the binomial test, at the threshold that needs fewest. Each
    rate is that of the rows with half an error in one more row added, lest a few right rows
    count as certain.

    Examples
    --------
    >>> wrong = np.arange(100) % 50 == 49
    >>> estimate_rows(wrong, 100, 0.05, 0.9), estimate_rows(wrong, 100, 0.01, 0.9)
    (151, None)
    """
    accepted = np.arange(1, len(wrong) + 1)
    rate = (np.cumsum(wrong) + 0.5) / (accepted + 1)
    gap = np.where(rate < target_error, target_error - rate, np.nan)
    width = norm.isf((1 - confidence) * _TYPICAL_SHARE)
    needed = width**2 * target_error * (1 - target_error) / gap**2
    total = np.maximum(needed, rows_without_error(target_error, confidence)) * n / accepted
    least = np.inf if np.isnan(gap).all() else np.nanmin(total)
    return math.ceil(least) if least <= _MOST_ROWS else None
