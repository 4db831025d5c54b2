"""From what a model says of words to probabilities of labels. Pure, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from keraswrap.exceptions import ParameterError

__all__ = ["label_scores", "learn_prior", "probabilities", "totals"]

CALIBRATIONS = (None, "contextual", "batch")
LOW = ("ignore", "warn", "raise", "return_none", "none")
# No label is rarer than this by itself: what it is divided by stays finite.
_RAREST = 1e-9


def label_scores(
    log_probs: np.ndarray,
    owners: np.ndarray,
    lengths: np.ndarray | None = None,
    upper: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Add the probabilities of each label's words.

    Parameters
    ----------
    log_probs : ndarray of shape (n, m)
        Of words. NaN where a model does not say. In a row of which it says
        something such a word is no likelier than the likeliest, and counts as half
        as likely; all of them together as what is left, at most, and each as half of
        `upper`, at most.
    owners : ndarray of shape (m,), int
        The class of each word.
    lengths : ndarray of shape (m,), int, optional
        Tokens of each word: each token counts by its mean, so that long labels
        lose nothing by their length.
    upper : ndarray of shape (n, m), default=0.0
        What a word that is not told has at most: natural logarithms.

    Returns
    -------
    ndarray of shape (n, k)
        Logarithms; NaN in rows of which nothing is known.

    Examples
    --------
    >>> scores = label_scores(np.log([[0.2, 0.1, 0.3]]), np.array([0, 1, 1]))
    >>> np.exp(scores).round(3).tolist()
    [[0.2, 0.4]]
    """
    log_probs = np.asarray(log_probs, dtype=np.float64)
    known = _supposed(log_probs, upper)
    scaled = known if lengths is None else known / np.maximum(1, lengths)
    groups = [scaled[:, owners == label] for label in range(int(owners.max()) + 1)]
    scores = np.stack([np.logaddexp.reduce(group, axis=1) for group in groups], axis=1)
    scores[np.isnan(log_probs).all(axis=1)] = np.nan
    return scores


def _supposed(log_probs: np.ndarray, upper: np.ndarray | float) -> np.ndarray:
    """Put what is in the middle of what can be where a word is not told."""
    open_ = np.isnan(log_probs)
    known = np.where(open_, -np.inf, log_probs)
    left = np.maximum(1.0 - np.exp(known).sum(axis=1), 0.0) / np.maximum(open_.sum(axis=1), 1)
    with np.errstate(divide="ignore"):
        most = np.minimum(known.max(axis=1) - np.log(2), np.log(left))
    return np.where(open_, np.minimum(most[:, None], upper - np.log(2)), known)


def totals(log_probs: np.ndarray) -> np.ndarray:
    """Add up what all labels have, of the probability of all that could be said.

    Parameters
    ----------
    log_probs : ndarray of shape (n, m)
        Of words; one that is not told adds nothing.

    Returns
    -------
    ndarray of shape (n,)
        From 0 to 1; NaN in rows of which nothing is known.
    """
    known = np.where(np.isnan(log_probs), -np.inf, log_probs)
    sums = np.minimum(np.exp(known).sum(axis=1), 1.0)  # above by rounding alone
    sums[np.isnan(log_probs).all(axis=1)] = np.nan
    return sums


def learn_prior(scores: np.ndarray) -> np.ndarray:
    """Say how likely each label is, whatever the text.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
        Of texts without content, or of many texts.

    Returns
    -------
    ndarray of shape (k,)
        Mean probabilities, which sum to 1.

    Raises
    ------
    ParameterError
        If nothing is known of any row.

    Notes
    -----
    With texts without content this is the contextual calibration of Zhao et al.
    (2021), with many texts the batch calibration of Zhou et al. (2024).

    Examples
    --------
    >>> learn_prior(np.log([[0.1, 0.3], [0.4, 0.4]])).tolist()
    [0.375, 0.625]
    """
    known = softmax(scores)
    known = known[~np.isnan(known).any(axis=1)]
    if not len(known):
        raise ParameterError(
            "Expected log-probabilities to calibrate by, got none from the model. Use "
            "calibration=None, or a model that gives them."
        )
    prior = np.maximum(known.mean(axis=0), _RAREST)
    return prior / prior.sum()


def probabilities(
    scores: np.ndarray, total: np.ndarray | None = None, prior: np.ndarray | None = None
) -> np.ndarray:
    """Give each label's probability.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
    total : ndarray of shape (n,), optional
        What a row's probabilities sum to; by default 1.
    prior : ndarray of shape (k,), optional
        What :func:`learn_prior` gave: each label is divided by it.

    Returns
    -------
    ndarray of shape (n, k)
        NaN in rows of which nothing is known, or in which no label can be.

    Examples
    --------
    >>> scores = np.log([[0.1, 0.3]])
    >>> probabilities(scores).round(2).tolist()
    [[0.25, 0.75]]
    >>> probabilities(scores, total=np.array([0.4])).round(2).tolist()
    [[0.1, 0.3]]
    >>> probabilities(scores, prior=np.array([0.1, 0.9])).round(2).tolist()
    [[0.75, 0.25]]
    """
    shifted = scores if prior is None else scores - np.log(prior)
    shares = softmax(shifted)
    return shares if total is None else shares * total[:, None]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Normalise each row; NaN where no entry is finite."""
    highest = scores.max(axis=1, keepdims=True)
    safe = np.where(np.isfinite(highest), highest, 0.0)
    raised = np.exp(scores - safe)
    sums = raised.sum(axis=1, keepdims=True)
    return np.divide(raised, sums, out=np.full_like(raised, np.nan), where=sums > 0)


def check_threshold(value: Any, name: str) -> None:
    """Raise ParameterError for what is no probability."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 <= float(value) <= 1:
        raise ParameterError(
            f"Expected {name} between 0 and 1, got {value!r:.60}. It is a probability."
        )
