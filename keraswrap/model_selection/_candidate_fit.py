"""What one fit of a search gave, and how the worker comes to it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from traceback import format_exc
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import _num_samples

from keraswrap._config import named_fit
from keraswrap._estimator import remember_outputs
from keraswrap._fingerprint import fingerprint
from keraswrap.exceptions import InputError
from keraswrap.model_selection import _sklearn
from keraswrap.model_selection._run_plan import Unit, trained_step
from keraswrap.model_selection._transform_cache import TransformCache

if TYPE_CHECKING:
    from keraswrap._estimator import Prepared

# An array, or one for each of several heads.
Arrays = np.ndarray | dict[str, np.ndarray]
# One metric's score, several by name, or none.
Scores = float | dict[str, float] | None


@dataclass
class Fit:
    """What one fit on one split gave.

    Parameters
    ----------
    test_scores, train_scores : float, dict of str to float, or None
    fit_time, score_time : float
        Seconds; without a scorer, those of the probabilities.
    fit_error : str, optional
        What it failed with.
    proba : ndarray of shape (n_test, k), or dict of them by head, optional
        Probabilities of the rows held out.
    classes : ndarray of shape (k,), or dict of them by head, optional
        Their columns.
    no_proba : str, optional
        Why there are none.
    """

    test_scores: Scores = None
    train_scores: Scores = None
    n_test_samples: int = 0
    fit_time: float = 0.0
    score_time: float = 0.0
    fit_error: str | None = None
    proba: Arrays | None = None
    classes: Arrays | None = None
    no_proba: str | None = None

    def as_row(self) -> dict[str, object]:
        """Return it in scikit-learn's format for fit results."""
        names = ("test_scores", "n_test_samples", "fit_time", "score_time", "fit_error")
        row = {name: getattr(self, name) for name in names}
        return row if self.train_scores is None else {**row, "train_scores": self.train_scores}


@dataclass(frozen=True)
class Task:
    """What all fits of a search have in common.

    Parameters
    ----------
    estimator : estimator
        Cloned for each fit.
    splits : sequence of (train, test)
        Row numbers.
    fit_params, score_params : dict
        What fit and the scorer are called with, for all rows.
    scorer : callable, optional
        Without one, only probabilities are made, and must be.
    error_score : float or 'raise'
    train_score : bool
        Whether to score the training rows too.
    proba : bool
        Whether to make probabilities.
    verbose : int
        From 2 on, prints a line for each fit.
    stack_fits : bool
        Whether runs whose nets have one shape are trained together, where they can be.
    """

    estimator: BaseEstimator
    splits: Sequence[tuple[np.ndarray, np.ndarray]]
    fit_params: dict[str, object]
    score_params: dict[str, object]
    scorer: object = None
    error_score: object = "raise"
    train_score: bool = False
    proba: bool = True
    verbose: int = 0
    stack_fits: bool = True

    def failed(self, error: str, seconds: float = 0.0, n_test: int = 0) -> Fit:
        """Make the fit that represents a failed one."""
        scores = _sklearn.scores_of_failure(self.scorer, self.error_score)
        train = dict(scores) if isinstance(scores, dict) else scores
        return Fit(
            test_scores=scores,
            train_scores=train if self.train_score else None,
            n_test_samples=n_test,
            fit_time=seconds,
            fit_error=error,
            no_proba="a fit failed",
        )


def run(unit: Unit, task: Task, X: object, y: object) -> list[Fit]:
    """Make the fits of one unit.

    Returns
    -------
    list of Fit
        One for each candidate of the unit's group.

    Raises
    ------
    Exception
        What a fit raised, if ``task.error_score`` is ``'raise'``.
    """
    return Run(unit, task, X, y).fits()


class Run:
    """A training run, and the scores on its way.

    Parameters
    ----------
    unit, task, X, y
        As for `run`.
    rows : dict, optional
        Rows of splits that other runs have taken already.
    """

    def __init__(
        self,
        unit: Unit,
        task: Task,
        X: object,
        y: object,
        rows: dict[int, Any] | None = None,
    ) -> None:
        self.unit, self.task = unit, task
        train, test = task.splits[unit.split]
        self.fit_params = _sklearn.check_params(X, task.fit_params, train)
        self.score_params = [_sklearn.check_params(X, task.score_params, i) for i in (train, test)]
        self.estimator = clone(task.estimator).set_params(**clone(dict(unit.params), safe=False))
        self.seconds, self.resumed = 0.0, time.time()
        taken = {} if rows is None else rows
        if unit.split not in taken:
            some = _sklearn.take(self.estimator, X, y, train)
            taken[unit.split] = some, _sklearn.take(self.estimator, X, y, test, train)
        self.train, self.test = taken[unit.split]
        self.n_test = _num_samples(self.test[0])
        self.done: dict[int | None, Fit] = {}
        self.of_scoring: Exception | None = None
        self.transforms = TransformCache()

    def fits(self) -> list[Fit]:
        stops: Sequence[int | None] = self.unit.group.stops or [None]
        try:
            with self.named():
                self._train(stops)
        except Exception as error:
            if self.task.error_score == "raise" or error is self.of_scoring:
                raise
            self._fail(stops)
            gc.collect()  # free memory for the next fit
        if self.task.verbose > 1:
            self._print(stops)
        return [replace(self.done[stop]) for stop in stops]

    def named(self) -> AbstractContextManager[None]:
        """Give the fit a name, by which its files differ from those of others."""
        # The same one in a search that is begun again, where its parameters can be known again.
        known = fingerprint(dict(self.unit.params)) or f"unit {self.unit.number}"
        return named_fit(f"{known[:16]}-split-{self.unit.split}")

    def prepare(self) -> Prepared:
        """Do all that comes before the training, of an estimator that can stop midway."""
        stops: Sequence[int] = sorted(set(self.unit.group.stops or ()))
        visit = self._visit if self.unit.group.stops else lambda stop: self._visit(None)
        last, X, y, fit_params = at_last_step(self.estimator, self.train, self.fit_params)
        return last._prepare_stops(X, y, stops, visit, **fit_params)

    def _train(self, stops: Sequence[int | None]) -> None:
        targets = () if self.train[1] is None else (self.train[1],)
        if len(set(stops)) > 1:
            ends = {stop for stop in stops if stop is not None}
            fit_stops(self.estimator, self.train, ends, self._visit, self.fit_params)
        else:
            self.estimator.fit(self.train[0], *targets, **self.fit_params)
            self._visit(stops[0])

    def _visit(self, stop: int | None) -> None:
        """Score what was trained so far; the clock of training stands still."""
        self.seconds += time.time() - self.resumed
        try:
            self._arrive(stop)
        except Exception as error:
            self.of_scoring = error
            raise
        self.resumed = time.time()

    def _arrive(self, stop: int | None) -> None:
        self.done[stop] = self._score()

    def _known(self) -> Any:
        """Return outputs that need not be computed again, for `remember_outputs`."""
        return None

    def _score(self) -> Fit:
        fit = Fit(n_test_samples=self.n_test, fit_time=self.seconds)
        with remember_outputs(self._known()), self.transforms.of(self.estimator):
            if self.task.scorer is not None:
                started = time.time()
                fit.test_scores = self._scores(self.test, self.score_params[1])
                fit.score_time = time.time() - started
            if self.task.proba:
                started = time.time()
                fit.proba, fit.classes, fit.no_proba = self._proba()
                if self.task.scorer is None:
                    fit.score_time = time.time() - started
            if self.task.train_score:
                fit.train_scores = self._scores(self.train, self.score_params[0])
        return fit

    def _scores(self, rows: tuple[object, object], params: dict[str, object]) -> Scores:
        task = self.task
        return _sklearn.score(self.estimator, *rows, task.scorer, params, task.error_score)

    def _proba(self) -> tuple[Arrays | None, Arrays | None, str | None]:
        if self.task.scorer is None:
            return *predict_proba(self.estimator, self.test[0]), None
        try:
            return *predict_proba(self.estimator, self.test[0]), None
        except Exception as error:  # the scores are still valid
            return None, None, f"{type(error).__name__}: {error}"

    def _fail(self, stops: Sequence[int | None]) -> None:
        error, seconds = format_exc(), self.seconds + time.time() - self.resumed
        for stop in set(stops) - self.done.keys():
            self.done[stop] = self.task.failed(error, seconds, self.n_test)

    def _print(self, stops: Sequence[int | None]) -> None:
        split = f"{self.unit.split + 1}/{len(self.task.splits)}"
        set_to = ", ".join(f"{name}={self.unit.params[name]}" for name in sorted(self.unit.params))
        for stop in stops:
            fit = self.done[stop]
            after = "" if stop is None or stop == stops[-1] else f" after {stop} epochs"
            print(
                f"[CV {split}] END {set_to}{after}; score={fit.test_scores} "
                f"total time={fit.fit_time + fit.score_time:.1f}s"
            )


def fit_stops(
    estimator: BaseEstimator,
    rows: tuple[object, object],
    stops: set[int],
    visit: Callable[[int], None],
    fit_params: dict[str, object],
) -> None:
    """Train once, and visit on the way; a Pipeline's steps before the last are fitted once.

    Parameters
    ----------
    estimator : wrapper, or Pipeline that ends in one
    rows : (X, y)
    stops : set of int
    visit : callable
        Called with each stop, in ascending order.
    """
    last, X, y, fit_params = at_last_step(estimator, rows, fit_params)
    last._fit_stops(X, y, sorted(stops), visit, **fit_params)


def at_last_step(
    estimator: BaseEstimator, rows: tuple[object, object], fit_params: dict[str, object]
) -> tuple[Any, object, object, dict[str, object]]:
    """Fit the steps of a Pipeline before the last, once.

    Parameters
    ----------
    estimator : estimator, which may be a Pipeline
    rows : (X, y)
    fit_params : dict

    Returns
    -------
    last : estimator
        The step that is left.
    X, y : rows and targets as it takes them
    fit_params : dict
        Those for it.
    """
    X, y = rows
    prefix, last = trained_step(estimator)
    if isinstance(estimator, Pipeline):
        front = estimator[:-1]
        if len(front):
            of_front = {k: v for k, v in fit_params.items() if not k.startswith(prefix)}
            X = front.fit_transform(X, y, **of_front)
            estimator.steps[:-1] = front.steps  # with a cache, these are copies
        fit_params = {k[len(prefix) :]: v for k, v in fit_params.items() if k.startswith(prefix)}
    return last, X, y, fit_params


def predict_proba(estimator: BaseEstimator, X: object) -> tuple[Arrays, Arrays]:
    """Predict probabilities, and name their columns; of several heads, by the name of each.

    Raises
    ------
    InputError
        If the estimator gives none, or several tables of them without names.
    """
    if not hasattr(estimator, "predict_proba"):
        raise InputError(
            f"Expected an estimator with predict_proba, got {type(estimator).__name__}. Choose a "
            "classifier that gives probabilities."
        )
    proba = estimator.predict_proba(X)
    classes: Any = getattr(estimator, "classes_", None)
    if not isinstance(proba, dict):
        return _checked(proba, classes, type(estimator).__name__)
    checked = {
        name: _checked(part, classes[name], f"head {name!r} of {type(estimator).__name__}")
        for name, part in proba.items()
    }
    if not checked:
        raise InputError(
            f"Expected an estimator with probabilities, got {type(estimator).__name__} with heads "
            "of numbers alone. Give it a head that has classes."
        )
    return {k: part for k, (part, _) in checked.items()}, {k: c for k, (_, c) in checked.items()}


def _checked(proba: Any, classes: Any, source: str) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(proba, np.ndarray) and proba.ndim > 2:
        raise InputError(
            f"Expected probabilities of shape (n, k), one label for each row, got shape "
            f"{proba.shape} from {source}, which labels each position of a row. "
            "Fit clones on the rows of each split, and keep predict_proba of the rows held out."
        )
    single = isinstance(proba, np.ndarray) and proba.ndim == 2
    if not single or classes is None or np.shape(classes) != proba.shape[1:]:
        raise InputError(
            f"Expected one column of probabilities for each of classes_, got "
            f"{type(proba).__name__} of shape {np.shape(proba) if single else '(several)'} from "
            f"{source}. Fit one estimator for each output."
        )
    return np.asarray(proba, dtype=np.float64), np.asarray(classes)
