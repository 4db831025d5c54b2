"""Can new rows be told from old ones: a linear classifier, out of fold, and what chance does.

The classifier is a ridge regression on which rows are new. What it says of rows that it was not
fitted on is linear in those labels, so that fits for hundreds of drawn labels are a few matrix
products, and the test is exact at the cost of one fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from keraswrap.drift._auc import auc, auc_interval, standard_error
from keraswrap.drift._permutations import permuted_p

_FOLDS = 5
# Ridge penalty, as a share of the features' mean sum of squares.
_PENALTY = 1.0
_SPREAD_DRAWS = 200


@dataclass(frozen=True)
class Separation:
    """How well new rows are told from old ones.

    Parameters
    ----------
    auc : float in [0, 1]
        Mean over the folds, out of fold; 0.5 if they cannot be told apart.
    low, high : float
        Its 95% interval; `auc_interval` tells how.
    p_value : float
    newness : ndarray of shape (n,)
        Share of the old rows that look less new, out of fold, for each row.
    """

    auc: float
    low: float
    high: float
    p_value: float
    newness: np.ndarray


class CrossFit:
    """Ridge regressions that each leave out one fold, for any labels of the rows.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Made without knowing which rows are new.
    rng : Generator
        Draws the folds, also without knowing it.
    """

    def __init__(self, features: np.ndarray, rng: np.random.Generator) -> None:
        centered = features - features.mean(axis=0)
        order = rng.permutation(len(centered))
        self.folds = [np.sort(part) for part in np.array_split(order, _FOLDS)]
        self._parts = [centered[rows] for rows in self.folds]
        grams = [part.T @ part for part in self._parts]
        whole = np.sum(grams, axis=0)
        penalty = _PENALTY * np.trace(whole) / max(1, len(whole)) + 1e-12
        eye = penalty * np.eye(len(whole))
        self._factors = [cho_factor(whole - gram + eye) for gram in grams]

    def scores(self, labels: np.ndarray) -> list[np.ndarray]:
        """Return the out-of-fold scores of each fold's rows, for labels of shape (n, b)."""
        labels = labels - labels.mean(axis=0)
        sums = [part.T @ labels[rows] for part, rows in zip(self._parts, self.folds, strict=True)]
        total = np.sum(sums, axis=0)
        each = zip(self._parts, self._factors, sums, strict=True)
        return [part @ cho_solve(factor, total - own) for part, factor, own in each]

    def statistic(self, labels: np.ndarray) -> np.ndarray:
        """Return how far the scores of new rows are above those of old ones, shape (b, 1)."""
        cross, squares = np.zeros(labels.shape[1]), np.zeros(labels.shape[1])
        for rows, found in zip(self.folds, self.scores(labels), strict=True):
            centered = found - found.mean(axis=0)
            cross += np.einsum("ij,ij->j", centered, labels[rows])
            squares += np.einsum("ij,ij->j", centered, centered)
        return (cross / np.sqrt(np.maximum(squares, 1e-30)))[:, None]


def separate(
    features: np.ndarray, is_new: np.ndarray, rng: np.random.Generator, most: int
) -> Separation:
    """Find out whether new rows can be told from old ones.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Numbers of comparable size, made without knowing which rows are new.
    is_new : ndarray of bool of shape (n,)
    rng : Generator
    most : int
        Draws of the permutation test, at most.

    Notes
    -----
    The area under the curve is the mean of those of the folds, each by a classifier that
    its rows did not fit, as LeDell, Petersen and van der Laan (2015) take it. Folds share
    training rows, so it varies more than that of independent rows, by a factor that 200
    drawn labels show; the interval is as much longer.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=(200, 3))
    >>> features[100:, 0] += 2
    >>> found = separate(features, np.arange(200) >= 100, rng, 999)
    >>> found.auc > 0.9, found.p_value
    (True, 0.001)
    """
    features = features[:, np.ptp(features, axis=0) > 0] if len(features) else features
    n_new = int(is_new.sum())
    if not features.shape[1]:
        ends = auc_interval(0.5, len(is_new) - n_new, n_new)
        return Separation(0.5, *ends, 1.0, np.full(len(is_new), 0.5))
    fit = CrossFit(features, rng)
    found = fit.scores(is_new[:, None].astype(np.float64))
    value = _mean_auc(fit, found, is_new)
    newness = np.empty(len(is_new))
    for rows, scores in zip(fit.folds, found, strict=True):
        newness[rows] = _newness(scores[:, 0], is_new[rows])
    p_value = float(permuted_p(fit.statistic, is_new, rng, most)[0])
    ends = auc_interval(value, len(is_new) - n_new, n_new, spread=_spread(fit, is_new, rng))
    return Separation(value, *ends, p_value, newness)


def _spread(fit: CrossFit, is_new: np.ndarray, rng: np.random.Generator) -> float:
    """Return how much more the area varies than that of independent rows, at least 1."""
    drawn = rng.permuted(np.tile(is_new, (_SPREAD_DRAWS, 1)), axis=1).T.astype(np.float64)
    sums, pairs = np.zeros(_SPREAD_DRAWS), np.zeros(_SPREAD_DRAWS)
    for rows, scores in zip(fit.folds, fit.scores(drawn), strict=True):
        ranked = np.take_along_axis(drawn[rows], np.argsort(scores, axis=0), axis=0)
        n_new = ranked.sum(axis=0)
        sums += np.arange(1, len(rows) + 1) @ ranked - n_new * (n_new + 1) / 2
        pairs += n_new * (len(rows) - n_new)
    values = sums / np.maximum(pairs, 1)
    count = int(is_new.sum())
    usual = standard_error(0.5, len(is_new) - count, count)
    return max(1.0, float(np.sqrt(np.mean((values - 0.5) ** 2))) / usual)


def _mean_auc(fit: CrossFit, found: list[np.ndarray], is_new: np.ndarray) -> float:
    """Return the mean over folds, weighed by their pairs of an old and a new row."""
    parts = [is_new[rows] for rows in fit.folds]
    pairs = np.array([part.sum() * (~part).sum() for part in parts], float)
    values = [auc(scores[:, 0], part) for scores, part in zip(found, parts, strict=True)]
    return float(np.average(values, weights=pairs)) if pairs.any() else 0.5


def _newness(scores: np.ndarray, is_new: np.ndarray) -> np.ndarray:
    old = np.sort(scores[~is_new])
    return np.searchsorted(old, scores) / max(1, len(old))
