"""How labels come to be wrong, as far as the surest predictions tell. Pure.

A model's disagreement with a label is its own mistake as often as not. Where it
is surest it makes few, so that what is left there is the labels' noise. With
that and calibrated probabilities, Bayes' rule says of each row how likely its
label is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

# The share of each class's predictions that is surest, and at least so many. With a tenth the
# estimates come nearest to known noise, in real labels and in flipped ones.
_SUREST, _FEWEST = 0.1, 10
# A class has few of its own: so many rows are lent to each, or so many for each class there is,
# that err as all do together. Fewer find uniform noise worse, more find one-sided noise worse.
_LENT, _LENT_FOR_EACH = 20, 3
# Rows that the temperature is found on; more would not change it.
_MOST = 30_000
# Of its probability among noisy labels, what a class keeps at least.
_LEAST = 1e-6
# Rows that are looked at in one go.
_PIECE = 1 << 16


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """What becomes of a true label, and how much was seen of it.

    Parameters
    ----------
    transition : ndarray of shape (k, k)
        Probability of a given label (column) by true class (row).
    pseudo_counts : ndarray of shape (k, k)
        Rows that it was estimated from, with those that are lent to it.
    temperature : float
        By which logits are divided to calibrate probabilities.
    """

    transition: np.ndarray
    pseudo_counts: np.ndarray
    temperature: float


def find_noise(codes: np.ndarray, proba: np.ndarray) -> NoiseModel:
    """Estimate how labels come to be wrong.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Positions of the labels among the classes.
    proba : ndarray of shape (n, k)
        Out of sample.

    Returns
    -------
    NoiseModel

    Notes
    -----
    Anchor points (Liu and Tao, 2016; Patrini et al., 2017), here a tenth of the
    predictions of each class, on probabilities calibrated by a temperature
    (Guo et al., 2017). Each class is lent max(20, 3 k) rows that err as all do.

    Examples
    --------
    >>> codes = np.array([0] * 48 + [1] * 2 + [1] * 50)
    >>> proba = np.array([[0.9, 0.1]] * 50 + [[0.1, 0.9]] * 50)
    >>> find_noise(codes, proba).transition.round(2).tolist()
    [[0.98, 0.02], [0.02, 0.98]]
    """
    temperature = find_temperature(codes, proba)
    counts = _count_surest(codes, proba)
    k, seen = len(counts), counts.sum()
    # Half an error is added: that none was seen does not say that there is none.
    rate = (seen - np.trace(counts) + 0.5) / (seen + 1)
    lent = np.full((k, k), rate / (k - 1))
    np.fill_diagonal(lent, 1 - rate)
    pseudo = _bound(counts + max(_LENT, _LENT_FOR_EACH * k) * lent)
    return NoiseModel(pseudo / pseudo.sum(axis=1, keepdims=True), pseudo, temperature)


def _bound(pseudo: np.ndarray) -> np.ndarray:
    # Of classes that are wrong more often than right, labels could as well mean another.
    own, rows = np.diag(pseudo), pseudo.sum(axis=1)
    others = np.maximum(rows - own, 1e-12)
    bounded = pseudo * (np.minimum(others, rows / 2) / others)[:, None]
    np.fill_diagonal(bounded, np.maximum(own, rows / 2))
    return bounded


def _count_surest(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    k, counts = proba.shape[1], np.zeros((proba.shape[1],) * 2)
    predicted = in_pieces(lambda _, p: p.argmax(axis=1), codes, proba)
    sure = in_pieces(lambda _, p: p.max(axis=1), codes, proba)
    for code in range(k):
        rows = np.flatnonzero(predicted == code)
        most = max(min(_FEWEST, len(rows)), round(_SUREST * len(rows)))
        surest = rows[np.argsort(-sure[rows], kind="stable")[:most]]
        counts[code] = np.bincount(codes[surest], minlength=k)
    return counts


def find_temperature(codes: np.ndarray, proba: np.ndarray) -> float:
    """Find the temperature at which probabilities suit the labels best.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)

    Returns
    -------
    float
        Above 1 where the model is too sure, below where it is not sure enough;
        between 1/20 and 20.

    Examples
    --------
    >>> too_sure = np.array([[0.999, 0.001]] * 10)
    >>> find_temperature(np.array([0] * 9 + [1]), too_sure) > 2
    True
    """
    every = -(-len(codes) // _MOST)
    codes, logits = codes[::every], _logits(proba[::every])
    rows = np.arange(len(codes))

    def loss(log_temperature: float) -> float:
        return -float(np.log(_softmax(logits / np.exp(log_temperature))[rows, codes]).mean())

    found = minimize_scalar(loss, bounds=(-3, 3), method="bounded")
    return float(np.exp(found.x))


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
    starts = range(0, max(1, len(codes)), _PIECE)
    pieces = (slice(start, start + _PIECE) for start in starts)
    return np.concatenate([function(codes[at], np.asarray(proba[at])) for at in pieces])


def of_labels(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Give the probability of each row's own label.

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


def score_posterior(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Say how likely each label is right.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (n,)
        In [0, 1].
    """
    noise = find_noise(codes, proba)

    def right(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
        return np.clip(of_labels(codes, find_truth(codes, proba, noise)), 0, 1)

    return in_pieces(right, codes, proba)


def _logits(proba: np.ndarray) -> np.ndarray:
    return np.log(np.clip(np.asarray(proba, dtype=np.float64), 1e-12, 1))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.maximum(powers / powers.sum(axis=1, keepdims=True), 1e-300)


def find_truth(codes: np.ndarray, proba: np.ndarray, noise: NoiseModel) -> np.ndarray:
    """Say how likely each class is the true one, of rows with these labels.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)
    noise : NoiseModel

    Returns
    -------
    ndarray of shape (n, k)
        Rows sum to 1.

    Notes
    -----
    The model was trained on labels as they are, so its probabilities are those
    of the noisy label; the inverse of the transition gives those of the true
    one, and Bayes' rule what the label at hand adds.
    """
    of_given = _softmax(_logits(proba) / noise.temperature)
    # A class less probable than noise makes it is all but impossible: how much so, still counts.
    of_true = np.maximum(of_given @ np.linalg.pinv(noise.transition), _LEAST * of_given)
    both = of_true * noise.transition[:, codes].T
    total = both.sum(axis=1, keepdims=True)
    # Nothing is left where a label is impossible under both; the probabilities then stand.
    return np.where(total > 0, both / np.where(total > 0, total, 1), of_given)
