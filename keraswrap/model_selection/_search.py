"""Searches that do no work twice, with scikit-learn's interface and results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.model_selection import ParameterGrid, ParameterSampler

from keraswrap.exceptions import ParameterError
from keraswrap.model_selection._search_base import CONSTRAINTS, Search

__all__ = ["GridSearchCV", "RandomizedSearchCV"]


class GridSearchCV(Search, model_selection.GridSearchCV):
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

    _parameter_constraints = {**model_selection.GridSearchCV._parameter_constraints, **CONSTRAINTS}

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


class RandomizedSearchCV(Search, model_selection.RandomizedSearchCV):
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
        **CONSTRAINTS,
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
