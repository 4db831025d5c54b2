"""Find label issues, act on them, and fit a classifier on the result."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import get_tags, indexable
from sklearn.utils._tags import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _num_samples, check_is_fitted, has_fit_parameter

from keraswrap._data import check_order, open_data
from keraswrap._targets import check_labels
from keraswrap._validation import keep_features
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues._probabilities import check_weights
from keraswrap.issues.labels._benefit import StrategyComparison, measure_strategies, unmeasured
from keraswrap.issues.labels._copies import known_copies
from keraswrap.issues.labels._find import find_label_issues
from keraswrap.issues.labels._fit_action import fit_action
from keraswrap.issues.labels._label_issues import LabelIssues, check_issues, check_rows_of
from keraswrap.issues.labels._settings import LabelIssueSettings
from keraswrap.issues.labels._strategies import act, check_strategy
from keraswrap.model_selection._run_plan import trained_step, weight_name

if TYPE_CHECKING:
    from typing import Self

__all__ = ["CleanClassifier"]

# With fewer issues than this, or than this share of the rows, any gain is too small to measure.
_FEWEST, _LEAST_SHARE = 10, 0.005


def _has(name: str) -> Callable[[CleanClassifier], bool]:
    def check(self: CleanClassifier) -> bool:
        getattr(self.estimator_ if hasattr(self, "estimator_") else self.estimator, name)
        return True

    return check


class CleanClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Find label issues by cross-validation, act on them, and fit.

    Parameters
    ----------
    estimator : classifier with predict_proba
        Cloned for each fit and left unchanged.
    strategy : {"auto", "prune", "relabel", "weight", "none"}, default="auto"
        What to do with label issues, as for `keraswrap.issues.act`. ``"auto"`` measures
        each strategy by nested cross-validation, as `compare_strategies`, and leaves
        labels alone unless one gains more than chance would; see `comparison_`. That
        takes up to 21 further fits, and none if hardly any label is an issue.
    threshold : float in [0, 1], default=0.8
        Minimum probability of a suggestion for relabeling.
    cv : int or splitter, default=5
        As for `find_label_issues`; k folds and the fit make k + 1 fits.
    n_repeats : int, default=1
        How often to cross-validate.
    filter_by : str, default="posterior"
        Which labels count as issues.
    copies : {"together", "apart"}, default="together"
        Whether copies of a row stay in one fold.
    views : {"fast", "auto", "thorough"} or list, optional
        Further views of the rows that help to find the issues, as for
        `find_label_issues`. k folds then make k (k - 1) / 2 fits of each.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int, optional
        Worker processes for the fits of the cross-validation.
    journal : str or path-like, optional
        File in which each of those fits is recorded.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on the rows, labels and weights in `action_`.
    issues_ : LabelIssues
    comparison_ : StrategyComparison
        What each strategy gained, which was chosen, and why; only with ``"auto"``.
    action_ : Action
        What was done to each row.
    classes_ : ndarray of shape (k,)
    n_fits_ : int
        Number of fits.

    See Also
    --------
    find_label_issues : Only finds them.
    compare_strategies : Only measures what acting on them gains.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.issues import CleanClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = CleanClassifier(LogisticRegression(max_iter=500), strategy="prune").fit(X, y)
    >>> clf.n_fits_, int(clf.action_.keep.sum()) == 150 - clf.issues_.n_issues
    (6, True)
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        strategy: str = "auto",
        threshold: float = 0.8,
        cv: object = 5,
        n_repeats: int = 1,
        filter_by: str = "posterior",
        copies: str = "together",
        views: str | Sequence[object] | None = None,
        random_state: int = 0,
        n_jobs: int | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        self.estimator = estimator
        self.strategy = strategy
        self.threshold = threshold
        self.cv = cv
        self.n_repeats = n_repeats
        self.filter_by = filter_by
        self.copies = copies
        self.views = views
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.journal = journal

    def fit(
        self,
        X: object,
        y: object = None,
        sample_weight: object = None,
        *,
        groups: ArrayLike | None = None,
        issues: LabelIssues | None = None,
        **fit_params: object,
    ) -> Self:
        """Find label issues, act on them, and fit.

        Parameters
        ----------
        X : array-like, DataFrame, texts, dict of arrays, or dataset
        y : array-like of shape (n,)
            A dataset may bring its own.
        sample_weight : array-like of shape (n,), optional
        groups : array-like of shape (n,), optional
            Rows of a group stay in one fold.
        issues : LabelIssues, optional
            Issues found earlier for these rows; only one fit is then needed.
        **fit_params
            Further parameters of fit.

        Returns
        -------
        self

        Raises
        ------
        InputError
            As for `find_label_issues`, or if issues belong to other labels.
        InputTypeError
            If issues have another type.
        ParameterError
            If a parameter has an invalid value, or the strategy is ``"weight"`` and the
            estimator takes no weights.
        """
        check_strategy("none" if self.strategy == "auto" else self.strategy, self.threshold)
        self._check_weights()
        if issues is not None:
            check_issues(issues)
            check_rows_of(issues, {"X": X, "y": y})
        check_order({"X": X, "y": y, "groups": groups, **fit_params})
        X, y, given = open_data(X, y, {"sample_weight": sample_weight})
        if y is None:
            raise InputError("requires y to be passed, but the target y is None")
        X, y = indexable(X, y)
        weight = given.get("sample_weight")
        weights = {} if weight is None else {weight_name(self.estimator): weight}
        params = {**fit_params, **weights}
        check_weights(params, _num_samples(y))
        labels, settings = check_labels(y), self._settings()
        if issues is None:
            # Found once, for the search and the comparison.
            copies = known_copies(X, settings.copies)
            settings = settings if copies is None else replace(settings, copies=copies)
            found = find_label_issues(
                self.estimator, X, y, groups=groups, params=params, settings=settings
            )
        else:
            found = check_found_for(issues, labels)
        strategy, compared = self.strategy, None
        self.__dict__.pop("comparison_", None)  # of an earlier fit
        if strategy == "auto":
            compared = self._compare(X, found, groups, params, settings)
            strategy, self.comparison_ = compared.chosen, compared
        action = act(found, strategy, threshold=self.threshold)
        self.estimator_ = fit_action(self.estimator, X, action, params)
        self.issues_, self.action_, self.classes_ = found, action, np.unique(found.given)
        self.n_fits_ = 1 + (cast(int, found.provenance["fits"]) if issues is None else 0)
        self.n_fits_ += compared.n_fits if compared else 0
        keep_features(self, self.estimator_)
        return self

    def _compare(
        self,
        X: object,
        found: LabelIssues,
        groups: ArrayLike | None,
        params: dict[str, object],
        settings: LabelIssueSettings,
    ) -> StrategyComparison:
        if found.n_issues < max(_FEWEST, _LEAST_SHARE * len(found)):
            return unmeasured(
                f"Too few labels are issues to move any accuracy: {found.n_issues:,} of "
                f"{len(found):,}"
            )
        return measure_strategies(
            self.estimator, X, found.given, groups, params, settings, self.threshold
        )

    def _settings(self) -> LabelIssueSettings:
        return LabelIssueSettings(
            cv=self.cv,
            n_repeats=self.n_repeats,
            filter_by=self.filter_by,
            copies=self.copies,
            views=self.views,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
            journal=self.journal,
            progress=False,
        )

    def _check_weights(self) -> None:
        _, last = trained_step(self.estimator)
        if self.strategy == "weight" and not has_fit_parameter(last, "sample_weight"):
            raise ParameterError(
                f"Expected an estimator whose fit takes sample_weight with strategy='weight', got "
                f"{type(last).__name__}. Take strategy='prune' or 'relabel'."
            )

    def __setstate__(self, state: dict[str, object]) -> None:
        super().__setstate__({"copies": "apart", "views": None, **state})  # for old pickles

    @available_if(_has("predict"))
    def predict(self, X: object, **params: object) -> np.ndarray:
        """Predict the class of each row, of shape (n,)."""
        return self._fitted().predict(X, **params)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: object, **params: object) -> np.ndarray:
        """Predict probabilities, of shape (n, k), a column for each of `classes_`."""
        return self._fitted().predict_proba(X, **params)

    @available_if(_has("predict_log_proba"))
    def predict_log_proba(self, X: object, **params: object) -> np.ndarray:
        """Predict the logarithms of probabilities, of shape (n, k)."""
        return self._fitted().predict_log_proba(X, **params)

    @available_if(_has("decision_function"))
    def decision_function(self, X: object, **params: object) -> np.ndarray:
        """Return the estimator's decision values."""
        return self._fitted().decision_function(X, **params)

    def _fitted(self) -> BaseEstimator:
        check_is_fitted(self, "estimator_")
        return self.estimator_

    def __sklearn_tags__(self) -> Tags:
        tags, of = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.non_deterministic = of.input_tags, of.non_deterministic
        tags.classifier_tags = of.classifier_tags
        return tags


def check_found_for(issues: LabelIssues, given: np.ndarray) -> LabelIssues:
    """Return the issues; raise InputError if they belong to other labels."""
    if len(given) != len(issues) or (given != issues.given).any():
        raise InputError(
            "Expected issues that were found for these labels, got issues of other labels. Find "
            "them again, or pass the y that they were found for."
        )
    return issues
