"""Measure what acting on label issues gains, over doing nothing and over dropping at random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import indexable

from keraswrap._data import align, open_data
from keraswrap._paired import paired_interval
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues.corrections._apply import Corrected
from keraswrap.issues.labels._clean_classifier import check_found_for
from keraswrap.issues.labels._fit_action import fit_action
from keraswrap.issues.labels._label_issues import LabelIssues, check_rows_of
from keraswrap.issues.labels._strategies import Action, act

__all__ = ["compare_refit"]

# Names of labels by dtype kind; only labels of the same name can be equal.
_KINDS = {**dict.fromkeys("biuf", "numbers"), **dict.fromkeys("US", "texts")}


def compare_refit(
    estimator: BaseEstimator,
    train: tuple[object, object],
    test: tuple[object, object],
    action: Action | LabelIssues | Corrected,
    *,
    n_random: int = 5,
    random_state: int = 0,
) -> dict[str, Any]:
    """Compare fits on the given labels, after an action, and with as many rows dropped at random.

    A gain over the labels as given may be luck, and having fewer rows changes a fit by
    itself. The action is therefore compared with dropping rows at random, on the same
    test rows.

    Parameters
    ----------
    estimator : classifier
        Cloned for each of the ``2 + n_random`` fits.
    train : tuple of (X, y)
        The rows that the action concerns, and their labels as given.
    test : tuple of (X, y)
        Rows that no fit has seen, with trusted labels: if they are as noisy as the
        training labels, a better classifier scores no better.
    action : Action, Corrected or LabelIssues
        The result of `act`; the result of `apply_corrections` on the training rows; or
        issues, which are then pruned.
    n_random : int, default=5
        How often rows are dropped at random.
    random_state : int, default=0
        Seed for dropping rows.

    Returns
    -------
    dict
        ``before``, ``after`` and ``random``, the accuracies on the test rows;
        ``interval``, the 95% interval of the difference between after and random,
        paired by test row; ``n_test``, ``n_changed``, ``strategy``, ``metric``.
        `keraswrap.report.make_report` accepts it.

    Raises
    ------
    InputError
        If the rows or labels of train do not match the action, there are no test rows,
        or test labels have another type than those of train.
    InputTypeError
        If the action has another type.
    ParameterError
        If n_random is below 1.

    Notes
    -----
    The interval is Student's, for the row-by-row differences. It reflects the choice of
    test rows, but not the choice of training rows.

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from keraswrap.issues import act, compare_refit, find_label_issues
    >>> X, truth = make_blobs(400, centers=2, random_state=0)
    >>> y = np.where(np.arange(400) % 5 == 0, 1 - truth, truth)
    >>> clf = KNeighborsClassifier(1)
    >>> found = find_label_issues(KNeighborsClassifier(20), X[:300], y[:300])
    >>> told = compare_refit(clf, (X[:300], y[:300]), (X[300:], truth[300:]), found)
    >>> told["after"] > told["random"], told["interval"][0] > 0
    (True, True)
    """
    if n_random < 1:
        raise ParameterError(f"Expected n_random ≥ 1, got {n_random}.")
    X, given = _opened(train, "train")
    test_rows, truth = _opened(test, "test")
    _check_kinds(given, truth)
    if isinstance(action, LabelIssues):
        check_rows_of(action, {"X": X})
    action = _as_action(action, given)
    rng = np.random.default_rng(random_state)
    right = [
        fit_action(estimator, X, each).predict(test_rows) == truth
        for each in _ways(given, action, n_random, rng)
    ]
    before, after, *random = (np.asarray(row, dtype=np.float64) for row in right)
    return {
        "before": float(before.mean()),
        "after": float(after.mean()),
        "random": float(np.mean(random)),
        "interval": paired_interval(after - np.mean(random, axis=0)),
        "n_test": len(truth),
        "n_changed": int(action.changed.sum()),
        "strategy": action.strategy,
        "metric": "accuracy",
    }


def _opened(given: tuple[object, object], name: str) -> tuple[object, np.ndarray]:
    X, y = align(dict(zip(("X", "y"), given, strict=True))).values()
    X, y, _ = open_data(X, y, {})
    X, y = indexable(X, y)
    labels = check_labels(y)
    if not len(labels):
        raise InputError(f"Expected at least one row in {name}, got none.")
    return X, labels


def _as_action(told: Action | LabelIssues | Corrected, given: np.ndarray) -> Action:
    """Convert what was passed to an action on rows with these labels."""
    if isinstance(told, Corrected):
        _check_rows(given, len(told.positions) + told.n_dropped)
        return _of_corrected(told, given)
    if isinstance(told, LabelIssues):
        _check_rows(given, len(told))
        return act(check_found_for(told, given), "prune")
    if not isinstance(told, Action):
        raise InputTypeError(
            "Expected action to be an Action, Corrected or LabelIssues, got "
            f"{type(told).__name__}. Pass the result of act, apply_corrections or "
            "find_label_issues."
        )
    _check_rows(given, len(told.keep))
    _check_unchanged(given, told)
    return told


def _check_kinds(given: np.ndarray, truth: np.ndarray) -> None:
    trained, tested = (_KINDS.get(labels.dtype.kind, "objects") for labels in (given, truth))
    if trained != tested:
        raise InputError(
            f"Expected labels of one kind in train and test, got {trained} and {tested}: none "
            "would ever agree. Convert one to the other."
        )


def _check_unchanged(given: np.ndarray, action: Action) -> None:
    other = ~action.changed & (action.labels != given)
    if other.any():
        row = int(np.flatnonzero(other)[0])
        raise InputError(
            "Expected an action on these labels, got one on others: in row "
            f"{row}, which it does not change, {action.labels.tolist()[row]!r:.40} for "
            f"{given.tolist()[row]!r:.40}. Pass the labels of train as they were before."
        )


def _check_rows(given: np.ndarray, n: int) -> None:
    if len(given) != n:
        raise InputError(
            f"Expected the {n} rows that the action is about, got {len(given)}. Pass the rows of "
            "train as they were before it."
        )


def _of_corrected(done: Corrected, given: np.ndarray) -> Action:
    keep = np.zeros(len(given), bool)
    keep[done.positions] = True
    labels = given.astype(object)
    labels[done.positions] = done.labels
    changed = ~keep | (labels != given)
    if changed.sum() != done.n_changed + done.n_dropped:
        raise InputError(
            f"Expected the labels that were corrected, {done.n_changed} of which were changed, got "
            f"{int((changed & keep).sum())} that differ. Pass the labels of train as they were "
            "before."
        )
    return Action("corrected", changed, keep, np.array(labels.tolist()))


def _ways(
    given: np.ndarray, action: Action, n_random: int, rng: np.random.Generator
) -> Iterator[Action]:
    everything = np.ones(len(given), bool)
    yield Action("none", ~everything, everything, given)
    yield action
    for _ in range(n_random):
        out = np.zeros(len(given), bool)
        out[rng.permutation(len(given))[: int(action.changed.sum())]] = True
        yield Action("random", out, ~out, given)
