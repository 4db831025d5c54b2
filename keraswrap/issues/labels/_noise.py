"""Estimate label noise from the most confident predictions. Pure.

A model that disagrees with a label is often wrong itself. Where it is most confident it
makes few mistakes, so the disagreement that remains there is label noise. With that and
calibrated probabilities, Bayes' rule gives the probability that each label is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from keraswrap.issues._chunks import Top, by_class, find_top, in_pieces

# Share of each class's predictions that count as most confident, and their minimum number. With a
# tenth, estimates are closest to the known noise, in real labels and in flipped ones.
_SUREST, _FEWEST = 0.1, 10
# A class has few of these, so it is lent pseudo-rows with the error rate of all classes together:
# at least _LENT, or _LENT_FOR_EACH per class if that is more, and at most _MOST_LENT, or _TIMES the
# minimum if that is more; more if the classes are alike.
_LENT, _LENT_FOR_EACH, _MOST_LENT, _TIMES = 20, 3, 2000, 10
# Maximum number of rows for finding the temperature; more would not change it.
_MOST = 30_000
# Minimum share of its probability among noisy labels that a class keeps.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """How true labels turn into given ones, and the counts that show it.

    Parameters
    ----------
    transition : ndarray of shape (k, k)
        Probability of a given label (column) by true class (row).
    counts : ndarray of shape (k, k)
        The most confident predictions, by predicted class (row) and given label (column).
    lent : float
        Number of pseudo-rows that each class was lent.
    temperature : float
        Divisor of the logits that calibrates probabilities.
    """

    transition: np.ndarray
    counts: np.ndarray
    lent: float
    temperature: float

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw transition matrices that are plausible given the counts.

        Parameters
        ----------
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of shape (n, k, k)
        """
        wrong, seen = _count_wrong(self.counts)
        pooled = _alike(rng.beta(wrong + 0.5, seen - wrong + 0.5, size=n), len(self.counts))
        drawn = rng.gamma(_bound(self.counts + self.lent * pooled))
        return drawn / drawn.sum(axis=2, keepdims=True)


def find_noise(codes: np.ndarray, proba: np.ndarray, top: Top | None = None) -> NoiseModel:
    """Estimate the noise of labels.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Indices of the labels among the classes.
    proba : ndarray of shape (n, k)
        Out of sample.
    top : Top, optional
        `find_top(proba)`, if it is already known.

    Returns
    -------
    NoiseModel

    Notes
    -----
    Anchor points (Liu and Tao, 2016; Patrini et al., 2017), here a tenth of the
    predictions of each class, on probabilities calibrated by a temperature
    (Guo et al., 2017). Each class is lent pseudo-rows with the common error rate: a
    Dirichlet prior, whose weight follows from how much the classes differ.

    Examples
    --------
    >>> codes = np.array([0] * 48 + [1] * 2 + [1] * 50)
    >>> proba = np.array([[0.9, 0.1]] * 50 + [[0.1, 0.9]] * 50)
    >>> find_noise(codes, proba).transition.round(2).tolist()
    [[0.98, 0.02], [0.02, 0.98]]
    """
    counts = _count_surest(codes, top or find_top(proba), proba.shape[1])
    wrong, seen = _count_wrong(counts)
    # Half an error is added, since seeing none does not mean that there are none.
    pooled = _alike(np.array([(wrong + 0.5) / (seen + 1)]), len(counts))[0]
    lent = _find_lent(counts, pooled)
    pseudo = _bound(counts + lent * pooled)
    transition = pseudo / pseudo.sum(axis=1, keepdims=True)
    return NoiseModel(transition, counts, lent, find_temperature(codes, proba))


def _count_surest(codes: np.ndarray, top: Top, k: int) -> np.ndarray:
    counts = np.zeros((k, k))
    for code in range(k):
        rows = np.flatnonzero(top.best == code)
        most = max(min(_FEWEST, len(rows)), round(_SUREST * len(rows)))
        counts[code] = np.bincount(codes[rows[_largest(top.sure[rows], most)]], minlength=k)
    return counts


def _largest(values: np.ndarray, most: int) -> np.ndarray:
    """Return the positions of the largest values; the first ones among ties."""
    if most == 0:
        return np.empty(0, np.intp)
    least = np.partition(values, len(values) - most)[len(values) - most]
    above = np.flatnonzero(values > least)
    return np.concatenate([above, np.flatnonzero(values == least)[: most - len(above)]])


def _count_wrong(counts: np.ndarray) -> tuple[float, float]:
    return float(counts.sum() - np.trace(counts)), float(counts.sum())


def _alike(rates: np.ndarray, k: int) -> np.ndarray:
    """Return transitions of shape (len(rates), k, k) with the same error rate for every class."""
    own = np.eye(k)
    return rates[:, None, None] * (1 - own) / (k - 1) + (1 - rates[:, None, None]) * own


def _find_lent(counts: np.ndarray, pooled: np.ndarray) -> float:
    # Geometric mean over a grid, weighted by the likelihood of the counts (Dirichlet-multinomial).
    fewest = max(_LENT, _LENT_FOR_EACH * len(counts))
    tried = np.geomspace(fewest, max(_TIMES * fewest, _MOST_LENT), 25)
    # Empty cells add nothing, and with many classes nearly all are empty.
    seen, rows = counts > 0, counts.sum(axis=1)
    prior = tried[:, None] * pooled[seen]
    of_cells = (gammaln(prior + counts[seen]) - gammaln(prior)).sum(axis=1)
    of_rows = (gammaln(tried[:, None]) - gammaln(tried[:, None] + rows)).sum(axis=1)
    weights = np.exp(of_cells + of_rows - (of_cells + of_rows).max())
    return float(np.exp(np.average(np.log(tried), weights=weights)))


def _bound(pseudo: np.ndarray) -> np.ndarray:
    # At most half of a class's labels may be wrong: otherwise they would rather mean another class.
    diagonal = np.arange(pseudo.shape[-1])
    own, rows = pseudo[..., diagonal, diagonal], pseudo.sum(axis=-1)
    others = np.maximum(rows - own, 1e-12)
    bounded = pseudo * (np.minimum(others, rows / 2) / others)[..., None]
    bounded[..., diagonal, diagonal] = np.maximum(own, rows / 2)
    return bounded


def find_temperature(codes: np.ndarray, proba: np.ndarray) -> float:
    """Find the temperature at which probabilities fit the labels best.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)

    Returns
    -------
    float
        Above 1 if the model is overconfident, below 1 if it is underconfident;
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
        return -float(np.log(_softmax(logits / np.exp(log_temperature))[codes, rows]).mean())

    found = minimize_scalar(loss, bounds=(-3, 3), method="bounded")
    return float(np.exp(found.x))


def score_posterior(codes: np.ndarray, proba: np.ndarray, top: Top | None = None) -> np.ndarray:
    """Return the probability that each label is right.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)
    top : Top, optional
        `find_top(proba)`, if it is already known.

    Returns
    -------
    ndarray of shape (n,)
        In [0, 1].
    """
    noise = find_noise(codes, proba, top)

    def right(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
        truth = find_truth(codes, proba, noise).T
        return np.clip(truth[codes, np.arange(len(codes))], 0, 1)

    return in_pieces(right, codes, proba)


def _logits(proba: np.ndarray) -> np.ndarray:
    """Return logits of shape (k, n)."""
    across = by_class(proba, np.float64)
    return np.log(np.clip(across, 1e-12, 1, out=across), out=across)


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities of shape (k, n)."""
    powers = logits - logits.max(axis=0)
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=0)
    return np.maximum(powers, 1e-300, out=powers)


def find_truth(codes: np.ndarray, proba: np.ndarray, noise: NoiseModel) -> np.ndarray:
    """Return the probability of each true class for rows with these labels.

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
    The model was trained on the given labels, so its probabilities are those of the
    noisy label. The inverse of the transition matrix turns them into those of the true
    label, and Bayes' rule adds the evidence of the given one. That the most confident
    predictions are right is an assumption. To allow for one more error among them, a
    share goes to what the model would say if it were half as sure.
    """
    of_given = _softmax(_logits(proba) / noise.temperature)
    # A class less probable than noise alone makes it is nearly impossible, but still ranked.
    of_true = np.maximum(np.linalg.pinv(noise.transition).T @ of_given, _LEAST * of_given)
    of_true /= of_true.sum(axis=0)
    doubt = 1 / (noise.counts.sum() + 1)
    unsure = np.sqrt(of_given)
    both = (1 - doubt) * of_true + doubt / unsure.sum(axis=0) * unsure
    both *= noise.transition[:, codes]
    total = both.sum(axis=0)
    # If the given label is impossible under both, the probabilities stay as they are.
    return np.where(total > 0, both / np.where(total > 0, total, 1), of_given).T
