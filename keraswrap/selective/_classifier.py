"""A classifier that abstains where it would be wrong too often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags
from sklearn.utils._tags import Tags

from keraswrap._data import check_order
from keraswrap.exceptions import warn_user
from keraswrap.selective._acceptance import (
    check_abstain_label,
    find_all,
    tell_none,
)
from keraswrap.selective._bounds import check_share
from keraswrap.selective._held_out import (
    Judged,
    check_beside,
    check_estimator,
    check_folds,
    is_prefit,
    judge_out_of_fold,
    judge_prefit,
    take_weight,
)
from keraswrap.selective._judge import check_probabilities
from keraswrap.selective._labeled_rows import LabeledRows, open_labeled
from keraswrap.selective._predictions import ThresholdClassifier
from keraswrap.selective._scores import check_score
from keraswrap.selective._threshold import SelectiveThreshold

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SelectiveClassifier"]

_LEARNED = ("threshold", "error_bound")


class SelectiveClassifier(ThresholdClassifier, BaseEstimator):
    """Answer only where at most a given share of the answers is wrong.

    Around any classifier with probabilities: a threshold on how sure it is, with an exact
    bound on the error rate of the rows that it answers. Other rows get None, for a person
    or a better model.

    Parameters
    ----------
    estimator : classifier with predict_proba
        Cloned and fitted; used as it is if it is a FrozenEstimator, or with
        ``cv="prefit"``.
    target_error : float in (0, 1), default=0.05
        Largest share of answers that may be wrong.
    confidence : float in (0, 1), default=0.9
        Probability, over draws of the rows in `fit`, that the promise holds.
    cv : int, splitter, iterable of (train, test) or "prefit", optional
        Folds whose held-out rows the threshold is found on; by default 5 stratified ones.
        ``"prefit"``: `fit` finds the threshold only, on rows that the fitted `estimator`
        has not seen.
    rank_by : {"max_proba", "margin", "entropy"} or callable, default="max_proba"
        How sure a row is: the highest probability, its distance to the second, the negative
        entropy in nats, or a function of probabilities of shape (m, k) that returns m
        finite numbers, higher for surer rows.
    per_class : bool, default=False
        Whether each predicted class has a threshold and a promise of its own. `confidence`
        then holds for each class by itself; for k classes all together, pass
        ``confidence=1 - 0.1 / k``.
    abstain_label : str or number, optional
        What `predict` returns instead of None; none of the classes. Metrics of
        scikit-learn, as ``scoring="accuracy"``, need one of the classes' type;
        `coverage_score` and `selective_accuracy_score` also take None.
    n_jobs : int, optional
        Worker processes for the fits of the folds.

    Attributes
    ----------
    threshold_ : float, or ndarray of shape (k,) if `per_class`
        Rows with this score or a higher one are answered; inf where none can be, -inf where
        all are.
    coverage_ : float in [0, 1]
        Share of the rows in `fit` that are answered.
    error_bound_ : float, or ndarray of shape (k,) if `per_class`
        Upper bound of the share of wrong answers, at most the target; NaN if there is none.
    calibration_ : SelectiveThreshold, or a tuple of k of them if `per_class`
        All that is known of each threshold.
    n_calibration_ : int
        Number of rows that the threshold was found on.
    estimator_ : classifier
        Fitted on all rows.
    classes_ : ndarray of shape (k,)
    n_features_in_ : int
        If the estimator has it.
    feature_names_in_ : ndarray of str
        If the estimator has them.

    Warns
    -----
    UserWarning
        If no row can be answered, with the number of rows that would do. It is no error:
        `predict` abstains everywhere.

    See Also
    --------
    find_threshold : The same for probabilities that are there already.
    risk_coverage_curve : Errors at every threshold.

    Notes
    -----
    How the threshold is found, and when its promise is exact, is told in
    `find_score_threshold`. The promise is about rows drawn as those in `fit` were, without
    weights, and about the share of answers that are wrong. It holds for one fit in which
    nothing was chosen by looking at the same rows: after a search over parameters,
    calibrate the best classifier on further rows with ``cv="prefit"``.

    With ``cv="prefit"`` the threshold is that of the very classifier that is used. With
    folds, it is found for fits on other rows, fewer than all; the one that is used is
    fitted on all rows, and mostly a little better and surer. The promise then is for the
    procedure and not proven: rows share fits, and the refitted model differs. In the
    project's benchmark it was kept at least as often as was promised. Rows that belong
    together, as texts of one author, need folds by `groups`; copies too.

    The promise is for all answers together: they may be wrong more often in some group of
    rows. scikit-learn has no option to reject rows (scikit-learn#34628).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.selective import SelectiveClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> inner = LogisticRegression(C=1e-4, max_iter=500)
    >>> clf = SelectiveClassifier(inner, target_error=0.02).fit(X[::2], y[::2])
    >>> chosen = clf.curve(X[1::2], y[1::2]).chosen
    >>> 0 < clf.coverage_ < 1, clf.error_bound_ <= 0.02, chosen.error <= 0.02
    (True, True, True)
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        target_error: float = 0.05,
        confidence: float = 0.9,
        cv: object = None,
        rank_by: str | Callable[[np.ndarray], object] = "max_proba",
        per_class: bool = False,
        abstain_label: object = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.target_error = target_error
        self.confidence = confidence
        self.cv = cv
        self.rank_by = rank_by
        self.per_class = per_class
        self.abstain_label = abstain_label
        self.n_jobs = n_jobs

    def fit(
        self,
        X: object,
        y: object = None,
        sample_weight: object = None,
        *,
        groups: ArrayLike | None = None,
        **fit_params: object,
    ) -> Self:
        """Find the threshold on held-out rows, and fit on all rows.

        Parameters
        ----------
        X : array-like, DataFrame, texts, dict of arrays, or dataset
        y : array-like of shape (n,)
            A dataset may bring its own. A label that a fitted estimator has never seen
            counts as wrongly predicted.
        sample_weight : array-like of shape (n,), optional
            For the estimator's fits; the promise is about rows, each counted once.
        groups : array-like of shape (n,), optional
            Rows of a group are in one fold: of as many folds as a number `cv` says, or of
            a splitter that keeps groups together.
        **fit_params
            Further parameters of the estimator's fit.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If the estimator is no classifier with probabilities, labels are missing or not
            as many as rows, or folds cannot be made.
        ParameterError
            If a parameter has an invalid value, `abstain_label` is a class, or weights,
            groups or others are passed that the estimator does not take.
        """
        self._check_parameters()
        check_order({"X": X, "y": y, "groups": groups, **fit_params})
        rows = open_labeled(X, y, sample_weight)
        check_abstain_label(self.abstain_label, rows.labels)
        judged = self._judge(rows, {**fit_params, "groups": groups})
        check_abstain_label(self.abstain_label, judged.classes)
        self._learn(judged, rows.labels)
        return self

    def _check_parameters(self) -> None:
        check_estimator(self.estimator)
        check_share(self.target_error, "target_error")
        check_share(self.confidence, "confidence")
        check_score(self.rank_by)

    def _judge(self, rows: LabeledRows, passed: dict[str, object]) -> Judged:
        X, labels, weight = rows.X, rows.labels, rows.weight
        if is_prefit(self.estimator, self.cv):
            return judge_prefit(self.estimator, X, {**passed, "sample_weight": weight})
        groups = passed.pop("groups")
        check_beside(labels, sample_weight=weight, groups=groups)
        check_folds(labels, self.cv, groups)
        params = take_weight(self.estimator, passed, weight)
        return judge_out_of_fold(
            self.estimator, X, labels, params, groups=groups, cv=self.cv, n_jobs=self.n_jobs
        )

    def _learn(self, judged: Judged, labels: np.ndarray) -> None:
        found = find_all(
            check_probabilities(judged.proba),
            labels,
            judged.classes,
            (self.target_error, self.confidence),
            self.rank_by,
            per_class=self.per_class,
        )
        self._take(found, judged.estimator, judged.classes, len(labels))
        if said := tell_none(found, judged.classes if self.per_class else None):
            warn_user(said)

    def _take(
        self,
        found: Sequence[SelectiveThreshold],
        estimator: BaseEstimator,
        classes: np.ndarray,
        n: int,
    ) -> None:
        """Set all that is learned, from `n` rows or from a file."""
        self.estimator_, self.classes_ = estimator, classes
        self.n_calibration_ = n
        self.coverage_ = sum(one.n_accepted for one in found) / n
        self.calibration_ = tuple(found) if self.per_class else found[0]
        thresholds, bounds = ([getattr(one, name) for one in found] for name in _LEARNED)
        self.threshold_ = np.array(thresholds) if self.per_class else thresholds[0]
        self.error_bound_ = np.array(bounds) if self.per_class else bounds[0]
        self._keep_features(self.estimator_)

    def __sklearn_tags__(self) -> Tags:
        tags, of = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.non_deterministic = of.input_tags, of.non_deterministic
        tags.classifier_tags = of.classifier_tags
        return tags
