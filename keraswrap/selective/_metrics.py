"""Metrics of answers among which some may be missing. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from keraswrap._data import check_order
from keraswrap.exceptions import InputError
from keraswrap.selective._acceptance import is_abstention
from keraswrap.selective._bounds import check_share
from keraswrap.selective._held_out import share_right

__all__ = ["compare_answers", "coverage_score", "selective_accuracy_score"]


def compare_answers(
    labels: ArrayLike, predicted: ArrayLike, abstain_label: object = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are answered, and which are answered rightly.

    Raises
    ------
    InputError
        If there are not as many labels as predictions, they are in another order or of
        another kind, or a label is missing.

    Examples
    --------
    >>> answered, right = compare_answers(["yes", "no", "no"], ["yes", None, "yes"])
    >>> answered.tolist(), right.tolist()
    ([True, False, True], [True, False, False])
    """
    check_order({"labels": labels, "predicted": predicted})
    given, answers = np.asarray(labels), np.asarray(predicted)
    if given.ndim != 1 or given.shape != answers.shape:
        raise InputError(
            f"Expected labels and predictions of shape (n,), got {given.shape} and "
            f"{answers.shape}. Pass those of the same rows."
        )
    _check_labels(given)
    answered = ~is_abstention(answers, abstain_label)
    _check_kinds(given, answers[answered])
    right = np.zeros(len(given), dtype=bool)
    right[answered] = given[answered] == answers[answered]
    return answered, right


def _check_labels(labels: np.ndarray) -> None:
    if not len(labels):
        raise InputError("Expected labels and predictions of at least one row, got none.")
    missing = int(pd.isna(labels).sum())
    if missing:
        raise InputError(
            f"Expected a label for each of {len(labels):,} rows, got {missing:,} missing. Leave "
            "those rows out; only predictions may be missing."
        )


def _check_kinds(labels: np.ndarray, answers: np.ndarray) -> None:
    """Raise InputError where texts would be compared with numbers, of which none are equal."""
    texts = [{isinstance(value, str) for value in part.tolist()} for part in (labels, answers)]
    if len(answers) and not texts[0] & texts[1]:
        raise InputError(
            f"Expected labels and predictions of one kind, got {labels[0]!r:.40} and "
            f"{answers[0]!r:.40}. Convert one of them."
        )


def coverage_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    max_error: float | None = None,
    abstain_label: object = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the share of rows that are answered.

    For searches and cross-validation: ``scoring=make_scorer(coverage_score)``. Metrics of
    scikit-learn, as ``scoring="accuracy"``, cannot compare None with labels.

    Parameters
    ----------
    y_true : array-like of shape (n,)
    y_pred : array-like of shape (n,)
        As `SelectiveClassifier` and `CascadeClassifier` predict them.
    max_error : float in (0, 1), optional
        Coverage at an error: 0 if a larger share of the answers is wrong.
    abstain_label : object, default=None
        What stands for no answer. None stands for NaN and NA too.
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    InputError
        If there are no rows, a label is missing, labels are texts and predictions numbers;
        labels, predictions or weights differ in number or order; or weights have no positive
        sum.
    ParameterError
        If `max_error` is not a number between 0 and 1.

    Examples
    --------
    >>> from keraswrap.selective import coverage_score
    >>> coverage_score(["yes", "no", "no", "no"], ["yes", None, "yes", "no"])
    0.75
    >>> coverage_score(["yes", "no", "no", "no"], ["yes", None, "yes", "no"], max_error=0.1)
    0.0
    """
    limit = 1.0 if max_error is None else check_share(max_error, "max_error")
    answered, right = compare_answers(y_true, y_pred, abstain_label)
    share = share_right(answered, sample_weight)
    wrong = share_right(answered & ~right, sample_weight)
    # Rounding must not push an error of exactly `max_error` above it.
    return share if wrong <= limit * share * (1 + 1e-9) else 0.0


def selective_accuracy_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    abstain_label: object = None,
    sample_weight: ArrayLike | None = None,
    zero_division: float = np.nan,
) -> float:
    """Return the share of the answers that are right.

    Alone it is no goal of a search: a classifier that answers one row may have 1. The
    classifiers' own `score`, the share of all rows that are answered rightly, is one.

    Parameters
    ----------
    y_true : array-like of shape (n,)
    y_pred : array-like of shape (n,)
    abstain_label : object, default=None
        What stands for no answer. None stands for NaN and NA too.
    sample_weight : array-like of shape (n,), optional
    zero_division : float, default=nan
        What to return if nothing is answered.

    Returns
    -------
    float in [0, 1], or `zero_division`

    Raises
    ------
    InputError
        As for `coverage_score`.

    Examples
    --------
    >>> from keraswrap.selective import selective_accuracy_score
    >>> selective_accuracy_score(["yes", "no", "no"], ["yes", None, "yes"])
    0.5
    """
    answered, right = compare_answers(y_true, y_pred, abstain_label)
    share = share_right(answered, sample_weight)
    return share_right(right, sample_weight) / share if share else zero_division
