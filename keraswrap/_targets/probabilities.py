"""Turn raw outputs into probabilities."""

from __future__ import annotations

import numpy as np


def softmax(scores: np.ndarray) -> np.ndarray:
    """Compute the softmax over the last axis without overflow."""
    scores = scores - scores.max(axis=-1, keepdims=True)
    powers = np.exp(scores)
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """Compute the logistic function without overflow."""
    return np.exp(-np.logaddexp(0.0, -scores))


def to_proba(raw: np.ndarray, link: str) -> np.ndarray:
    """Turn raw outputs into probabilities.

    Parameters
    ----------
    raw : ndarray of shape (n, ..., width)
        What the net gave.
    link : {'softmax', 'sigmoid', 'normalise', 'each_sigmoid', 'each'}
        See `Head`. One column is the probability (or logit) of the second class.

    Returns
    -------
    ndarray of shape (n, ..., max(width, 2)), float64
        Rows sum to 1, but for the two links that take each column by itself.

    Examples
    --------
    >>> to_proba(np.array([[0.0, 0.0]]), "softmax").tolist()
    [[0.5, 0.5]]
    >>> to_proba(np.array([[0.9]]), "normalise").round(2).tolist()
    [[0.1, 0.9]]
    """
    raw = np.asarray(raw, dtype="float64")
    if link in ("each", "each_sigmoid"):
        return sigmoid(raw) if link == "each_sigmoid" else np.clip(raw, 0.0, 1.0)
    if raw.shape[-1] == 1:
        positive = sigmoid(raw) if link == "sigmoid" else np.clip(raw, 0.0, 1.0)
        return np.concatenate([1.0 - positive, positive], axis=-1)
    if link == "softmax":
        return softmax(raw)
    return _normalise(sigmoid(raw) if link == "sigmoid" else np.clip(raw, 0.0, None))


def _normalise(scores: np.ndarray) -> np.ndarray:
    total = scores.sum(axis=-1, keepdims=True)
    # A row of zeros prefers no class: all are equally likely.
    return np.where(total > 0, scores / np.where(total > 0, total, 1.0), 1.0 / scores.shape[-1])
