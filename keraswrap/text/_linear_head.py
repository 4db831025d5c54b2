"""Fit a linear layer on the vectors of few texts: logistic regressions, by scikit-learn. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

# Inverse strength of the penalty, for vectors of length 1.
STRENGTH = 300.0
# How far below the other logits a class without texts stays.
_BELOW = 10.0


@dataclass(frozen=True)
class LinearHead:
    """A linear layer.

    Parameters
    ----------
    kernel : ndarray of float32, shape (d, k)
    bias : ndarray of float32, shape (k,)
    loss : float
        Its mean log loss on the texts that it was fitted on.
    """

    kernel: np.ndarray
    bias: np.ndarray
    loss: float


def fit_linear_head(
    vectors: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None,
    *,
    several: bool,
    strength: float = STRENGTH,
) -> LinearHead:
    """Fit a softmax over classes, or a sigmoid for each label.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Of length 1.
    labels : ndarray of shape (n, k)
        1 where a text has a label.
    weights : ndarray of shape (n,), optional
        At least 0, of a mean of 1.
    several : bool
        Whether a text may have several labels, or none.
    strength : float above 0, default=300.0
        Inverse strength of the L2 penalty; scikit-learn's `C`.

    Returns
    -------
    LinearHead
        Classes without texts are improbable: below e^-10. A label that all texts have, or
        none, gets the same probability for every text, by Laplace's rule of succession.

    Examples
    --------
    >>> head = fit_linear_head(np.eye(2), np.eye(2), None, several=False)
    >>> (np.eye(2) @ head.kernel + head.bias).argmax(axis=1).tolist()
    [0, 1]
    """
    vectors = vectors.astype("float64")
    weights = np.ones(len(vectors)) if weights is None else weights.astype("float64")
    counted = weights > 0
    vectors, labels, weights = vectors[counted], labels[counted], weights[counted]
    fit = _fit_each if several else _fit_softmax
    kernel, bias = fit(vectors, labels, weights, strength)
    losses = _log_losses(vectors @ kernel + bias, labels, several)
    return LinearHead(
        kernel.astype("float32"), bias.astype("float32"), float(np.average(losses, weights=weights))
    )


def _fit_softmax(
    vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    found = np.flatnonzero(labels.any(axis=0))
    kernel, bias = np.zeros((vectors.shape[1], labels.shape[1])), np.zeros(labels.shape[1])
    if len(found) > 1:
        kernel[:, found], bias[found] = _regress(vectors, labels.argmax(axis=1), weights, strength)
    # The lowest logit that a vector of length 1 can have.
    lowest = (bias - np.linalg.norm(kernel, axis=0))[found].min()
    bias[np.setdiff1d(np.arange(len(bias)), found)] = lowest - _BELOW
    return kernel, bias


def _fit_each(
    vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = np.zeros((vectors.shape[1], labels.shape[1])), np.zeros(labels.shape[1])
    for k, has in enumerate(labels.T):
        if 0 < has.sum() < len(has):
            both = _regress(vectors, has, weights, strength)
            kernel[:, k], bias[k] = both[0][:, 1] - both[0][:, 0], both[1][1] - both[1][0]
        else:
            bias[k] = np.log(len(has) + 1) * (1 if has.all() else -1)
    return kernel, bias


def _regress(
    vectors: np.ndarray, y: np.ndarray, weights: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return kernel and bias with a column for each class of y; 0 for the first of two."""
    model = LogisticRegression(C=strength, max_iter=1000).fit(vectors, y, weights)
    kernel, bias = model.coef_.T, model.intercept_
    if kernel.shape[1] > 1:
        return kernel, bias
    return np.column_stack([0 * kernel, kernel]), np.append(0.0, bias)


def _log_losses(logits: np.ndarray, labels: np.ndarray, several: bool) -> np.ndarray:
    """Return the log loss of each text; with several labels their mean."""
    if several:
        return np.mean(np.logaddexp(0.0, np.where(labels > 0, -logits, logits)), axis=1)
    top = logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    return total - logits[labels > 0]
