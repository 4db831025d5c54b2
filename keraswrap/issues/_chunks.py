"""Labels and probabilities of many rows, some rows at a time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

# Rows processed at a time: few enough for the processor's cache.
PIECE = 1 << 14


class Top(NamedTuple):
    """The most probable class of each row.

    Parameters
    ----------
    best : ndarray of shape (n,), int
        Its position; the first of equals.
    sure : ndarray of shape (n,)
        Its probability.
    """

    best: np.ndarray
    sure: np.ndarray


def pieces(n: int) -> Iterator[slice]:
    """Return slices of some rows each, or an empty one if there is no row.

    Examples
    --------
    >>> list(pieces(20_000))
    [slice(0, 16384, None), slice(16384, 20000, None)]
    """
    return (slice(start, min(start + PIECE, n)) for start in range(0, max(1, n), PIECE))


def in_pieces(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray], codes: np.ndarray, proba: np.ndarray
) -> np.ndarray:
    """Apply a function of labels and probabilities to some rows at a time.

    Probabilities may lie in a file that is larger than memory.

    Parameters
    ----------
    function : callable
        Gives an array with a value for each row.
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> in_pieces(lambda codes, p: p[:, 0] * codes, np.array([2, 3]), np.array([[0.5], [1.0]]))
    array([1., 3.])
    """
    return np.concatenate([function(codes[at], np.asarray(proba[at])) for at in pieces(len(codes))])


def by_class(proba: np.ndarray, dtype: np.dtype | type | None = None) -> np.ndarray:
    """Return probabilities stored by class.

    Rows are short: what is done along them is several times faster across them.

    Parameters
    ----------
    proba : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (k, n), C-contiguous
        A copy.

    Examples
    --------
    >>> by_class(np.array([[0.25, 0.75], [0.5, 0.5]])).tolist()
    [[0.25, 0.5], [0.75, 0.5]]
    """
    return np.array(np.asarray(proba).T, dtype=dtype, order="C", copy=True)


def find_top(proba: np.ndarray) -> Top:
    """Find the most probable class of each row.

    Parameters
    ----------
    proba : ndarray of shape (n, k)

    Examples
    --------
    >>> find_top(np.array([[0.25, 0.75], [0.5, 0.5]])).best.tolist()
    [1, 0]
    """
    best, sure = np.empty(len(proba), np.intp), np.empty(len(proba), proba.dtype)
    for at in pieces(len(proba)):
        across = by_class(proba[at])
        across.argmax(axis=0, out=best[at])
        across.max(axis=0, out=sure[at])
    return Top(best, sure)


def of_labels(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return the probability of each row's own label.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> of_labels(np.array([1, 0]), np.array([[0.25, 0.75], [0.5, 0.5]])).tolist()
    [0.75, 0.5]
    """
    return np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]
