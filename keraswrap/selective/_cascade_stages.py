"""The stages of a cascade: what they must be, what they say of unseen rows."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from keraswrap.exceptions import InputError
from keraswrap.model_selection import RunSettings
from keraswrap.model_selection._cross_val_predict import hold_out
from keraswrap.model_selection._run_plan import trained_step
from keraswrap.selective._held_out import is_prefit, take_weight

Stages = Sequence[tuple[str, BaseEstimator]]


@dataclass(frozen=True)
class HeldOutStage:
    """A fitted stage, and what it, or its like, says of rows that it has not seen.

    Parameters
    ----------
    estimator : classifier
        Fitted on all rows.
    proba : ndarray of shape (n, k)
    classes : ndarray of shape (k,)
    seconds : float
        Wall seconds of predicting a row, in the slowest fold.
    """

    estimator: BaseEstimator
    proba: np.ndarray
    classes: np.ndarray
    seconds: float


def check_stages(stages: object, taken: Collection[str]) -> list[str]:
    """Return the names of the stages, or raise InputError.

    Parameters
    ----------
    stages : object
        What should be a list of (name, classifier).
    taken : collection of str
        Names of parameters, which no stage may have.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> check_stages([("words", DummyClassifier())], ["cv"])
    ['words']
    """
    pairs = list(stages) if isinstance(stages, list | tuple) else []
    if not pairs or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise InputError(
            f"Expected stages as a list of (name, classifier), at least one, got {stages!r:.100}. "
            "Pass for example [('words', pipeline), ('encoder', other)]."
        )
    names = [name for name, _ in pairs]
    for name in names:
        if not isinstance(name, str) or not name or "__" in name or name in taken:
            raise InputError(
                f"Expected names of stages that are texts without '__', and no parameters of the "
                f"cascade, got {name!r:.60}. Choose another name."
            )
        if names.count(name) > 1:
            raise InputError(f"Expected a name for each stage, got {name!r:.60} twice. Rename one.")
    for name, estimator in pairs:
        _check_classifier(name, estimator)
    return names


def _check_classifier(name: str, estimator: object) -> None:
    if isinstance(estimator, type) or not hasattr(estimator, "fit") or not is_classifier(estimator):
        raise InputError(
            f"Expected a classifier as stage {name!r}, got {estimator!r:.100}. Pass an instance "
            "with fit and predict_proba."
        )
    if not hasattr(estimator, "predict_proba"):
        raise InputError(
            f"Expected stages with predict_proba, got {type(estimator).__name__} as {name!r}. "
            "Choose a classifier that gives probabilities, or wrap it in CalibratedClassifierCV."
        )


def check_fitted(stages: Stages, labels: np.ndarray, cv: object) -> None:
    """Raise InputError where fitted stages disagree about the classes, or with all labels."""
    known = {}
    for name, estimator in stages:
        if is_prefit(estimator, cv):
            check_is_fitted(estimator)
            known[name] = set(np.asarray(estimator.classes_).tolist())
    for name, classes in known.items():
        first = next(iter(known))
        if classes != known[first]:
            other = sorted(classes ^ known[first], key=str)[:5]
            raise InputError(
                f"Expected fitted stages with the same classes, got {name!r} and {first!r} that "
                f"differ in {other!r:.100}. Fit them on the same labels."
            )
        if not classes & set(labels.tolist()):
            have, got = sorted(classes, key=str)[:5], np.unique(labels)[:5].tolist()
            raise InputError(
                f"Expected labels among the classes of {name!r}, such as {have!r:.80}, got "
                f"{got!r:.80}. Pass labels of the same kind."
            )


def hold_out_stage(
    estimator: BaseEstimator,
    X: object,
    labels: np.ndarray,
    splits: list[Any] | None,
    weight: object,
    n_jobs: int | None,
) -> HeldOutStage:
    """Take the probabilities of each row by fits without it, and fit on all rows.

    Parameters
    ----------
    splits : list of (train, test), or None
        None for a fitted stage, which is used as it is.
    weight : array-like of shape (n,), or None
        Ignored where fit takes none.
    """
    if splits is None:
        started = time.time()
        proba = np.asarray(estimator.predict_proba(X))
        seconds = (time.time() - started) / len(labels)
        return HeldOutStage(estimator, proba, np.asarray(estimator.classes_), seconds)
    params = take_weight(estimator, {}, weight if takes_weight(estimator) else None)
    settings = RunSettings(n_jobs=n_jobs, progress=False)
    held = hold_out(estimator, X, labels, params, cv=splits, settings=settings)
    seconds = max(fit.score_time / max(fit.n_test_samples, 1) for fit in held.fits.values())
    fitted = clone(estimator).fit(X, labels, **params)
    return HeldOutStage(fitted, held.proba(), held.classes, seconds)


def takes_weight(estimator: BaseEstimator) -> bool:
    """Return whether fit takes weights.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> takes_weight(LogisticRegression())
    True
    """
    return has_fit_parameter(trained_step(estimator)[1], "sample_weight")


def align(proba: np.ndarray, classes: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Put columns in the places of their classes; classes without a column get 0.

    Examples
    --------
    >>> align(np.array([[0.3, 0.7]]), np.array(["a", "c"]), np.array(["a", "b", "c"])).tolist()
    [[0.3, 0.0, 0.7]]
    """
    if np.array_equal(classes, to):
        return proba
    place = {label: number for number, label in enumerate(to.tolist())}
    aligned = np.zeros((len(proba), len(to)))
    aligned[:, [place[label] for label in classes.tolist()]] = proba
    aligned[np.isnan(proba).any(axis=1)] = np.nan
    return aligned
