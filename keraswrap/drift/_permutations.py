"""P-values by drawing again which rows are new, as many times as it takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

_BATCH = 500
# A test ends once that many draws reach what was seen: its p-value is clear by then.
_ENOUGH = 30

Statistic = Callable[[np.ndarray], np.ndarray]


def draws_for(level: float) -> int:
    """Return how many draws let a p-value fall well below a level.

    Examples
    --------
    >>> draws_for(0.005), draws_for(0.0001)
    (999, 29999)
    """
    return max(999, int(np.ceil(3 / level)) - 1)


def permuted_p(
    statistic: Statistic, is_new: np.ndarray, rng: np.random.Generator, most: int
) -> np.ndarray:
    """Test whether old and new rows are exchangeable, by statistics that are high if not.

    Parameters
    ----------
    statistic : callable
        Takes which rows are new, a matrix of 0 and 1 of shape (n, b), and returns t
        statistics of each of the b columns, shape (b, t).
    is_new : ndarray of bool of shape (n,)
    rng : Generator
    most : int
        Draws at most.

    Returns
    -------
    ndarray of shape (t,)
        P-values that hold for all t statistics together: each is compared with the
        largest of a draw (Westfall and Young, 1993).

    Notes
    -----
    The share of draws as extreme as what was seen, which counts as one of them, has a
    false-alarm rate of at most its level, whatever the statistic and the number of rows.
    Drawing ends early as Besag and Clifford (1991, Sequential Monte Carlo p-values)
    describe, which keeps that: at the draw that is the thirtieth to reach what was seen.

    Examples
    --------
    >>> values = np.r_[np.zeros(9), np.ones(9)]
    >>> difference = lambda drawn: (values @ drawn)[:, None]
    >>> permuted_p(difference, values > 0, np.random.default_rng(0), 999)
    array([0.001])
    """
    seen = statistic(is_new[:, None].astype(np.float64))[0]
    # So that rounding errors do not tell a draw from what was seen where they are equal.
    seen = seen - 1e-9 * (1 + np.abs(seen))
    count, ended = np.zeros(len(seen), int), np.zeros(len(seen), int)
    done = 0
    for drawn in _draws(is_new, rng, most):
        reached = statistic(drawn).max(axis=1)[:, None] >= seen
        totals = count + np.cumsum(reached, axis=0)
        first = np.argmax(totals >= _ENOUGH, axis=0)
        ends = (ended == 0) & (totals[-1] >= _ENOUGH)
        ended[ends] = done + first[ends] + 1
        count, done = totals[-1], done + drawn.shape[1]
        if ended.all():
            break
    return np.where(ended > 0, _ENOUGH / np.maximum(ended, 1), (count + 1) / (done + 1))


def _draws(is_new: np.ndarray, rng: np.random.Generator, most: int) -> Iterator[np.ndarray]:
    """Yield batches of labels drawn again, shape (n, b)."""
    labels = is_new.astype(np.float64)
    for start in range(0, most, _BATCH):
        rows = np.tile(labels, (min(_BATCH, most - start), 1))
        yield rng.permuted(rows, axis=1).T
