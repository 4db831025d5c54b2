"""Combine views, weighed by how well they predict the labels of other rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

__all__ = ["Stacked", "stack"]

# Shares of probability to spread over all classes; the one that fits the labels best is used, since
# shares of neighbors are often 0, and a net's probabilities hardly ever are.
_SPREADS = (1e-6, 1e-3, 1e-2)
# Prior precision of the weights and the class biases: a useless view gets no weight.
_PRIOR = 1.0
# Maximum number of rows for fitting weights; more would hardly change so few numbers.
_MOST = 4_000


@dataclass(frozen=True, eq=False)
class Stacked:
    """Views weighed together.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
        Of each row, without the label of any row in its fold.
    weights : ndarray of shape (n_views,)
        Share of each view in what moves the probabilities, in [0, 1]: its coefficient
        times the standard deviation of its log-odds, the mean over the folds.
    views : list of ndarray of shape (n, k)
        Calibrated probabilities of each view.
    """

    proba: np.ndarray
    weights: np.ndarray
    views: list[np.ndarray]


def stack(codes: np.ndarray, usable: Sequence[np.ndarray], folds: np.ndarray) -> Stacked:
    """Weigh views fold by fold, by how well they predict the other folds.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Positions of the labels among the classes.
    usable : sequence of ndarray of shape (n_folds, n, k)
        For each view, as returned by `assemble_pairs`.
    folds : ndarray of shape (n,), int

    Returns
    -------
    Stacked

    Notes
    -----
    Each view is calibrated by a temperature (Guo et al., 2017). A conditional logit then
    has one weight for each view's log-probabilities and a bias for each class, under a
    normal prior.

    Examples
    --------
    >>> codes, folds = np.tile([0, 1, 0, 1], 12), np.arange(48) // 16
    >>> right = np.where(np.eye(2)[codes] > 0, 0.9, 0.1)
    >>> unsure = np.full((48, 2), 0.5)
    >>> found = stack(codes, [np.stack([view] * 3) for view in (right, unsure)], folds)
    >>> (found.weights > 0.1).tolist()
    [True, False]
    """
    shape = (len(codes), usable[0].shape[2])
    proba, views = np.empty(shape), [np.empty(shape) for _ in usable]
    weights = []
    for fold in range(folds.max() + 1):
        mine, others = np.flatnonzero(folds == fold), _some(np.flatnonzero(folds != fold))
        seen, own = [], []
        for view, of_view in zip(usable, views, strict=True):
            spread, temperature = calibrate(codes[others], view[fold][others])
            seen.append(log_proba(view[fold][others], spread, temperature))
            own.append(log_proba(view[fold][mine], spread, temperature))
            of_view[mine] = np.exp(own[-1])
        weight, bias = weigh(codes[others], np.stack(seen))
        proba[mine] = np.exp(_normalize(np.tensordot(weight, np.stack(own), 1) + bias))
        weights.append(_shares(weight, np.stack(seen)))
    return Stacked(proba, np.mean(weights, axis=0), views)


def _some(rows: np.ndarray) -> np.ndarray:
    return rows[:: -(-len(rows) // _MOST)]


def _shares(weight: np.ndarray, logs: np.ndarray) -> np.ndarray:
    moved = weight * (logs - logs.mean(axis=2, keepdims=True)).std(axis=(1, 2))
    return moved / max(moved.sum(), 1e-12)


def _normalize(logits: np.ndarray) -> np.ndarray:
    top = logits.max(axis=-1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))


def log_proba(proba: np.ndarray, spread: float, temperature: float) -> np.ndarray:
    """Return calibrated log-probabilities.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
    spread : float
        Share of each row that is spread evenly over the classes, in (0, 1).
    temperature : float > 0

    Returns
    -------
    ndarray of shape (n, k)

    Examples
    --------
    >>> np.exp(log_proba(np.array([[0.9, 0.1]]), 1e-6, 2.0)).round(2).tolist()
    [[0.75, 0.25]]
    """
    wide = np.clip(np.asarray(proba, np.float64), 0, 1)
    mixed = (1 - spread) * wide + spread / proba.shape[1]
    return _normalize(np.log(mixed) / temperature)


def calibrate(codes: np.ndarray, proba: np.ndarray) -> tuple[float, float]:
    """Return the spread and the temperature that maximize the likelihood of the labels.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)

    Returns
    -------
    spread, temperature : float

    Examples
    --------
    >>> too_sure = np.array([[0.999, 0.001]] * 10)
    >>> calibrate(np.array([0] * 9 + [1]), too_sure)[1] > 2
    True
    """
    rows = np.arange(len(codes))

    def find(spread: float) -> tuple[float, float, float]:
        logits = log_proba(proba, spread, 1.0)
        found = minimize_scalar(
            lambda log_t: -_normalize(logits / np.exp(log_t))[rows, codes].mean(),
            bounds=(-3, 3),
            method="bounded",
            options={"xatol": 1e-3},
        )
        return float(found.fun), spread, float(np.exp(found.x))

    return min(find(spread) for spread in _SPREADS)[1:]


def weigh(codes: np.ndarray, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit a conditional logit.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    logs : ndarray of shape (n_views, n, k)
        Calibrated log-probabilities.

    Returns
    -------
    weights : ndarray of shape (n_views,), at least 0
    bias : ndarray of shape (k,)
    """
    count, n, k = logs.shape
    rows = np.arange(n)

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = x[:count], x[count:]
        log_p = _normalize(np.tensordot(weight, logs, 1) + bias)
        ahead = np.exp(log_p)
        ahead[rows, codes] -= 1
        slope = np.concatenate([np.tensordot(logs, ahead, 2), ahead.sum(axis=0)])
        return -log_p[rows, codes].sum() + _PRIOR * (x @ x) / 2, slope + _PRIOR * x

    start = np.concatenate([np.full(count, 1 / count), np.zeros(k)])
    bounds = [(0, None)] * count + [(None, None)] * k
    options = {"ftol": 1e-7}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return found.x[:count], found.x[count:]
