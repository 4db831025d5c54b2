"""Searches that do no work twice, with scikit-learn's interface and results."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import model_selection
from sklearn.base import clone, is_classifier
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv
from sklearn.utils import indexable
from sklearn.utils.validation import _num_samples

from keraswrap.exceptions import ParameterError
from keraswrap.model_selection import _sklearn
from keraswrap.model_selection.evaluating import Evaluation, journal_parts
from keraswrap.model_selection.fits import Task
from keraswrap.model_selection.folds import OutOfFold, assemble, find_classes
from keraswrap.model_selection.journal import Journal
from keraswrap.model_selection.opening import find_splits, open_data

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["GridSearchCV", "RandomizedSearchCV"]

_CONSTRAINTS: dict[str, Any] = {
    "journal": [str, os.PathLike, None],
    "progress": ["boolean", None],
    "share_epochs": ["boolean"],
    "oof": ["boolean"],
}


class _Search(model_selection._search.BaseSearchCV):
    """How candidates are evaluated; everything else is scikit-learn's."""

    def _candidates(self) -> Iterable[Mapping[str, Any]]:
        raise NotImplementedError

    @_sklearn.fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Evaluate every candidate, and fit the best on all rows.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Whatever the estimator takes and rows can be taken of. A dataset is
            read as by `keraswrap.data.row_view`, and may bring y and weights.
        y : array-like of shape (n,) or (n, n_outputs), optional
        **params
            As in scikit-learn: ``groups``, ``sample_weight``, and what else the
            estimator's fit, the scorer and the splitter take.

        Returns
        -------
        self

        Raises
        ------
        JournalError
            If the journal is corrupt, none, or of another search.
        InputError, ParameterError
            If a journal is to be kept of what cannot be known again.
        StorageError
            If the journal, or what the workers need, cannot be written.
        WorkerError
            If a fit killed its process twice, and ``error_score='raise'``.
        """
        _sklearn.warn_of_callbacks(self)
        scorers, metric = _sklearn.scorers_of(self)
        X, y, params = open_data(X, y, params)
        X, y = indexable(X, y)
        params = _sklearn.check_params(X, params)
        routed = _sklearn.routed(self, params)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = find_splits(cv, X, y, routed.splitter.split, fixed=self.journal is not None)
        made = self._evaluate(self._task(scorers, splits, routed), X, y)
        self._conclude(made, scorers, metric)
        if self.refit:
            self._refit(X, y, made.task)
        self._set_oof(made, _num_samples(X))
        return self

    def _task(self, scorers: Any, splits: Any, routed: Any) -> Task:
        return Task(
            estimator=clone(self.estimator),
            splits=splits,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            scorer=scorers,
            error_score=self.error_score,
            train_score=self.return_train_score,
            proba=self.oof and hasattr(self.estimator, "predict_proba"),
            verbose=self.verbose,
        )

    def _evaluate(self, task: Task, X: Any, y: Any) -> Evaluation:
        metric = self.refit if isinstance(self.refit, str) else None
        folds = OutOfFold(len(task.splits), metric, keep_all=callable(self.refit))
        candidates = [dict(params) for params in self._candidates()]
        journal = self._open_journal(task, X, y)
        made = Evaluation(task, candidates, folds, self.share_epochs, journal)
        if self.verbose > 0:
            count, of = len(candidates), len(task.splits)
            print(f"Fitting {of} folds for each of {count} candidates, totalling {count * of} fits")
        made.make(X, y, n_jobs=self.n_jobs, pre_dispatch=self.pre_dispatch, progress=self.progress)
        if self.verbose > 0:
            print(f"{made.told}; {made.n_fits} training runs made")
        return made

    def _open_journal(self, task: Task, X: Any, y: Any) -> Journal | None:
        if self.journal is None:
            return None
        parts = journal_parts(
            estimator=task.estimator,
            X=X,
            y=y,
            splits=task.splits,
            fit_parameters=(task.fit_params, task.score_params),
            scoring=(self.scoring, self.return_train_score, task.proba),
        )
        return Journal(self.journal, parts)

    def _conclude(self, made: Evaluation, scorers: Any, metric: Any) -> None:
        rows = made.rows()
        results = _sklearn.format_results(self, list(made.candidates), len(made.task.splits), rows)
        first = rows[0]["test_scores"]
        best, metric = _sklearn.choose(self, metric, first, results)
        self.n_splits_, self.multimetric_ = len(made.task.splits), isinstance(first, dict)
        if best is not None:
            self.best_index_, self.best_params_ = best, results["params"][best]
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{metric}"][best]
        self.scorer_, self.cv_results_ = _sklearn.named_scorers(scorers), results
        self.n_fits_, self.shared_ = made.n_fits, made.told

    def _refit(self, X: Any, y: Any, task: Task) -> None:
        best = clone(self.best_params_, safe=False)
        self.best_estimator_ = clone(task.estimator).set_params(**best)
        started = time.time()
        self.best_estimator_.fit(X, *(() if y is None else (y,)), **task.fit_params)
        self.refit_time_ = time.time() - started
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_

    # -- probabilities of the rows held out --------------------------------

    def _set_oof(self, made: Evaluation, n: int) -> None:
        best = getattr(self, "best_index_", None)
        fits = None if best is None else made.folds.of(best)
        self._oof, self._no_oof = None, self._why_no_oof(fits)
        if fits is not None and self._no_oof is None:
            known = getattr(getattr(self, "best_estimator_", None), "classes_", None)
            self._oof = assemble(fits, made.task.splits, n, find_classes(fits, known))

    def _why_no_oof(self, fits: Any) -> str | None:
        if not self.oof:
            return "oof=False"
        if not hasattr(self.estimator, "predict_proba"):
            return f"{type(self.estimator).__name__} has no predict_proba"
        if fits is None:
            return "with several metrics and refit=False there is no best candidate"
        reasons = [fit.no_proba for fit in fits]
        return next(filter(None, reasons), None) if all(reasons) else None

    @property
    def oof_proba_(self) -> np.ndarray:
        """Probabilities of each row by fits of the best candidate that had not seen it."""
        if "_oof" not in self.__dict__:
            raise AttributeError("oof_proba_ is there after fit")
        if self._oof is None:
            raise AttributeError(f"oof_proba_ is not there: {self._no_oof}")
        return self._oof


class GridSearchCV(_Search, model_selection.GridSearchCV):
    """Search a grid of parameters, doing no work twice.

    scikit-learn's :class:`sklearn.model_selection.GridSearchCV`, for any
    estimator, with the same ``cv_results_``. Candidates that differ only in the
    epochs of a wrapper share one training run, scored at each stop; probabilities
    of the rows held out are kept, for the search for label issues; finished
    fits can be recorded, and a search that was stopped goes on from there.

    Parameters
    ----------
    estimator : estimator
        Also a Pipeline; see Notes for what can share a run.
    param_grid : dict or list of dict
        Names to lists of values.
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As in scikit-learn. `n_jobs` counts worker processes of joblib's active
        backend; nets in each use the processor's cores divided by it.
    journal : str or path-like, optional
        A file that each finished fit is recorded in, begun if there is none.
        The next search with the same estimator, data, splits and scoring takes
        from it what is there. Fits that failed are not recorded.
    progress : bool, optional
        Whether to show a bar with the time left; by default on a terminal and
        in a notebook.
    share_epochs : bool, default=True
        Whether candidates that differ only in epochs share a run.
    oof : bool, default=True
        Whether to keep probabilities of the rows held out. They are made from
        the outputs that were scored; for what is no wrapper of Keras they cost
        one more prediction.

    Attributes
    ----------
    oof_proba_ : ndarray of shape (n, k), float64
        For each row, the mean probability of each class, in the order of
        ``classes_``, by the best candidate's fits that had not seen the row;
        NaN for rows that no split held out. Absent without ``predict_proba``.
    n_fits_ : int
        Training runs that were made, without that of ``refit``.
    shared_ : str
        What shared a run, or why nothing did.
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_
        As in scikit-learn, as are ``refit_time_`` and ``multimetric_``. The
        ``fit_time`` of a shared run is its training time up to the stop.

    See Also
    --------
    RandomizedSearchCV : Draws candidates instead.
    cross_val_predict_proba : Probabilities of one estimator.

    Notes
    -----
    A wrapper in the last step of a Pipeline shares runs too; the steps before
    it are then fitted once for them. Where `random_state` is a number, scores
    are those of separate runs. Where it is None, candidates of one run share
    the seed that it drew, and are a fair sample one by one, not as a set. A run
    is not shared where something in it may depend on its total length, such as
    the schedule of `keraswrap.text.TransformerClassifier`: `shared_` says so.

    A journal goes by what the search is given, so that a larger grid may go on
    from a smaller one's. With ``random_state=None`` in the estimator recorded
    fits stay, and new ones draw seeds of their own.

    The callbacks of scikit-learn 1.9 are not called.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.model_selection import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}).fit(X, y)
    >>> search.best_params_, search.oof_proba_.shape
    ({'C': 1.0}, (150, 3))
    """

    _parameter_constraints = {**model_selection.GridSearchCV._parameter_constraints, **_CONSTRAINTS}

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        journal: Any = None,
        progress: bool | None = None,
        share_epochs: bool = True,
        oof: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.journal = journal
        self.progress = progress
        self.share_epochs = share_epochs
        self.oof = oof

    def _candidates(self) -> Iterable[Mapping[str, Any]]:
        return ParameterGrid(self.param_grid)


class RandomizedSearchCV(_Search, model_selection.RandomizedSearchCV):
    """Search candidates drawn from distributions, doing no work twice.

    scikit-learn's :class:`sklearn.model_selection.RandomizedSearchCV`, with
    what :class:`GridSearchCV` adds.

    Parameters
    ----------
    estimator : estimator
    param_distributions : dict or list of dict
        Names to lists of values, or to distributions with a method ``rvs``.
    n_iter : int, default=10
        Candidates to draw.
    random_state : int or RandomState, optional
        For the draws. With a journal it must be given, or the draws of a search
        that goes on would be others.
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As in scikit-learn.
    journal, progress, share_epochs, oof
        As for `GridSearchCV`.

    Attributes
    ----------
    oof_proba_, n_fits_, shared_
        As for `GridSearchCV`; the others are scikit-learn's.

    See Also
    --------
    GridSearchCV : Takes every combination.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.model_selection import RandomizedSearchCV
    >>> search = RandomizedSearchCV(
    ...     LogisticRegression(max_iter=999), {"C": loguniform(0.1, 9)}, n_iter=3, random_state=0
    ... )
    >>> search.fit(*load_iris(return_X_y=True)).n_fits_
    15
    """

    _parameter_constraints = {
        **model_selection.RandomizedSearchCV._parameter_constraints,
        **_CONSTRAINTS,
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        journal: Any = None,
        progress: bool | None = None,
        share_epochs: bool = True,
        oof: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.journal = journal
        self.progress = progress
        self.share_epochs = share_epochs
        self.oof = oof

    def _candidates(self) -> Iterable[Mapping[str, Any]]:
        if self.journal is not None and self.random_state is None:
            raise ParameterError(
                "Expected random_state to be given, as a journal is kept, got None: the candidates "
                "would be drawn anew when the search goes on. Pass a number."
            )
        return ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )
