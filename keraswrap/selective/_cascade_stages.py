"""The stages of a cascade: what they must be, what they cost, what they say of unseen rows."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils.validation import _num_samples, check_is_fitted, has_fit_parameter

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.model_selection import RunSettings
from keraswrap.model_selection._cross_val_predict import hold_out
from keraswrap.model_selection._run_plan import trained_step
from keraswrap.selective._held_out import choose_folds, is_prefit, take_weight

Stages = Sequence[tuple[str, BaseEstimator]]
# Rows whose prompts are counted for the price of one.
_PRICED = 50


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


def check_costs(costs: object, names: Sequence[str]) -> np.ndarray | None:
    """Return the cost of each stage; None where none are given.

    Examples
    --------
    >>> check_costs({"llm": 3, "words": 0.1}, ["words", "llm"]).tolist()
    [0.1, 3.0]
    """
    if costs is None:
        return None
    if isinstance(costs, Mapping):
        if set(costs) != set(names):
            raise ParameterError(
                f"Expected a cost for each of the stages {list(names)}, got costs of "
                f"{list(costs)!r:.100}. Use the names of the stages."
            )
        costs = [costs[name] for name in names]
    values = list(costs) if isinstance(costs, list | tuple | np.ndarray) else []
    if len(values) != len(names) or not all(_is_cost(value) for value in values):
        raise ParameterError(
            f"Expected a finite cost ≥ 0 per row for each of {len(names)} stages, got "
            f"{costs!r:.100}. Pass a list in the order of the stages, or a dict by name."
        )
    return np.array(values, dtype=np.float64)


def _is_cost(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return 0 <= float(value) < np.inf


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


def make_splits(X: object, labels: np.ndarray, groups: object, cv: object) -> list[Any]:
    """Return the folds that all stages share; those of a number keep groups together.

    Examples
    --------
    >>> len(make_splits(np.zeros((6, 1)), np.array([0, 1] * 3), None, 3))
    3
    """
    folds = choose_folds(cv, groups)
    return list(check_cv(folds, labels, classifier=True).split(X, labels, groups))


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


def find_prices(stages: Stages, X: Any) -> np.ndarray | None:
    """Return what asking each fitted stage costs per row by its prices; None if none has any.

    Parameters
    ----------
    stages : list of (name, fitted classifier)
    X : rows
        A few of them are counted, as if no answer were known; nothing is asked.
    """
    prices = np.array([_price(estimator, X) for _, estimator in stages])
    return prices if prices.any() else None


def _price(estimator: BaseEstimator, X: Any) -> float:
    estimator = getattr(estimator, "estimator", estimator)  # a frozen one shows what it holds
    asked = getattr(estimator, "model", None)
    if not hasattr(estimator, "estimate") or not any(getattr(asked, "prices", ())):
        return 0.0
    n = min(_num_samples(X), _PRICED)
    alike = object.__new__(type(estimator))  # a copy with the same live model
    alike.__dict__.update(estimator.__dict__, use_caching=False, cache=None)
    return float(alike.estimate(X[:n]).cost) / n
