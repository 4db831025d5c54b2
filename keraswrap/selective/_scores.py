"""How sure probabilities are of their row, as one number a row. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import entr

from keraswrap.exceptions import ParameterError

__all__ = ["SCORES", "check_score", "score_rows"]


def _max_proba(proba: np.ndarray) -> np.ndarray:
    return proba.max(axis=1)


def _margin(proba: np.ndarray) -> np.ndarray:
    if proba.shape[1] < 2:
        return proba[:, 0]
    top = np.partition(proba, -2, axis=1)
    return top[:, -1] - top[:, -2]


def _entropy(proba: np.ndarray) -> np.ndarray:
    # Of what is below 0 by rounding there is no logarithm.
    return -entr(np.maximum(proba, 0)).sum(axis=1)


SCORES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "max_proba": _max_proba,
    "margin": _margin,
    "entropy": _entropy,
}


def check_score(score: object) -> None:
    """Raise ParameterError unless it is a name in SCORES, or a function.

    Examples
    --------
    >>> check_score("margin"), check_score(len)
    (None, None)
    """
    if not callable(score) and (not isinstance(score, str) or score not in SCORES):
        raise ParameterError(
            f"Expected rank_by to be one of {list(SCORES)} or a function of probabilities, got "
            f"{score!r:.60}."
        )


def score_rows(
    proba: np.ndarray, score: str | Callable[[np.ndarray], object] = "max_proba"
) -> np.ndarray:
    """Return how sure each row's probabilities are, higher for surer rows.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
        Rows of NaN are allowed: no answer.
    score : {"max_proba", "margin", "entropy"} or callable
        The highest probability, its distance to the second, the negative entropy in nats,
        or a function of the rows with probabilities that returns a number for each.

    Returns
    -------
    ndarray of shape (n,), float64
        -inf for rows without probabilities.

    Raises
    ------
    ParameterError
        If the score is another, or the function does not return one number a row.

    Examples
    --------
    >>> score_rows(np.array([[0.25, 0.75], [np.nan, np.nan]]), "margin").tolist()
    [0.5, -inf]
    """
    check_score(score)
    answered = ~np.isnan(proba).any(axis=1)
    found = np.full(len(proba), -np.inf)
    if answered.any():
        rows = proba[answered]
        found[answered] = _checked(SCORES[score] if isinstance(score, str) else score, rows)
    return found


def _checked(score: Callable[[np.ndarray], object], rows: np.ndarray) -> np.ndarray:
    values = np.asarray(score(rows))
    numbers = values.shape == (len(rows),) and values.dtype.kind in "fiub"
    if not numbers or not np.isfinite(values).all():
        raise ParameterError(
            f"Expected rank_by to return one number for each of {len(rows):,} rows, all finite, "
            f"got shape {values.shape} of dtype {values.dtype}. Return an array such as "
            "probabilities.max(axis=1)."
        )
    return values.astype(np.float64)
