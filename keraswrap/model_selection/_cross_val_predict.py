"""Probabilities of all rows by fits that had not seen them, in one call."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _num_samples

from keraswrap._data import check_order, open_data
from keraswrap._interrupts import hearing_stop
from keraswrap._settings import change_settings
from keraswrap._target_view import TargetView, as_targets
from keraswrap.exceptions import InputError
from keraswrap.model_selection import _sklearn
from keraswrap.model_selection._candidate_fit import Fit, Task
from keraswrap.model_selection._evaluation import Evaluation
from keraswrap.model_selection._journal import Journal
from keraswrap.model_selection._journal_keys import journal_parts
from keraswrap.model_selection._out_of_fold import OutOfFold, assemble, find_classes
from keraswrap.model_selection._run_plan import trained_step
from keraswrap.model_selection._run_settings import RunSettings
from keraswrap.model_selection._splits import Splits, check_covered, find_splits

__all__ = ["cross_val_predict_proba"]


def cross_val_predict_proba(
    estimator: BaseEstimator,
    X: object,
    y: object = None,
    *,
    groups: object = None,
    cv: object = None,
    params: Mapping[str, object] | None = None,
    settings: RunSettings | None = None,
    **changes: object,
) -> Any:
    """Predict each row's class probabilities with fits that have not seen it.

    Finding label issues needs these probabilities. Unlike scikit-learn's
    ``cross_val_predict``, this function accepts splits that hold out rows more than
    once.

    Parameters
    ----------
    estimator : classifier with predict_proba
        Cloned for each split and left unchanged.
    X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
        Rows; a dataset is read as by `keraswrap.data.row_view`.
    y : array-like of shape (n,) or (n, k), or dict of them by head
        Labels. A dataset may contain them.
    groups : array-like of shape (n,), optional
        Groups for splitters that keep them together; with metadata routing, pass them
        in `params`.
    cv : int, splitter or iterable of (train, test), optional
        By default 5 stratified folds without shuffling; for several heads, they are not
        stratified.
    params : dict, optional
        Further parameters of fit and, with metadata routing, of the splitter. Values
        with one entry per row are split with the rows.
    settings : RunSettings, optional
        How the fits are run: workers, journal, progress and so on.
    **changes : object
        Single settings by name, such as ``n_jobs=2``; they take precedence over those
        of `settings`.

    Returns
    -------
    ndarray of shape (n, k), float64, or dict of them by head
        One column per class: the estimator's ``classes`` if given, else
        ``np.unique(y)``, plus any other classes of a fit. A fit assigns 0 to classes
        that it has not seen. The mean for rows held out more than once. Of several heads,
        those that have classes; heads of numbers have no probabilities and are left out.

    Raises
    ------
    InputError
        If the estimator has no probabilities, or some rows are never held out; before
        any fit.
    JournalError
        If the journal is corrupt, not a journal, or belongs to something else.
    ParameterError, InputTypeError
        If a setting is unknown, or `settings` has another type.
    WorkerError
        If a fit's worker process died twice.

    See Also
    --------
    GridSearchCV : Stores its best candidate's probabilities in ``oof_proba_``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.model_selection import cross_val_predict_proba
    >>> X, y = load_iris(return_X_y=True)
    >>> cross_val_predict_proba(LogisticRegression(max_iter=500), X, y, cv=3).shape
    (150, 3)
    """
    settings = change_settings(settings, changes, RunSettings, "cross_val_predict_proba")
    y = as_targets(y)
    check_order({"X": X, "y": y, "groups": groups})
    held = hold_out(
        estimator,
        *open_data(X, y, params or {}),
        groups=groups,
        cv=cv,
        settings=settings,
    )
    return held.proba()


@dataclass(frozen=True)
class HeldOut:
    """What fits of each candidate say of the rows that they had not seen.

    Parameters
    ----------
    fits : dict of (candidate, split) to Fit
    splits : sequence of (train, test)
    n : int
        Number of rows.
    classes : ndarray of shape (k,), or dict of them by head
    n_fits : int
        Training runs that were made for it.
    """

    fits: Mapping[tuple[int, int], Fit]
    splits: Splits
    n: int
    classes: Any
    n_fits: int

    def proba(self, candidate: int = 0, splits: slice = slice(None)) -> Any:
        """Put the probabilities of a candidate together.

        Parameters
        ----------
        splits : slice, optional
            Of the splits to take; by default all.

        Returns
        -------
        ndarray of shape (n, k), float64, or dict of them by head
        """
        taken = range(len(self.splits))[splits]
        fits = [self.fits[candidate, split] for split in taken]
        return assemble(fits, self.splits[splits], self.n, self.classes)


def hold_out(
    estimator: BaseEstimator,
    X: object,
    y: object,
    params: dict[str, object],
    *,
    groups: object = None,
    cv: object = None,
    settings: RunSettings,
    candidates: Sequence[Mapping[str, object]] = ({},),
) -> HeldOut:
    """Fit candidates on each split, and keep what they say of the rows held out.

    Parameters
    ----------
    estimator : classifier with predict_proba
    X, y, params
        As `open_data` gives them.
    groups, cv, settings
        As for `cross_val_predict_proba`.
    candidates : sequence of dict, optional
        Parameters; runs that differ only in epochs are shared.
    """
    _check_estimator(estimator)
    X, y, groups = indexable(X, y, groups)
    n = _num_samples(X)
    checked = check_cv(cv, y, classifier=is_classifier(estimator))
    of_fit, of_split = _route(estimator, checked, _sklearn.check_params(X, params), groups)
    splits = find_splits(checked, X, y, of_split, fixed=settings.journal is not None)
    check_covered(splits, n)
    shown, stack = settings.verbose, settings.stack_fits
    task = Task(clone(estimator), splits, of_fit, {}, verbose=shown, stack_fits=stack)
    journal = _open(settings.journal, task, X, y)
    made = Evaluation(task, candidates, OutOfFold(len(splits), keep_all=True), journal=journal)
    jobs, ahead = settings.n_jobs, settings.pre_dispatch
    with hearing_stop():
        made.make(X, y, n_jobs=jobs, pre_dispatch=ahead, progress=settings.progress)
    classes = find_classes(made.fits.values(), _known_classes(estimator, y))
    return HeldOut(made.fits, splits, n, classes, made.n_fits)


def _check_estimator(estimator: BaseEstimator) -> None:
    if not hasattr(estimator, "predict_proba"):
        raise InputError(
            f"Expected an estimator with predict_proba, got {type(estimator).__name__}. Choose a "
            "classifier that gives probabilities (an SVC needs probability=True)."
        )


def _route(
    estimator: BaseEstimator, cv: object, params: dict[str, object], groups: object
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the parameters for fit and those for the splitter."""
    if not _sklearn.is_routing():
        return params, {"groups": groups}
    if groups is not None:
        raise InputError(
            "Expected groups in params, as metadata routing is on, got groups=. Pass "
            "params={'groups': groups}."
        )
    to_fit = MethodMapping().add(caller="fit", callee="fit")
    to_split = MethodMapping().add(caller="fit", callee="split")
    router = MetadataRouter(owner="cross_val_predict_proba")
    router = router.add(splitter=cv, method_mapping=to_split)
    router = router.add(estimator=estimator, method_mapping=to_fit)
    routed = process_routing(router, "fit", **params)
    return routed.estimator.fit, routed.splitter.split


def _known_classes(
    estimator: BaseEstimator, y: object
) -> np.ndarray | dict[str, np.ndarray] | None:
    given = getattr(trained_step(estimator)[1], "classes", None)
    if isinstance(y, TargetView):
        return {k: np.unique(c) for k, c in given.items()} if isinstance(given, Mapping) else None
    if given is not None:
        several = np.ndim(np.asarray(y)) == 2  # the order of its columns matters
        return np.asarray(given) if several else np.unique(np.asarray(given))
    if y is None or type_of_target(y) not in ("binary", "multiclass"):
        return None
    return np.unique(np.asarray(y))


def _open(path: str | os.PathLike[str] | None, task: Task, X: object, y: object) -> Journal | None:
    if path is None:
        return None
    parts = journal_parts(
        estimator=task.estimator,
        X=X,
        y=y,
        splits=task.splits,
        fit_parameters=task.fit_params,
        scoring="predict_proba",
    )
    return Journal(path, parts)
