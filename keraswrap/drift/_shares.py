"""Class shares of rows without labels, and whether shares alone explain what changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from keraswrap.drift._calibration import Calibration, fit_calibration, log_proba, refit
from keraswrap.drift._permutations import permuted_p

__all__ = ["Mixture", "Outputs", "estimate_mixture", "mixture_fit", "shares_p"]

_STEPS = 300
_FOLDS = 5


@dataclass(frozen=True)
class Outputs:
    """What the model says of old and new rows.

    Parameters
    ----------
    reference : ndarray of shape (n, k)
        Probabilities of rows with a label among the k classes.
    codes : ndarray of int of shape (n,)
        The column of each label.
    new : ndarray of shape (m, k)
    """

    reference: np.ndarray
    codes: np.ndarray
    new: np.ndarray


@dataclass(frozen=True)
class Mixture:
    """Shares of the classes, with draws of them, and the accuracy expected under them.

    Parameters
    ----------
    reference, new : ndarray of shape (k,)
        Shares by the labels of the reference, and re-estimated of the new rows.
    draws : ndarray of shape (b, k)
        The new shares of bootstrap samples of old and new rows.
    reference_draws : ndarray of shape (b, k)
    expected, measured : float
        Accuracy expected on new rows, and that on the reference.
    noise : float
        Standard deviation of the accuracy of the very rows, were the expected one exact.
    share_noise : ndarray of shape (k,)
        That of their shares.
    expected_draws, measured_draws : ndarray of shape (b,)
    weights : tuple of ndarray
        The bootstrap's weights of old and new rows, (b, n) and (b, m).
    """

    reference: np.ndarray
    new: np.ndarray
    draws: np.ndarray
    reference_draws: np.ndarray
    expected: float
    measured: float
    noise: float
    share_noise: np.ndarray
    expected_draws: np.ndarray
    measured_draws: np.ndarray
    weights: tuple[np.ndarray, np.ndarray]


def reestimate(
    proba: np.ndarray, old: np.ndarray, weights: np.ndarray, start: np.ndarray | None = None
) -> np.ndarray:
    """Return the shares that make unlabeled rows most likely.

    Parameters
    ----------
    proba : ndarray of shape (m, k)
        Calibrated where shares are `old`.
    old : ndarray of shape (k,)
        Above 0.
    weights : ndarray of shape (m,)
    start : ndarray of shape (k,), optional

    Notes
    -----
    The expectation maximization of Saerens, Latinne and Decaestecker (2002, Adjusting the
    outputs of a classifier to new a priori probabilities), squared steps included: every
    three steps are extrapolated where that raises the likelihood (Varadhan and Roland,
    2008).

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1]] * 82 + [[0.1, 0.9]] * 18)
    >>> reestimate(proba, np.array([0.5, 0.5]), np.ones(100)).round(2).tolist()
    [0.9, 0.1]
    """
    ratio = proba / old
    weights = weights / weights.sum()

    def step(shares: np.ndarray) -> tuple[np.ndarray, float]:
        mixed = np.maximum(ratio @ shares, 1e-300)
        return shares * ((weights / mixed) @ ratio), float(weights @ np.log(mixed))

    shares = old if start is None else start
    for _ in range(_STEPS):
        once, likely = step(shares)
        twice, _ = step(once)
        first, second = once - shares, twice - 2 * once + shares
        length = -np.sqrt((first @ first) / max(second @ second, 1e-300))
        leap = shares - 2 * length * first + length**2 * second
        leap = np.maximum(leap, 1e-12) / np.maximum(leap, 1e-12).sum()
        after, leapt = step(leap)
        found = after if leapt >= likely else twice
        moved, shares = np.abs(found - shares).max(), found
        if moved < 1e-5:
            break
    return shares / shares.sum()


def estimate_mixture(outputs: Outputs, rng: np.random.Generator, draws: int) -> Mixture:
    """Re-estimate the shares of the classes, and the accuracy that follows.

    Parameters
    ----------
    outputs : Outputs
    rng : Generator
    draws : int
        Bootstrap samples: old and new rows are both drawn again, and probabilities
        calibrated again.

    Notes
    -----
    The expected accuracy is that of the reference's labels, plus the difference in mean
    calibrated probability between new and old rows: a calibration that is too sure or too
    unsure of both cancels out, as in prediction-powered inference (Angelopoulos et al.
    2023).
    """
    logs, new_logs = log_proba(outputs.reference), log_proba(outputs.new)
    (n, k), m = logs.shape, len(new_logs)
    said, given = outputs.reference.argmax(axis=1), outputs.new.argmax(axis=1)
    right = said == outputs.codes
    base = fit_calibration(logs, outputs.codes)
    old_draws = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    new_draws = rng.multinomial(m, np.full(m, 1 / m), size=draws).astype(np.float64)
    apart = _out_of_fold(base, logs, outputs.codes, rng)
    # How much surer a calibration is of the rows that it was fitted to than of others.
    seen = float(_of(base.proba(logs), said).mean() - _of(apart, said).mean())

    def once(
        old_weights: np.ndarray, new_weights: np.ndarray, found: Calibration
    ) -> tuple[np.ndarray, np.ndarray, float, float, np.ndarray]:
        old, proba = _shares_of(outputs.codes, old_weights, k), found.proba(new_logs)
        new = reestimate(proba, old, new_weights)
        adjusted = proba * (new / old)
        adjusted /= np.maximum(adjusted.sum(axis=1, keepdims=True), 1e-300)
        sure = float(np.average(_of(adjusted, given), weights=new_weights))
        old_sure = float(np.average(_of(found.proba(logs), said), weights=old_weights)) - seen
        measured = float(np.average(right, weights=old_weights))
        return old, new, measured + sure - old_sure, measured, adjusted

    old, new, expected, measured, adjusted = once(np.ones(n), np.ones(m), base)
    again = zip(old_draws, new_draws, refit(base, logs, outputs.codes, old_draws), strict=True)
    drawn = [np.array(part) for part in zip(*(once(*one)[:-1] for one in again), strict=True)]
    return Mixture(
        reference=old,
        new=new,
        draws=drawn[1],
        reference_draws=drawn[0],
        expected=expected,
        measured=measured,
        noise=float(_noise(_of(adjusted, given))),
        share_noise=_noise(adjusted),
        expected_draws=drawn[2],
        measured_draws=drawn[3],
        weights=(old_draws, new_draws),
    )


def _of(proba: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Return the probability of a class by row."""
    return np.asarray(proba[np.arange(len(said)), said])


def _noise(proba: np.ndarray) -> np.ndarray:
    """Return the standard deviation of the share of rows of which something holds by chance."""
    return np.asarray(np.sqrt(np.sum(proba * (1 - proba), axis=0)) / len(proba))


def _out_of_fold(
    found: Calibration, logs: np.ndarray, codes: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return probabilities by calibrations that leave out a fifth of the rows each."""
    n, made = len(codes), np.empty(logs.shape)
    fold = rng.permutation(n) % _FOLDS
    kept = np.array([fold != part for part in range(_FOLDS)], dtype=np.float64)
    kept *= n / kept.sum(axis=1, keepdims=True)
    for part, one in enumerate(refit(found, logs, codes, kept)):
        made[fold == part] = one.proba(logs[fold == part])
    return made


def _shares_of(codes: np.ndarray, weights: np.ndarray, k: int) -> np.ndarray:
    """Return shares of labels; half a row more of each class keeps them above 0."""
    counts = np.bincount(codes, weights, minlength=k)
    counts = np.where(counts > 0, counts, 0.5)
    return counts / counts.sum()


def shares_p(proba: np.ndarray, is_new: np.ndarray, rng: np.random.Generator, most: int) -> float:
    """Test whether the model's mean outputs differ between old and new rows.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
        Of old and new rows.

    Notes
    -----
    Two statistics: the squared distance of the means in units of their covariance, which
    is the score test of shares in the likelihood that expectation maximization raises, and
    the largest difference of one class. The smaller p-value is doubled.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1]] * 50 + [[0.1, 0.9]] * 50)
    >>> shares_p(proba, np.arange(100) >= 50, np.random.default_rng(0), 999)
    0.001
    """
    centered = proba - proba.mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered / len(centered))
    kept = values > 1e-4 * max(values.max(), 1e-12)
    if not kept.any():
        return 1.0
    white = centered @ vectors[:, kept] / np.sqrt(values[kept])
    whole = permuted_p(lambda drawn: ((white.T @ drawn) ** 2).sum(0)[:, None], is_new, rng, most)
    if kept.sum() == 1:
        return float(whole[0])
    scale = np.maximum(centered.std(axis=0), 1e-9)
    scaled = centered / scale
    each = permuted_p(lambda drawn: np.abs(scaled.T @ drawn).max(0)[:, None], is_new, rng, most)
    return float(min(1.0, 2 * min(whole[0], each[0])))


def mixture_fit(
    features: np.ndarray, outputs: Outputs, mixture: Mixture, rng: np.random.Generator
) -> float:
    """Test whether new rows may be a mixture of the reference's classes at other shares.

    Parameters
    ----------
    features : ndarray of shape (n + m, d)
        Of old rows, in the order of the outputs, and new ones.
    outputs : Outputs
    mixture : Mixture
    rng : Generator
        Halves the rows.

    Returns
    -------
    float
        P-value.

    Notes
    -----
    A ridge regression on half of the rows learns to tell new rows from old ones, weighed
    by class as the new shares demand. On the other half its mean score of new rows is
    compared with that of the weighed old ones; its error comes from the bootstrap, shares
    included. Both halves take both parts, and the smaller p-value is doubled.
    """
    n, m = outputs.reference.shape[0], outputs.new.shape[0]
    centered = features - features.mean(axis=0)
    half = np.r_[rng.permutation(n) % 2, rng.permutation(m) % 2].astype(bool)
    ratio = (mixture.new / mixture.reference)[outputs.codes]
    weights = np.r_[ratio / ratio.sum(), np.full(m, 1 / m)]
    sign = np.r_[np.full(n, -1.0), np.ones(m)]
    found = [_excess(centered, weights, sign, train, outputs, mixture) for train in (half, ~half)]
    return float(min(1.0, 2 * min(found)))


def _excess(
    features: np.ndarray,
    weights: np.ndarray,
    sign: np.ndarray,
    train: np.ndarray,
    outputs: Outputs,
    mixture: Mixture,
) -> float:
    part, weight = features[train], weights[train]
    gram = part.T @ (weight[:, None] * part)
    gram += (np.trace(gram) / max(1, len(gram)) + 1e-12) * np.eye(len(gram))
    scores = features @ np.linalg.solve(gram, part.T @ (weight * sign[train]))
    n = len(outputs.codes)
    old_test, new_test = ~train[:n], ~train[n:]
    scored, codes = scores[:n][old_test], outputs.codes[old_test]
    k = outputs.reference.shape[1]

    def excess(old: np.ndarray, new: np.ndarray, shares: np.ndarray) -> float:
        # By class: the mean score of its old rows, where it has any.
        counts = np.bincount(codes, old, minlength=k)
        sums = np.bincount(codes, old * scored, minlength=k)
        there = counts > 0
        mixed = shares[there] @ (sums[there] / counts[there]) / max(shares[there].sum(), 1e-12)
        return float(np.average(scores[n:][new_test], weights=new) - mixed)

    seen = excess(np.ones(len(codes)), np.ones(int(new_test.sum())), mixture.new)
    old_draws, new_draws = mixture.weights
    drawn = [
        excess(old[old_test], new[new_test] + 1e-9, shares)
        for old, new, shares in zip(old_draws, new_draws, mixture.draws, strict=True)
    ]
    error = float(np.std(drawn, ddof=1))
    return float(norm.sf(seen / error)) if error > 0 else 1.0
