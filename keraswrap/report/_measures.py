"""Measure how well out-of-sample probabilities fit the labels as given. Pure."""

from __future__ import annotations

import numpy as np

_BINS = 15
_BARS = 20


def measure_accuracy(proba: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """Return the accuracy of the most probable class, and that of the commonest label.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
    codes : ndarray of shape (n,), int
        Position of each row's given label among the columns.

    Returns
    -------
    dict
        ``accuracy`` and ``majority``, in [0, 1].

    Examples
    --------
    >>> measure_accuracy(np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]))
    {'accuracy': 0.5, 'majority': 0.5}
    """
    right = float((proba.argmax(axis=1) == codes).mean())
    return {"accuracy": right, "majority": float(np.bincount(codes).max() / len(codes))}


def measure_calibration(
    proba: np.ndarray, codes: np.ndarray, bins: int = _BINS
) -> dict[str, float | list[dict[str, float]]]:
    """Compare how sure the probabilities are with how often they are right.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
    codes : ndarray of shape (n,), int
    bins : int, default=15
        Of equal width, over the probability of the most probable class.

    Returns
    -------
    dict
        ``error``, the expected calibration error in [0, 1] (Guo et al. 2017,
        "On calibration of modern neural networks"); ``bins``, a list of
        ``n``, ``confidence`` and ``accuracy`` of every bin that holds a row.

    Examples
    --------
    >>> measure_calibration(np.array([[0.8, 0.2], [0.8, 0.2]]), np.array([0, 1]))["error"]
    0.3
    """
    confidence = proba.max(axis=1)
    right = proba.argmax(axis=1) == codes
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    held = counts > 0
    sums = (np.bincount(place, weights, bins)[held] for weights in (confidence, right))
    mean, share = (total / counts[held] for total in sums)
    error = float(np.abs(mean - share) @ counts[held] / len(codes))
    told = zip(counts[held].tolist(), mean.tolist(), share.tolist(), strict=True)
    named = [{"n": n, "confidence": sure, "accuracy": true} for n, sure, true in told]
    return {"error": round(error, 12), "bins": named}


def count_qualities(quality: np.ndarray, is_issue: np.ndarray) -> dict[str, list[int]]:
    """Count labels by quality, in 20 steps from 0 to 1.

    Parameters
    ----------
    quality : ndarray of shape (n,)
        In [0, 1].
    is_issue : ndarray of shape (n,), bool

    Returns
    -------
    dict
        ``all`` and ``issues``, each a list of 20 numbers of rows.

    Examples
    --------
    >>> count_qualities(np.array([0.01, 0.99]), np.array([True, False]))["issues"][:2]
    [1, 0]
    """
    place = np.clip((quality * _BARS).astype(int), 0, _BARS - 1)
    every = np.bincount(place, minlength=_BARS)
    issues = np.bincount(place[np.asarray(is_issue, bool)], minlength=_BARS)
    return {"all": every.tolist(), "issues": issues.tolist()}


def count_pairs(given: np.ndarray, suggested: np.ndarray, shown: np.ndarray, k: int) -> np.ndarray:
    """Count rows by given and suggested label.

    Parameters
    ----------
    given, suggested : ndarray of shape (n,), int
        Positions of labels among the classes.
    shown : ndarray of shape (n,), bool
        Which rows count.
    k : int
        Number of classes.

    Returns
    -------
    ndarray of shape (k, k), int

    Examples
    --------
    >>> zero = np.array([0, 0])
    >>> count_pairs(zero, np.array([0, 1]), np.array([True, True]), 2).tolist()
    [[1, 1], [0, 0]]
    """
    cells = np.bincount(given[shown] * k + suggested[shown], minlength=k * k)
    return cells.reshape(k, k)


def measure_gain(
    p_wrong: np.ndarray, order: np.ndarray, points: int = 200
) -> dict[str, list[float]]:
    """Return how many errors are expected among the first rows reviewed.

    Parameters
    ----------
    p_wrong : ndarray of shape (n,)
        Probability that each label is wrong.
    order : ndarray of shape (n,), int
        In which order rows are reviewed.
    points : int, default=200
        Maximum number of row counts to report.

    Returns
    -------
    dict
        ``reviewed`` and ``errors``, lists of one length, from 0 to all rows.

    Examples
    --------
    >>> measure_gain(np.array([0.25, 0.5]), np.array([1, 0]))
    {'reviewed': [0, 1, 2], 'errors': [0.0, 0.5, 0.75]}
    """
    found = np.r_[0.0, np.cumsum(p_wrong[order])]
    reviewed = np.unique(np.linspace(0, len(order), points + 1).astype(int))
    return {"reviewed": reviewed.tolist(), "errors": found[reviewed].tolist()}
