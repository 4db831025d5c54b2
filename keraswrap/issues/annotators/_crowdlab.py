"""cleanlab's estimates for several annotators, from tables that it would refuse."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.issues.annotators._agreement import count_votes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CrowdEstimates", "estimate_crowd"]


@dataclass(frozen=True, eq=False)
class CrowdEstimates:
    """What cleanlab makes of annotators' labels and probabilities.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Consensus; -1 for rows without a label.
    quality : ndarray of shape (n,)
        NaN for rows without a label.
    annotator_quality : ndarray of shape (m,)
        NaN for annotators without a label.
    scores : ndarray of shape (n,)
        ActiveLab's; the lower, the more another label is worth.
    method : {'crowdlab', 'single'}
        ``'single'`` where no row has two labels.
    """

    codes: np.ndarray
    quality: np.ndarray
    annotator_quality: np.ndarray
    scores: np.ndarray
    method: str


def estimate_crowd(codes: np.ndarray, proba: np.ndarray) -> CrowdEstimates:
    """Run CROWDLAB and ActiveLab on the rows and annotators that have labels.

    Parameters
    ----------
    codes : ndarray of shape (n, m), int
        Class index of each annotator's label; -1 if there is none. At
        least one is there.
    proba : ndarray of shape (n, k)
        k ≥ 2.

    Notes
    -----
    cleanlab refuses rows and annotators without labels, and tables where each
    row has one; it prints, and breaks the last ties by numpy's global
    generator. Here such rows and annotators stay out of its sight, single
    labels are scored as cleanlab advises, nothing is printed, and the global
    generator is left as it was found. It fails where no row has a majority and
    probabilities are equal too; there they are made unequal by 1e-12.

    Examples
    --------
    >>> codes = np.array([[0, 0], [1, -1], [1, 1]])
    >>> estimate_crowd(codes, np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])).codes.tolist()
    [0, 1, 1]
    """
    there = codes >= 0
    rows, columns = np.asarray(there.any(axis=1)), np.asarray(there.any(axis=0))
    shown = codes[np.ix_(rows, columns)]
    labels = np.where(shown >= 0, shown, np.nan)
    proba = _untie(codes, np.asarray(proba, dtype=np.float64))
    single = bool((there.sum(axis=1) <= 1).all())
    with _quiet():
        found, quality, trust = (_single if single else _crowdlab)(labels, proba[rows])
        scores = _active(labels, proba, rows)
    return CrowdEstimates(
        codes=_spread(found, rows, -1),
        quality=_spread(quality, rows, np.nan),
        annotator_quality=_spread(trust, columns, np.nan),
        scores=scores,
        method="single" if single else "crowdlab",
    )


def _untie(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    votes = np.sort(count_votes(codes, proba.shape[1]), axis=1)
    if (votes[:, -1] > votes[:, -2]).any():
        return proba
    first = np.arange(proba.shape[1], 0, -1.0)
    return proba * (1 - 1e-12) + 1e-12 * first / first.sum()


def _crowdlab(labels: np.ndarray, proba: np.ndarray) -> tuple[pd.Series, pd.Series, pd.Series]:
    from cleanlab.multiannotator import get_label_quality_multiannotator

    found = get_label_quality_multiannotator(labels, proba, verbose=False)
    rows, stats = found["label_quality"], found["annotator_stats"].sort_index()
    return rows["consensus_label"], rows["consensus_quality_score"], stats["annotator_quality"]


def _single(labels: np.ndarray, proba: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from cleanlab.rank import get_label_quality_scores

    given = np.nanmax(labels, axis=1).astype(int)
    quality = get_label_quality_scores(given, proba)
    own = np.where(np.isnan(labels), np.nan, quality[:, None])
    return given, quality, np.nanmean(own, axis=0)


def _active(labels: np.ndarray, proba: np.ndarray, rows: np.ndarray) -> np.ndarray:
    from cleanlab.multiannotator import get_active_learning_scores

    rest = None if rows.all() else proba[~rows]
    labeled, unlabeled = get_active_learning_scores(labels, proba[rows], rest)
    scores = _spread(labeled, rows, np.nan)
    scores[~rows] = unlabeled
    return scores


def _spread(values: object, where: np.ndarray, fill: object) -> np.ndarray:
    values = np.asarray(values)
    spread = np.full(len(where), fill, dtype=values.dtype)
    spread[where] = values
    return spread


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    state = np.random.get_state()
    try:
        # cleanlab breaks the last ties at random: use the same draw each time.
        np.random.seed(0)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)
