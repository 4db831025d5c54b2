"""Labels and probabilities, checked before anything is made of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap._targets import check_labels, encode
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, InSampleWarning, warn_user
from keraswrap.issues._chunks import by_class, find_top, in_pieces, of_labels, pieces

_TOLERANCE = 1e-3


def check_proba(proba: object) -> np.ndarray:
    """Check probabilities: a row for each example, a column for each class.

    Parameters
    ----------
    proba : array-like of shape (n, k)
        k ≥ 2; each row sums to 1, up to 0.001. A file mapped into memory is
        read once, and not copied.

    Returns
    -------
    ndarray of shape (n, k)

    Raises
    ------
    InputError
        If the shape is another, a number is missing, below 0 or above 1, or a
        row sums to something else.

    Examples
    --------
    >>> check_proba([[0.25, 0.75]]).shape
    (1, 2)
    """
    if isinstance(proba, Mapping):
        raise InputError(
            f"Expected probabilities of one target, got a dict of several: {list(proba)!r:.100}. "
            f"Judge one head at a time: head={next(iter(proba), 'name')!r}."
        )
    proba = proba if isinstance(proba, np.ndarray) else np.asarray(proba)
    if proba.ndim != 2 or proba.shape[1] < 2 or proba.dtype.kind not in "fiub":
        raise InputError(
            "Expected probabilities of shape (n, k), a column for each of k ≥ 2 classes, got "
            f"shape {proba.shape} of dtype {proba.dtype}. For two classes pass both columns, "
            "np.column_stack([1 - p, p])."
        )
    for at in pieces(len(proba)):
        _check_rows(proba[at], at.start)
    return proba


def _check_rows(rows: np.ndarray, start: int) -> None:
    across = by_class(rows)
    sums = across.sum(axis=0, dtype=np.float64)
    low, high = across.min(axis=0, initial=1), across.max(axis=0, initial=0)
    # Written so that NaN is refused too.
    good = (low >= -_TOLERANCE) & (high <= 1 + _TOLERANCE) & (np.abs(sums - 1) <= _TOLERANCE)
    if good.all():
        return
    row = int(np.flatnonzero(~good)[0])
    shown = np.array2string(rows[row, :5], precision=4, separator=", ")
    raise InputError(
        f"Expected probabilities between 0 and 1 that sum to 1 in each row, got {shown} with sum "
        f"{sums[row]:.4g} in row {start + row}, and {int((~good).sum())} such rows near there. "
        "Pass the result of predict_proba, not decision values or logits."
    )


def check_weights(params: Mapping[str, object], n: int) -> None:
    """Check that weights among what fits take are one for each row.

    Parameters
    ----------
    params : mapping
        By name; those of steps of a pipeline end in sample_weight too.
    n : int
        How many rows there are.

    Raises
    ------
    InputError
        If there are more, fewer, or a table of them.

    Examples
    --------
    >>> check_weights({"clf__sample_weight": [1.0, 0.5], "epochs": 3}, 2)
    """
    for name, weights in params.items():
        shape = np.asarray(weights).shape if name.endswith("sample_weight") else ()
        if shape not in ((), (n,)):
            raise InputError(
                f"Expected {name} of shape ({n},), a weight for each row, got shape {shape}."
            )


def refuse_several(y: object) -> None:
    """Raise InputError where rows may have several labels: each is a question of its own.

    Examples
    --------
    >>> refuse_several(np.eye(3, dtype=int)[[0, 2]]), refuse_several([0, 1])
    (None, None)
    """
    shape = getattr(y, "shape", None) or np.shape(np.asarray(y, dtype=object))
    if len(shape) != 2 or shape[1] < 2:
        return
    marks = cast("sparse.csr_matrix", y).toarray() if sparse.issparse(y) else np.asarray(y)
    if (
        marks.dtype.kind in "biuf"
        and np.isin(marks, (0, 1)).all()
        and (marks.sum(axis=1) != 1).any()
    ):
        raise InputError(
            f"Expected one label for each row, got y of shape {tuple(shape)} in which rows have "
            "several labels, or none. Look for issues in one label at a time: "
            "find_label_issues(estimator, X, y[:, j]) for each column j, or with its "
            "probabilities, np.column_stack([1 - proba[:, j], proba[:, j]])."
        )


def check_given(
    y: object, proba: np.ndarray, classes: object = None
) -> tuple[np.ndarray, np.ndarray]:
    """Check labels against probabilities, and find the class of each column.

    Parameters
    ----------
    y : array-like of shape (n,)
    proba : ndarray of shape (n, k)
    classes : array-like of shape (k,), optional
        What the columns stand for. By default the sorted labels, where there
        are as many of them as columns, or 0 to k - 1 where labels are such.

    Returns
    -------
    given : ndarray of shape (n,)
    classes : ndarray of shape (k,)

    Raises
    ------
    InputError
        If the numbers differ, or a label has no column.

    Examples
    --------
    >>> check_given([0, 2, 0], np.full((3, 3), 1 / 3))[1].tolist()
    [0, 1, 2]
    """
    given = check_labels(y)
    if len(given) != len(proba):
        raise InputError(
            f"Expected one label for each row of the probabilities, got "
            f"{counted(len(given), 'label')} and {counted(len(proba), 'row')}."
        )
    found = _columns(given, proba.shape[1]) if classes is None else _named(classes, proba.shape[1])
    encode(given, found)  # says which label has no column
    return given, found


def _columns(given: np.ndarray, count: int) -> np.ndarray:
    seen = np.unique(given)
    if len(seen) == count:
        return seen
    if given.dtype.kind in "iu" and seen[0] >= 0 and seen[-1] < count:
        return np.arange(count)
    raise InputError(
        f"Expected as many columns of probabilities as classes, got {count} columns and the "
        f"labels {seen[:10].tolist()!r:.200}. Pass classes=, the label of each column."
    )


def _named(classes: object, count: int) -> np.ndarray:
    named = np.asarray(classes)
    if named.shape != (count,) or (np.sort(named) != named).any() or len(set(named)) < count:
        raise InputError(
            f"Expected classes to be {count} different labels in ascending order, one for each "
            f"column of the probabilities, got {named[:10].tolist()!r:.200}. Sort the columns with "
            "them."
        )
    return named


def check_names(proba: object, classes: np.ndarray) -> None:
    """Raise InputError if the columns of a frame bear the names of other classes than theirs.

    Examples
    --------
    >>> check_names(pd.DataFrame([[0.25, 0.75]], columns=["a", "b"]), np.array(["a", "b"]))
    """
    if not isinstance(proba, pd.DataFrame):
        return
    names, wanted = [str(name) for name in proba.columns], [str(label) for label in classes]
    if names != wanted and sorted(names) == sorted(wanted):
        raise InputError(
            f"Expected the columns of the probabilities in the order of the classes, "
            f"{wanted[:10]!r:.200}, got {names[:10]!r:.200}. Put the columns into that order."
        )


def check_folds(given: np.ndarray, folds: int) -> None:
    """Raise InputError unless each class has an example for each fold.

    Examples
    --------
    >>> check_folds(np.array(["a", "a", "b", "b"]), 2)
    """
    labels, counts = np.unique(given, return_counts=True)
    few = [f"{label!r:.60} has {n}" for label, n in zip(labels.tolist(), counts, strict=True)]
    few = [text for text, n in zip(few, counts, strict=True) if n < folds]
    if len(labels) < 2:
        raise InputError(
            f"Expected labels of at least two classes, got one class, {labels.tolist()!r:.60}. "
            "There is nothing that they could be mistaken for."
        )
    if few:
        raise InputError(
            f"Expected at least {folds} examples of each class, one for each fold, but class "
            f"{', '.join(few[:5])}. Take fewer folds (cv=), join rare classes, or leave them out."
        )


def warn_if_seen(given: np.ndarray, proba: np.ndarray, classes: np.ndarray) -> bool:
    """Warn where probabilities look like those of rows that the model was trained on.

    Returns
    -------
    bool
        Whether 99% of the labels are the most probable class, at a mean
        probability of 0.98 or more: real labels are seldom so clean, and a
        model that has seen them often is so sure.

    Examples
    --------
    >>> warn_if_seen(np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]]), np.array([0, 1]))
    False
    """
    codes = np.searchsorted(classes, given)
    own = in_pieces(of_labels, codes, proba)
    seen = bool(np.mean(own >= find_top(proba).sure) >= 0.99 and own.mean(dtype=np.float64) >= 0.98)
    if seen:
        warn_user(
            "These probabilities look like those of rows that the model was trained on: nearly "
            "every label has a probability near 1. They hide label errors. Pass the estimator "
            "itself, or the result of cross_val_predict_proba; if they are out of "
            "sample, say so with out_of_sample=True.",
            InSampleWarning,
        )
    return seen
