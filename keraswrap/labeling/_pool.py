"""Combine annotators' probabilities, weighed by what people say. Pure.

A logarithmic opinion pool: the log-probabilities of the annotators are added, each times its
weight, and to them a number for each class. Annotators of one family share a vote at first, and
rows that people labeled move the weights from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

__all__ = ["Pool", "cross_fit", "fit_pool", "log_views"]

# No annotator is ever surer than that, so that none outvotes all others alone.
_LEAST = 1e-3
# What a name for a class says of the others where no probability is given.
_VOTE = 0.9
# The least standard deviation of a weight before people have said anything.
_SPREAD = 0.5


@dataclass(frozen=True)
class Pool:
    """Weights of annotators.

    Parameters
    ----------
    weights : ndarray of shape (m,)
        From 0 on.
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
    """Return what names of classes say as probabilities; NaN where there is none.

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
    """Weigh annotators by the labels of people.

    Parameters
    ----------
    views : ndarray of shape (n, m, k)
        As from `log_views`.
    codes : ndarray of shape (n,), int
        Index of each row's class.
    families : ndarray of shape (m,), int
        Annotators with one number share a vote.

    Returns
    -------
    Pool

    Notes
    -----
    The mode of the posterior of a multinomial regression. Weights are normal around 1
    divided by the size of the family, with that as their standard deviation or 0.5 if it is
    less; offsets are normal around 0, with 1. Weights stay at 0 or above, so that whoever
    disagrees with people loses the vote instead of voting for the opposite.

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
    """Combine each row with weights that its own label had no part in.

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
    """Return a pool in which each family has one vote, for want of people's labels.

    Examples
    --------
    >>> equal_pool([0, 0, 1], 2).weights.tolist()
    [0.5, 0.5, 1.0]
    """
    numbers = np.asarray(families)
    return Pool(1.0 / np.bincount(numbers)[numbers], np.zeros(k))
