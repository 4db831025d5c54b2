"""How sure probabilities are of each row, and whether they are right. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from keraswrap._data import check_order
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError
from keraswrap.selective._scores import score_rows

_TOLERANCE = 1e-3


def judge(
    probabilities: ArrayLike,
    labels: ArrayLike,
    classes: ArrayLike | None,
    score: str | Callable[[np.ndarray], object],
) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's score, and whether its most probable class is right.

    Examples
    --------
    >>> judge([[0.25, 0.75]], ["no"], ["no", "yes"], "margin")
    (array([0.5]), array([False]))
    """
    check_order({"probabilities": probabilities, "labels": labels})
    proba = check_probabilities(probabilities)
    given = check_labels(labels)
    known = np.unique(given) if classes is None else np.asarray(classes)
    if len(given) != len(proba) or known.shape != proba.shape[1:]:
        raise InputError(
            f"Expected a label for each row of the probabilities and a class for each column, got "
            f"{len(given):,} labels, {len(known):,} classes and shape {proba.shape}. Pass "
            "classes=, the class of each column, if some have no label."
        )
    _check_classes(known, given)
    top, answered = top_columns(proba)
    return score_rows(proba, score), answered & (known[top] == given)


def _check_classes(classes: np.ndarray, labels: np.ndarray) -> None:
    known, given = set(classes.tolist()), set(labels.tolist())
    if len(known) < len(classes):
        raise InputError(
            f"Expected classes that differ, got {classes[:10].tolist()!r:.100}. Pass the class of "
            "each column."
        )
    if given and not known & given:
        raise InputError(
            f"Expected labels among the classes, such as {sorted(known, key=str)[:5]!r:.80}, got "
            f"{sorted(given, key=str)[:5]!r:.80}. Pass labels of the same kind."
        )


def top_columns(proba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's most probable column, and whether it has probabilities.

    Examples
    --------
    >>> top_columns(np.array([[0.25, 0.75], [np.nan, np.nan]]))
    (array([1, 0]), array([ True, False]))
    """
    answered = ~np.isnan(proba).any(axis=1)
    return np.where(answered[:, None], proba, 0).argmax(axis=1), answered


def check_probabilities(probabilities: ArrayLike) -> np.ndarray:
    """Return probabilities as an array; rows of NaN are allowed.

    Examples
    --------
    >>> check_probabilities([[0.25, 0.75], [float("nan")] * 2]).shape
    (2, 2)
    """
    proba = np.asarray(probabilities)
    if proba.ndim != 2 or not proba.shape[1] or proba.dtype.kind not in "fiub":
        raise InputError(
            "Expected probabilities of shape (n, k), a column for each class, got shape "
            f"{proba.shape} of dtype {proba.dtype}. For two classes pass both columns."
        )
    rows = proba[~np.isnan(proba).any(axis=1)]
    # A language model's labels may have less than 1 together.
    bad = (rows < -_TOLERANCE).any(axis=1) | (rows.sum(axis=1) > 1 + _TOLERANCE)
    if bad.any():
        raise InputError(
            f"Expected probabilities from 0 on that sum to at most 1 in each row, got "
            f"{rows[bad][0][:5].tolist()} and {int(bad.sum()):,} such rows. Pass the result of "
            "predict_proba."
        )
    return proba
