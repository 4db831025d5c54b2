"""How a search is carried out, whatever its candidates are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, indexable
from sklearn.utils.validation import _num_samples

from keraswrap._data import open_data
from keraswrap._fingerprint import fingerprint
from keraswrap._interrupts import hearing_stop
from keraswrap._target_view import TargetView, as_targets
from keraswrap.model_selection import _sklearn
from keraswrap.model_selection._candidate_fit import Fit, Task
from keraswrap.model_selection._evaluation import Evaluation
from keraswrap.model_selection._journal import Journal
from keraswrap.model_selection._journal_keys import journal_parts
from keraswrap.model_selection._out_of_fold import OutOfFold, assemble, find_classes
from keraswrap.model_selection._splits import NO_FITS, Splits, find_splits

if TYPE_CHECKING:
    from typing import Self

# Constraints of its own parameters, in scikit-learn's format.
CONSTRAINTS: dict[str, object] = {
    "journal": [str, os.PathLike, None],
    "progress": ["boolean", None],
    "share_epochs": ["boolean"],
    "stack_fits": ["boolean"],
    "oof": ["boolean"],
}

# What is known of the best candidate, if there is one.
_OF_BEST = ("best_index_", "best_params_", "best_score_", "best_estimator_", "refit_time_")


def label_key(y: object) -> str | dict[str, str | None] | None:
    """Return what is equal for equal labels; of several heads, for each.

    Examples
    --------
    >>> label_key({"topic": [0, 1]}) == {"topic": label_key([0, 1])}
    True
    """
    y = as_targets(y)
    if isinstance(y, TargetView):
        return {name: fingerprint(np.asarray(column)) for name, column in y.columns.items()}
    return fingerprint(None if y is None else np.asarray(y))


class Search(_sklearn.BaseSearchCV):
    """How candidates are evaluated; everything else is scikit-learn's."""

    refit: object
    journal: str | os.PathLike[str] | None
    progress: bool | None
    share_epochs: bool
    stack_fits: bool
    oof: bool

    def _candidates(self) -> Iterable[Mapping[str, object]]:
        raise NotImplementedError

    @_sklearn.fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: object, y: object = None, **params: object) -> Self:
        """Evaluate every candidate, and refit the best one on all rows.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Anything that the estimator accepts and that can be indexed by row. A
            dataset is read as by `keraswrap.data.row_view` and may contain y and
            weights.
        y : array-like of shape (n,) or (n, n_outputs), optional
        **params
            As in scikit-learn: ``groups``, ``sample_weight``, and other parameters of
            the estimator's fit, the scorer and the splitter.

        Returns
        -------
        self

        Raises
        ------
        JournalError
            If the journal is corrupt, not a journal, or belongs to another search.
        InputError, ParameterError
            If a journal is requested for inputs that cannot be recognized later.
        StorageError
            If the journal or the workers' files cannot be written.
        WorkerError
            If a fit's worker process died twice and ``error_score='raise'``.
        """
        _sklearn.warn_of_callbacks(self)
        with hearing_stop():
            self._search(X, y, params)
        return self

    def _search(self, X: object, y: object, params: dict[str, object]) -> None:
        scorers, metric = _sklearn.scorers_of(self)
        X, y, params = open_data(X, y, params)
        X, y = indexable(X, y)
        params = _sklearn.check_params(X, params)
        routed = _sklearn.routed(self, params)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = find_splits(cv, X, y, routed.splitter.split, fixed=self.journal is not None)
        made = self._evaluate(self._task(scorers, splits, routed), X, y)
        for name in (*_OF_BEST, "feature_names_in_"):  # of an earlier fit
            self.__dict__.pop(name, None)
        self._conclude(made, scorers, metric)
        if self.refit:
            self._refit(X, y, made.task)
        self._set_oof(made, _num_samples(X))
        # Lets later users of the probabilities check that they belong to the same rows.
        self._of_labels = label_key(y)

    def _task(self, scorers: object, splits: Splits, routed: Bunch) -> Task:
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
            stack_fits=self.stack_fits,
        )

    def _evaluate(self, task: Task, X: object, y: object) -> Evaluation:
        metric = self.refit if isinstance(self.refit, str) else None
        folds = OutOfFold(len(task.splits), metric, keep_all=callable(self.refit))
        candidates = [dict(params) for params in self._candidates()]
        if not candidates:
            raise ValueError(NO_FITS)
        journal = self._open_journal(task, X, y)
        made = Evaluation(task, candidates, folds, self.share_epochs, journal)
        if self.verbose > 0:
            count, of = len(candidates), len(task.splits)
            print(f"Fitting {of} folds for each of {count} candidates, totalling {count * of} fits")
        made.make(X, y, n_jobs=self.n_jobs, pre_dispatch=self.pre_dispatch, progress=self.progress)
        if self.verbose > 0:
            print(f"{made.told}; {made.n_fits} training runs made")
        return made

    def _open_journal(self, task: Task, X: object, y: object) -> Journal | None:
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

    def _conclude(self, made: Evaluation, scorers: object, metric: object) -> None:
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

    def _refit(self, X: object, y: object, task: Task) -> None:
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

    def _why_no_oof(self, fits: Sequence[Fit] | None) -> str | None:
        if not self.oof:
            return "oof=False"
        if not hasattr(self.estimator, "predict_proba"):
            return f"{type(self.estimator).__name__} has no predict_proba"
        if fits is None:
            return "with several metrics and refit=False there is no best candidate"
        reasons = [fit.no_proba for fit in fits]
        return next(filter(None, reasons), None) if all(reasons) else None

    @property
    def oof_proba_(self) -> Any:
        """Probabilities of each row from the best candidate's fits that have not seen it.

        Of several heads, a dict of those that have classes.
        """
        if "_oof" not in self.__dict__:
            raise AttributeError("oof_proba_ is available after fit")
        if self._oof is None:
            raise AttributeError(f"oof_proba_ is not available: {self._no_oof}")
        return self._oof
