"""Probabilities of rows that a classifier has not seen, and the classifier that is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import StratifiedGroupKFold, check_cv
from sklearn.utils.validation import _num_samples, check_is_fitted, has_fit_parameter

from keraswrap._wording import counted
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.model_selection import RunSettings
from keraswrap.model_selection._cross_val_predict import hold_out
from keraswrap.model_selection._run_plan import trained_step, weight_name

_FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """A fitted classifier, and probabilities of rows that it, or its like, has not seen.

    Parameters
    ----------
    estimator : classifier
    proba : ndarray of shape (n, k)
    classes : ndarray of shape (k,)
        Class of each column.
    """

    estimator: BaseEstimator
    proba: np.ndarray
    classes: np.ndarray


def is_prefit(estimator: BaseEstimator, cv: object) -> bool:
    """Return whether the estimator is used as it is.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> is_prefit(DummyClassifier(), 5), is_prefit(FrozenEstimator(DummyClassifier()), None)
    (False, True)
    """
    return isinstance(estimator, FrozenEstimator) or (isinstance(cv, str) and cv == "prefit")


def check_estimator(estimator: BaseEstimator) -> None:
    """Raise InputError unless it is a classifier with probabilities.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> check_estimator(DummyClassifier())
    """
    if not hasattr(estimator, "fit") or not is_classifier(estimator):
        raise InputError(
            f"Expected a classifier as estimator, got {estimator!r:.100}. Pass a classifier with "
            "predict_proba."
        )
    if not hasattr(estimator, "predict_proba"):
        raise InputError(
            f"Expected an estimator with predict_proba, got {type(estimator).__name__}. Choose a "
            "classifier that gives probabilities, or wrap it in CalibratedClassifierCV."
        )


def check_folds(labels: np.ndarray, cv: object, groups: object = None) -> None:
    """Raise InputError where a number of folds cannot be made of the labels.

    Examples
    --------
    >>> check_folds(np.array(["a", "a", "b", "b"]), 2)
    """
    folds = _FOLDS if cv is None else cv
    number = isinstance(folds, int | np.integer) and not isinstance(folds, bool)
    if isinstance(folds, str) or not (number or hasattr(folds, "split") or np.iterable(folds)):
        raise ParameterError(
            f"Expected cv as a number of folds, a splitter, splits or 'prefit', got {cv!r:.60}."
        )
    if not number:
        return
    if folds < 2:  # type: ignore[operator]
        raise ParameterError(f"Expected cv of at least 2 folds, got {cv!r}.")
    _check_counts(labels, int(folds), groups)  # type: ignore[call-overload]


def _check_counts(labels: np.ndarray, folds: int, groups: object) -> None:
    if len(labels) < folds:
        raise InputError(
            f"Expected at least {folds} rows, one for each fold, got "
            f"{counted(len(labels), 'sample')}. Take fewer folds (cv=)."
        )
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2 <= len(classes):
        alone = classes[counts < 2][:5].tolist()
        raise InputError(
            f"Expected at least 2 rows of each class, to fit on one and hold out the other, got 1 "
            f"of {alone!r:.100}. Join rare classes, leave them out, or pass other splits as cv."
        )
    if counts.max() < folds:
        raise InputError(
            f"Expected at least {folds} rows of some class, one for each fold, got at most "
            f"{counts.max()}. Take fewer folds (cv=)."
        )
    if groups is not None and len(set(np.asarray(groups).tolist())) < folds:
        raise InputError(
            f"Expected at least {folds} groups, one for each fold, got "
            f"{len(set(np.asarray(groups).tolist()))}. Take fewer folds (cv=)."
        )


def choose_folds(cv: object, groups: object) -> object:
    """Return the folds; those of a number keep groups together.

    Examples
    --------
    >>> choose_folds(None, None), choose_folds(3, ["a", "b", "c"])
    (5, StratifiedGroupKFold(n_splits=3, random_state=None, shuffle=False))
    """
    folds = _FOLDS if cv is None else cv
    if groups is None or not isinstance(folds, int | np.integer):
        return folds
    return StratifiedGroupKFold(int(folds))


def make_splits(X: object, labels: np.ndarray, groups: object, cv: object) -> list[Any]:
    """Return the folds; those of a number keep groups together.

    Examples
    --------
    >>> len(make_splits(np.zeros((6, 1)), np.array([0, 1] * 3), None, 3))
    3
    """
    folds = choose_folds(cv, groups)
    return list(check_cv(folds, labels, classifier=True).split(X, labels, groups))


def take_weight(
    estimator: BaseEstimator, fit_params: Mapping[str, object], weight: object
) -> dict[str, object]:
    """Put weights among the parameters of fit, under the name that the estimator knows.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> take_weight(LogisticRegression(), {}, [1.0])
    {'sample_weight': [1.0]}
    """
    if weight is None:
        return dict(fit_params)
    _, last = trained_step(estimator)
    if not has_fit_parameter(last, "sample_weight"):
        raise ParameterError(
            f"Expected an estimator whose fit takes sample_weight, as weights were passed, got "
            f"{type(last).__name__}. Leave the weights out."
        )
    return {**fit_params, weight_name(estimator): weight}


def judge_prefit(estimator: BaseEstimator, X: object, given: Mapping[str, object]) -> Judged:
    """Take the probabilities of a fitted classifier.

    Parameters
    ----------
    given : mapping
        What else was passed to fit; None or empty, as nothing is fitted.
    """
    passed = [name for name, value in given.items() if value is not None]
    if passed:
        raise ParameterError(
            f"Expected no {', '.join(passed)} with a fitted estimator, which is only calibrated. "
            "Leave them out."
        )
    check_is_fitted(estimator)
    return Judged(estimator, estimator.predict_proba(X), np.asarray(estimator.classes_))


def judge_out_of_fold(
    estimator: BaseEstimator,
    X: object,
    y: np.ndarray,
    params: dict[str, object],
    *,
    groups: object,
    cv: object,
    n_jobs: int | None,
) -> Judged:
    """Take the probabilities of each row by fits without it, and fit on all rows."""
    settings = RunSettings(n_jobs=n_jobs, progress=False)
    held = hold_out(estimator, X, y, params, cv=make_splits(X, y, groups, cv), settings=settings)
    fitted = clone(estimator).fit(X, y, **params)
    # One label for each row has one head, so neither is a dict by head.
    return Judged(fitted, cast(np.ndarray, held.proba()), cast(np.ndarray, held.classes))


def check_beside(labels: np.ndarray, **given: object) -> None:
    """Raise InputError unless what is given beside the labels has a value for each row.

    Examples
    --------
    >>> check_beside(np.array([0, 1]), sample_weight=[0.5, 1], groups=None)
    """
    for name, values in given.items():
        each = labels if values is None else np.asarray(values)
        if each.shape != labels.shape:
            raise InputError(
                f"Expected {name} with a value for each of {counted(len(labels), 'row')}, got "
                f"shape {each.shape}."
            )
        if pd.isna(each).any():
            raise InputError(f"Expected {name} without missing values, got some.")


def share_right(right: np.ndarray, weights: object) -> float:
    """Return the weighted share of rows that are right.

    Examples
    --------
    >>> share_right(np.array([True, False]), [3, 1])
    0.75
    """
    if weights is None:
        return float(right.mean())
    check_beside(right, sample_weight=weights)
    given = np.asarray(weights, dtype=np.float64)
    if not given.sum() > 0:
        raise InputError(f"Expected weights with a positive sum, got {given.sum():g}.")
    return float(np.average(right, weights=given))


def check_lengths(X: object, labels: np.ndarray) -> None:
    """Raise InputError unless there is a label for each row.

    Examples
    --------
    >>> check_lengths(["a text", "another"], np.array([0, 1]))
    """
    if _num_samples(X) != len(labels):
        raise InputError(
            f"Expected a label for each row, got {counted(_num_samples(X), 'row')} and "
            f"{counted(len(labels), 'label')}. Pass X and y of the same rows."
        )
