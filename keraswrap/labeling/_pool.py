"""Combine annotators' probabilities with weights learned from people's labels. Pure.

A logarithmic opinion pool: the weighted log-probabilities of the annotators are added, plus an
offset for each class. Annotators of one family start with one shared vote, and rows that people
labeled adjust the weights from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

__all__ = ["Pool", "cross_fit", "fit_pool", "log_views"]

# The least probability that counts, so that no annotator alone outvotes all others.
_LEAST = 1e-3
# The probability of a class that is named without one.
_VOTE = 0.9
# The least standard deviation of a weight in its prior.
_SPREAD = 0.5


@dataclass(frozen=True)
class Pool:
    """Weights of annotators.

    Parameters
    ----------
    weights : ndarray of shape (m,)
        At least 0.
    offsets : ndarray of shape (k,)
    """

    weights: np.ndarray
    offsets: np.ndarray

    def combine(self, views: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (n, k) for views of shape (n, m, k)."""
        logits = np.einsum("nmk,m->nk", views, self.weights) + self.offsets
        return np.exp(log_softmax(logits, axis=1))


def log_views(proba: np.ndarray) -> np.ndarray:
    """Return centered log-probabilities; 0 where an annotator does not answer.

    Parameters
    ----------
    proba : ndarray of shape (n, m, k)
        Rows of NaN are no answers.

    Examples
    --------
    >>> log_views(np.array([[[0.5, 0.5], [np.nan, np.nan]]])).tolist()
    [[[0.0, 0.0], [0.0, 0.0]]]
    """
    logs = np.log(np.clip(np.nan_to_num(proba, nan=1.0), _LEAST, 1.0))
    logs -= logs.mean(axis=-1, keepdims=True)
    logs[np.isnan(proba).any(axis=-1)] = 0.0
    return logs


def vote(codes: np.ndarray, k: int) -> np.ndarray:
    """Turn named classes into probabilities; NaN where there is none.

    Examples
    --------
    >>> vote(np.array([1, -1]), 2).round(2).tolist()
    [[0.1, 0.9], [nan, nan]]
    """
    proba = np.full((len(codes), k), (1 - _VOTE) / max(k - 1, 1))
    proba[np.arange(len(codes)), codes] = _VOTE
    proba[codes < 0] = np.nan
    return proba


def fit_pool(views: np.ndarray, codes: np.ndarray, families: np.ndarray) -> Pool:
    """Learn the weights of annotators from people's labels.

    Parameters
    ----------
    views : ndarray of shape (n, m, k)
        As from `log_views`.
    codes : ndarray of shape (n,), int
        Index of each row's class.
    families : ndarray of shape (m,), int
        Annotators with the same number share a vote.

    Returns
    -------
    Pool

    Notes
    -----
    The posterior mode of a multinomial regression. The prior of a weight is normal, with 1
    divided by the size of the family as its mean, and this or 0.5, whichever is larger, as
    its standard deviation; that of an offset is standard normal. Weights are at least 0, so
    that an annotator that contradicts people has no vote, rather than one for the opposite.

    Examples
    --------
    >>> views = log_views(np.array([[[0.9, 0.1], [0.1, 0.9]], [[0.2, 0.8], [0.9, 0.1]]] * 20))
    >>> fit_pool(views, np.array([0, 1] * 20), np.array([0, 1])).weights.round(1).tolist()
    [2.2, 0.0]
    """
    m, k = views.shape[1:]
    start = 1.0 / np.bincount(families)[families]
    scale = np.maximum(start, _SPREAD)
    hot = np.zeros((len(codes), k))
    hot[np.arange(len(codes)), codes] = 1.0
    truth = np.einsum("nmk,nk->m", views, hot), hot.sum(axis=0)

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        weights, offsets = x[:m], x[m:]
        logits = np.tensordot(views, weights, axes=(1, 0)) + offsets
        total = logsumexp(logits, axis=1, keepdims=True)
        proba = np.exp(logits - total)
        gap = (weights - start) / scale
        value = total.sum() - weights @ truth[0] - offsets @ truth[1]
        value += 0.5 * (gap @ gap + offsets @ offsets)
        slope = np.einsum("nmk,nk->m", views, proba) - truth[0] + gap / scale
        return value, np.concatenate([slope, proba.sum(axis=0) - truth[1] + offsets])

    bounds = [(0.0, None)] * m + [(None, None)] * k
    found = minimize(loss, np.append(start, np.zeros(k)), jac=True, bounds=bounds).x
    return Pool(found[:m], found[m:])


def cross_fit(
    views: np.ndarray, codes: np.ndarray, families: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    """Combine each row with weights learned without its own label.

    Parameters
    ----------
    folds : ndarray of shape (n,), int
        Number of each row's fold.

    Returns
    -------
    ndarray of shape (n, k)
    """
    found = np.empty((len(codes), views.shape[2]))
    for fold in np.unique(folds):
        out = folds == fold
        found[out] = fit_pool(views[~out], codes[~out], families).combine(views[out])
    return found


def equal_pool(families: Sequence[int] | np.ndarray, k: int) -> Pool:
    """Return a pool in which each family has one vote, for use without people's labels.

    Examples
    --------
    >>> equal_pool([0, 0, 1], 2).weights.tolist()
    [0.5, 0.5, 1.0]
    """
    numbers = np.asarray(families)
    return Pool(1.0 / np.bincount(numbers)[numbers], np.zeros(k))
