"""Searches that do no work twice, with scikit-learn's interface and results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from sklearn import model_selection
from sklearn.base import BaseEstimator
from sklearn.model_selection import ParameterGrid, ParameterSampler

from keraswrap.exceptions import ParameterError
from keraswrap.model_selection._search_base import CONSTRAINTS, Search

__all__ = ["GridSearchCV", "RandomizedSearchCV"]


class GridSearchCV(Search, model_selection.GridSearchCV):
    """Search a grid of parameters without repeating work.

    Works like :class:`sklearn.model_selection.GridSearchCV` for any estimator, with the
    same ``cv_results_``. Candidates that differ only in a wrapper's epochs share one
    training run, which is scored at each of these epochs. The probabilities of held-out
    rows are kept, for finding label issues. Finished fits can be recorded, so an
    interrupted search can resume.

    Parameters
    ----------
    estimator : estimator
        May be a Pipeline; see Notes for what can share a run.
    param_grid : dict or list of dict
        Names to lists of values.
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As in scikit-learn. `n_jobs` is the number of worker processes of joblib's
        active backend; each uses its share of the CPU cores.
    journal : str or path-like, optional
        File in which each finished fit is recorded, created if it does not exist. A
        later search with the same estimator, data, splits and scoring reuses these
        fits. Failed fits are not recorded.
    progress : bool, optional
        Whether to show a progress bar with the time left; by default on a terminal and
        in a notebook.
    share_epochs : bool, default=True
        Whether candidates that differ only in epochs share a training run.
    stack_fits : bool, default=True
        Whether runs of small nets of one shape are trained together, as one program (see
        Notes).
    oof : bool, default=True
        Whether to keep the probabilities of held-out rows. They come from the outputs
        that are scored; for an estimator that is not a keraswrap wrapper they cost one
        more prediction.

    Attributes
    ----------
    oof_proba_ : ndarray of shape (n, k), float64
        For each row, the mean probability of each class, in the order of ``classes_``,
        from the best candidate's fits that have not seen the row; NaN for rows that no
        split held out. Absent without ``predict_proba``. Of several heads, a dict of
        those that have classes.
    n_fits_ : int
        Number of training runs, not counting that of ``refit``.
    shared_ : str
        Which candidates shared a run, or why none did.
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_
        As in scikit-learn, like ``refit_time_`` and ``multimetric_``. The ``fit_time``
        of a shared run is its training time up to the candidate's epochs.

    See Also
    --------
    RandomizedSearchCV : Draws candidates instead.
    cross_val_predict_proba : Probabilities of one estimator.

    Notes
    -----
    A wrapper in the last step of a Pipeline shares runs too; the earlier steps are then
    fitted once per run. If `random_state` is a number, the scores equal those of
    separate runs, but for the rounding of stacked fits. If it is None, the candidates
    of a run share the seed that it drew, so each is a fair sample, but they are not
    independent. A run is not shared if
    something in it may depend on its total length, such as the schedule of
    `keraswrap.text.TransformerClassifier`; `shared_` says so.

    Runs of small nets of one shape, which differ in their rates, seeds, weights and rows,
    are trained together: their results differ from those of separate runs by rounding
    alone, which may grow over many steps, and the same search gives the same bits.
    Whatever cannot be trained together is trained alone, for a reason that the logger
    ``keraswrap`` tells at debug level. With ``stack_fits=False``, all are.

    A journal identifies fits by their inputs, so a larger grid can reuse the journal of
    a smaller one. With ``random_state=None`` in the estimator, recorded fits are kept,
    and new ones draw their own seeds.

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
        estimator: BaseEstimator,
        param_grid: Mapping[str, Sequence[object]] | Sequence[Mapping[str, Sequence[object]]],
        *,
        scoring: object = None,
        n_jobs: int | None = None,
        refit: object = True,
        cv: object = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: object = np.nan,
        return_train_score: bool = False,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | None = None,
        share_epochs: bool = True,
        stack_fits: bool = True,
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
        self.stack_fits = stack_fits
        self.oof = oof

    def _candidates(self) -> Iterable[Mapping[str, object]]:
        return ParameterGrid(self.param_grid)


class RandomizedSearchCV(Search, model_selection.RandomizedSearchCV):
    """Search candidates drawn from distributions without repeating work.

    Works like :class:`sklearn.model_selection.RandomizedSearchCV`, with the additions
    of :class:`GridSearchCV`.

    Parameters
    ----------
    estimator : estimator
    param_distributions : dict or list of dict
        Names to lists of values, or to distributions with a method ``rvs``.
    n_iter : int, default=10
        Candidates to draw.
    random_state : int or RandomState, optional
        For the draws. Required with a journal, because a resumed search would otherwise
        draw different candidates.
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As in scikit-learn.
    journal, progress, share_epochs, stack_fits, oof
        As for `GridSearchCV`.

    Attributes
    ----------
    oof_proba_, n_fits_, shared_
        As for `GridSearchCV`; the others are scikit-learn's.

    See Also
    --------
    GridSearchCV : Tries every combination.

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
        estimator: BaseEstimator,
        param_distributions: Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        n_iter: int = 10,
        scoring: object = None,
        n_jobs: int | None = None,
        refit: object = True,
        cv: object = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: object = None,
        error_score: object = np.nan,
        return_train_score: bool = False,
        journal: str | os.PathLike[str] | None = None,
        progress: bool | None = None,
        share_epochs: bool = True,
        stack_fits: bool = True,
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
        self.stack_fits = stack_fits
        self.oof = oof

    def _candidates(self) -> Iterable[Mapping[str, object]]:
        if self.journal is not None and self.random_state is None:
            raise ParameterError(
                "Expected random_state to be given, as a journal is kept, got None: a resumed "
                "search would draw other candidates. Pass a number."
            )
        return ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )
