"""Thresholds for all rows or for each predicted class, and what they accept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from keraswrap.exceptions import ParameterError
from keraswrap.selective._judge import judge, top_columns
from keraswrap.selective._scores import score_rows
from keraswrap.selective._threshold import (
    SelectiveThreshold,
    find_score_threshold,
    find_threshold,
    why_none,
)

Score = str | Callable[[np.ndarray], object]


def find_each(
    proba: np.ndarray,
    labels: np.ndarray,
    classes: np.ndarray,
    target_error: float,
    confidence: float,
    score: Score,
) -> tuple[SelectiveThreshold, ...]:
    """Find a threshold among the rows of each predicted class.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
    labels : ndarray of shape (n,)
    classes : ndarray of shape (k,)
    target_error, confidence, score
        As for `find_threshold`.

    Returns
    -------
    tuple of k SelectiveThreshold

    Examples
    --------
    >>> proba, classes = np.tile([[0.9, 0.1], [0.2, 0.8]], (50, 1)), np.array([0, 1])
    >>> each = find_each(proba, np.zeros(100, int), classes, 0.05, 0.9, "max_proba")
    >>> [found.coverage for found in each]
    [1.0, 0.0]
    """
    scores, correct = judge(proba, labels, classes, score)
    top, answered = top_columns(proba)
    rows = [answered & (top == column) for column in range(len(classes))]
    return tuple(
        find_score_threshold(scores[of], correct[of], target_error, confidence) for of in rows
    )


def find_all(
    proba: np.ndarray,
    labels: np.ndarray,
    classes: np.ndarray,
    promise: tuple[float, float],
    score: Score,
    *,
    per_class: bool,
) -> tuple[SelectiveThreshold, ...]:
    """Find a threshold for all rows, or one for each predicted class.

    Parameters
    ----------
    promise : (float, float)
        Target error and confidence.

    Returns
    -------
    tuple of 1 or k SelectiveThreshold

    Examples
    --------
    >>> proba, classes = np.tile([[0.9, 0.1], [0.2, 0.8]], (50, 1)), np.array([0, 1])
    >>> given = (proba, np.tile([0, 1], 50), classes, (0.05, 0.9), "max_proba")
    >>> [len(find_all(*given, per_class=each)) for each in (False, True)]
    [1, 2]
    """
    if per_class:
        return find_each(proba, labels, classes, *promise, score)
    return (find_threshold(proba, labels, *promise, classes=classes, rank_by=score),)


def accept(proba: np.ndarray, threshold: float | np.ndarray, score: Score) -> np.ndarray:
    """Return which rows reach the threshold, or that of their most probable class.

    Examples
    --------
    >>> accept(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([0.9, 0.5]), "max_proba").tolist()
    [True, False]
    """
    top, answered = top_columns(proba)
    reached = score_rows(proba, score) >= np.broadcast_to(threshold, proba.shape[1])[top]
    return reached & answered  # where the threshold is -inf, rows without an answer reach it


def check_abstain_label(label: object, classes: np.ndarray) -> None:
    """Raise ParameterError if what stands for no answer is a class.

    Examples
    --------
    >>> check_abstain_label("unsure", np.array(["no", "yes"]))
    """
    if not np.isscalar(label) and label is not None:
        raise ParameterError(
            f"Expected abstain_label as a text, a number or None, got {label!r:.60}. "
            "Choose another."
        )
    if label is not None and label in classes.tolist():
        raise ParameterError(
            f"Expected abstain_label to be none of the classes, got {label!r:.60}, which is one of "
            f"{np.unique(classes)[:10].tolist()!r:.200}. Choose another, or None."
        )


def is_abstention(answers: np.ndarray, label: object) -> np.ndarray:
    """Return which answers are none; for None, NaN and NA are none too.

    Examples
    --------
    >>> is_abstention(np.array(["no", None, float("nan")], dtype=object), None).tolist()
    [False, True, True]
    """
    if pd.api.types.is_scalar(label) and pd.isna(label):
        return np.asarray(pd.isna(answers), dtype=bool)
    return np.array([bool(answer == label) for answer in answers.tolist()], dtype=bool)


def fill_in(labels: np.ndarray, accepted: np.ndarray, abstain_label: object) -> np.ndarray:
    """Put what stands for no answer in the places of rows that are not accepted.

    Returns
    -------
    ndarray of shape (n,)
        Of the labels' kind if all are accepted, or if the other label is of it; else of
        objects.

    Examples
    --------
    >>> fill_in(np.array(["no", "yes"]), np.array([True, False]), "unsure")
    array(['no', 'unsure'], dtype='<U6')
    >>> fill_in(np.array([3, 4]), np.array([True, False]), None)
    array([3, None], dtype=object)
    """
    other = np.asarray(abstain_label)
    alike = other.ndim == 0 and other.dtype.kind == labels.dtype.kind
    if accepted.all():
        return labels.astype(np.result_type(labels, other)) if alike else labels
    filled = labels.astype(np.result_type(labels, other) if alike else object)
    filled[~accepted] = abstain_label
    return filled


def tell_none(found: Sequence[SelectiveThreshold], classes: np.ndarray | None = None) -> str:
    """Say why no row is accepted, in all or of which predicted classes; empty if some is.

    Examples
    --------
    >>> few = find_score_threshold(np.arange(9.0), np.ones(9))
    >>> tell_none([few], np.array(["no"]))[:60]
    "No row that is predicted as 'no' is answered. An error of at"
    """
    none = [number for number, one in enumerate(found) if not one.n_accepted]
    if not none:
        return ""
    if classes is None:
        return why_none(found[none[0]]) + " predict abstains for every row."
    names = ", ".join(f"{label!r:.60}" for label in classes[none][:5].tolist())
    more = f" or {len(none) - 5:,} other classes" if len(none) > 5 else ""
    first = f" of {classes[none].tolist()[0]!r:.60}" if len(none) > 1 else ""
    why = why_none(found[none[0]], first)
    return f"No row that is predicted as {names}{more} is answered. {why}"
