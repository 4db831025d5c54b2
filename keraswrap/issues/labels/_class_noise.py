"""Detect labels that go wrong by class, from the likelihood of held-out labels. Pure.

If one class is mistaken for another whatever the row, a model trained on such labels
gives every row of that class a share of the other, so its wrong labels are doubted less
than they should be. Bayes' rule undoes that. If people err on hard rows instead, there is
nothing to undo, and the probability of the label ranks best. The labels decide: errors
count as errors by class only if a model of these predicts held-out labels clearly better.
At one rate for all classes there is nothing to undo either, though such errors are
independent of the row as well: for that question, which estimates of noise ask, see
`_evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from keraswrap.issues._chunks import in_pieces, of_labels

__all__ = ["ClassNoise", "find_class_noise", "score_by_evidence"]

# Minimum gain in held-out log-likelihood for errors to count as errors by class: per pair of
# classes, and an upper limit. On people's errors the gain stayed below 7 with two classes and below
# 24 with three; with a fifth of a class flipped it was above 9 with two, and above 70 with 77.
_ENOUGH, _AT_MOST = 8.0, 40.0
# Random halvings to average over: the gain of a single one varies by a few units.
_HALVINGS = 4
# Prior precision of the class-specific log-odds, and of the biases and the scale.
_PRIOR, _OF_REST = 0.3, 1.0
# Limits: classes beyond which errors by class are not looked for, and the cells and rows of the
# table of probabilities that a fit uses.
_MOST_CLASSES, _MOST_CELLS, _MOST_ROWS = 100, 200_000, 10_000
# Log-odds of a right label: where a fit starts, and their prior mean.
_START = 3.0


@dataclass(frozen=True, eq=False)
class ClassNoise:
    """Labels that go wrong by class.

    Parameters
    ----------
    scale : float
        Factor of the log-probabilities.
    bias : ndarray of shape (k,)
        Added to the scaled log-probabilities.
    transition : ndarray of shape (k, k)
        Probability of a given label (column) by true class (row).
    """

    scale: float
    bias: np.ndarray
    transition: np.ndarray

    def true_and_given(self, codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
        """Return the joint probability of each true class and the given label, of shape (n, k)."""
        return self.join(codes, _log(proba))

    def join(self, codes: np.ndarray, logs: np.ndarray) -> np.ndarray:
        """Do so from log-probabilities."""
        logits = self.scale * logs + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        of_true = powers / powers.sum(axis=1, keepdims=True)
        return of_true * self.transition[:, codes].T


def score_by_evidence(codes: np.ndarray, proba: np.ndarray, noise: ClassNoise | None) -> np.ndarray:
    """Return the probability that each label is right, undoing errors by class if there are any.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)
    noise : ClassNoise or None
        As returned by `find_class_noise`.

    Returns
    -------
    ndarray of shape (n,), float64
        In [0, 1]. Without errors by class, the probability of the label.

    Examples
    --------
    >>> score_by_evidence(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]), None).tolist()
    [0.9, 0.2]
    """
    if noise is None:
        own = in_pieces(of_labels, codes, proba)
        return np.clip(own.astype(np.float64), 0, 1)

    def right(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
        joint = noise.true_and_given(codes, np.asarray(proba, np.float64))
        return of_labels(codes, joint) / np.maximum(joint.sum(axis=1), 1e-300)

    return in_pieces(right, codes, proba)


def find_class_noise(codes: np.ndarray, proba: np.ndarray) -> ClassNoise | None:
    """Fit a model of errors by class; return None without clear evidence of such errors.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)
        Out of sample.

    Returns
    -------
    ClassNoise or None

    Notes
    -----
    Scaled and shifted, the probabilities are assumed to be those of the true class; a
    transition matrix turns them into those of the label (Patrini et al., 2017). Two such
    models are fitted to half of the rows, one with the same error rate for every class,
    one with a rate for every pair, and both predict the other half. This is done in both
    directions and for four random halvings. The second model has to gain 8 in
    log-likelihood for each pair of classes, or 40 if that is less.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(2, size=1000)
    >>> proba = np.where(np.eye(2)[truth] > 0, 0.9, 0.1)
    >>> one_sided = np.where(rng.random(1000) < 0.3, 0, truth)
    >>> find_class_noise(truth, proba) is None, find_class_noise(one_sided, proba) is None
    (True, True)
    """
    k = proba.shape[1]
    if k > _MOST_CLASSES:
        return None
    every = -(-len(codes) // max(1, min(_MOST_ROWS, _MOST_CELLS // k)))
    codes, logs = codes[::every], _log(np.asarray(proba[::every], np.float64))
    if len(codes) < 4 * k:
        return None
    gains = [_gain(codes, logs, seed) for seed in range(_HALVINGS)]
    if np.mean(gains) < min(_ENOUGH * k * (k - 1) / 2, _AT_MOST):
        return None
    return _fit(codes, logs, by_class=True)


def _gain(codes: np.ndarray, logs: np.ndarray, seed: int) -> float:
    half = np.random.default_rng(seed).permutation(len(codes)) % 2 == 0
    gain = 0.0
    for seen in (half, ~half):
        told = [
            _fit(codes[seen], logs[seen], by_class=by_class).join(codes[~seen], logs[~seen])
            for by_class in (True, False)
        ]
        same, apart = (np.log(np.maximum(joint.sum(axis=1), 1e-300)).sum() for joint in told[::-1])
        gain += float(apart - same)
    return gain


def _fit(codes: np.ndarray, logs: np.ndarray, *, by_class: bool) -> ClassNoise:
    """Fit scale, biases and transition to the labels, by maximum a posteriori estimation."""
    k = logs.shape[1]
    given, own = np.eye(k)[codes], np.eye(k)

    def read(x: np.ndarray) -> ClassNoise:
        apart = x[2 + k :].reshape(k, k) if by_class else 0.0
        odds = np.exp((x[1] + np.log(k - 1)) * own + apart)
        return ClassNoise(float(np.exp(x[0])), x[2 : 2 + k], odds / odds.sum(axis=1, keepdims=True))

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        noise, rest = read(x), x.copy()
        rest[1] -= _START
        precision = np.full(len(x), _PRIOR)
        precision[: 2 + k] = _OF_REST
        precision[1] = 0.1
        joint = noise.join(codes, logs)
        total = np.maximum(joint.sum(axis=1), 1e-300)
        of_true = joint / total[:, None]
        before = joint / noise.transition[:, codes].T
        moved = of_true - before
        cells = of_true.T @ given
        slope_t = cells - noise.transition * cells.sum(axis=1, keepdims=True)
        slope = [[(moved * logs).sum() * noise.scale, np.trace(slope_t)], moved.sum(axis=0)]
        slope += [slope_t.ravel()] if by_class else []
        value = np.log(total).sum() - (precision * rest**2).sum() / 2
        return -value, precision * rest - np.concatenate(slope)

    start = np.zeros(2 + k + (k * k if by_class else 0))
    start[1] = _START
    # Gains of some units are asked for: a millionth of the loss is some hundredths.
    options = {"maxiter": 100, "ftol": 1e-6}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return read(found.x)


def _log(proba: np.ndarray) -> np.ndarray:
    return np.log(np.clip(proba, 1e-9, 1))
