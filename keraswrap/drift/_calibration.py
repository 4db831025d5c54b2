"""Probabilities made calibrated on the reference rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

__all__ = ["Calibration", "fit_calibration", "log_proba", "refit"]

_SMALLEST = 1e-6
# Strength of the pull of log temperature and biases to 0: that of about one row.
_PULL = 0.5


@dataclass(frozen=True)
class Calibration:
    """Temperature and biases of logarithmic probabilities.

    Parameters
    ----------
    slope : float above 0
        Inverse temperature.
    biases : ndarray of shape (k,)
    """

    slope: float
    biases: np.ndarray

    def log_proba(self, logs: np.ndarray) -> np.ndarray:
        """Return calibrated log-probabilities of those of a classifier, shape (n, k)."""
        return np.asarray(log_softmax(self.slope * logs + self.biases, axis=1))

    def proba(self, logs: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities."""
        return np.asarray(np.exp(self.log_proba(logs)))


def log_proba(proba: np.ndarray) -> np.ndarray:
    """Return finite logarithms of probabilities.

    Examples
    --------
    >>> log_proba(np.array([[1.0, 0.0]])).round(1).tolist()
    [[0.0, -13.8]]
    """
    return np.log(np.maximum(proba, _SMALLEST))


def fit_calibration(logs: np.ndarray, codes: np.ndarray) -> Calibration:
    """Fit temperature and biases to labels.

    Parameters
    ----------
    logs : ndarray of shape (n, k)
        As from `log_proba`.
    codes : ndarray of int of shape (n,)
        The column of each row's label.

    Notes
    -----
    Bias-corrected temperature scaling, which Alexandari, Kundaje and Shrikumar (2020,
    Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift
    adaptation) found best before shares are re-estimated.

    Examples
    --------
    >>> logs = log_proba(np.array([[0.99, 0.01], [0.01, 0.99]] * 50))
    >>> fit_calibration(logs, np.array([0, 1] * 40 + [1, 0] * 10)).slope < 0.4
    True
    """
    n, k = logs.shape
    hit = _hits(codes, k)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        slope = np.exp(theta[0])
        found = log_softmax(slope * logs + theta[1:], axis=1)
        off = np.exp(found) - hit
        value = -float(found[np.arange(n), codes].sum()) + _PULL * float(theta @ theta)
        slopes = np.r_[slope * np.sum(off * logs), off.sum(axis=0)]
        return value / n, (slopes + 2 * _PULL * theta) / n

    bounds = [(-4.0, 4.0)] + [(-20.0, 20.0)] * k
    done = minimize(loss, np.zeros(k + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(float(np.exp(done.x[0])), done.x[1:])


def refit(
    found: Calibration, logs: np.ndarray, codes: np.ndarray, weights: np.ndarray
) -> list[Calibration]:
    """Return the calibrations of weighted rows, each one Newton step from that of all.

    Parameters
    ----------
    found : Calibration
        As fitted to the rows without weights.
    weights : ndarray of shape (b, n)
        A bootstrap's: multinomial counts.

    Notes
    -----
    A step from the optimum of all rows is as good as a fit for the spread of a bootstrap,
    to the first order, and all of them take one matrix product.

    Examples
    --------
    >>> logs = log_proba(np.array([[0.9, 0.1], [0.2, 0.8]] * 50))
    >>> codes = np.array([0, 1] * 40 + [1, 0] * 10)
    >>> found = fit_calibration(logs, codes)
    >>> round(refit(found, logs, codes, np.ones((1, 100)))[0].slope / found.slope, 2)
    1.0
    """
    proba = found.proba(logs)
    off = proba - _hits(codes, logs.shape[1])
    scaled = found.slope * logs
    rows = np.column_stack([np.sum(off * scaled, axis=1), off])
    theta = np.r_[np.log(found.slope), found.biases]
    gradients = weights @ rows + 2 * _PULL * theta
    steps = np.linalg.solve(_curvature(proba, scaled, off), gradients.T).T
    ends = theta - np.clip(steps, -1.0, 1.0)
    return [Calibration(float(np.exp(end[0])), end[1:]) for end in ends]


def _curvature(proba: np.ndarray, scaled: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Return the matrix of second derivatives of the loss, shape (k + 1, k + 1)."""
    mean = np.sum(proba * scaled, axis=1, keepdims=True)
    spread = proba * (scaled - mean)
    among = np.diag(proba.sum(axis=0)) - proba.T @ proba
    slope = np.sum(spread * scaled) + max(0.0, float(np.sum(off * scaled)))
    cross = spread.sum(axis=0)
    whole = np.block([[np.array([[slope]]), cross[None, :]], [cross[:, None], among]])
    return np.asarray(whole + 2 * _PULL * np.eye(len(whole)))


def _hits(codes: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(np.arange(k) == codes[:, None], dtype=np.float64)
