"""What a fitted selective classifier does: answer where it is sure enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from keraswrap.selective._acceptance import accept, fill_in
from keraswrap.selective._answering import AnsweringClassifier
from keraswrap.selective._curve import RiskCoverageCurve, risk_coverage_curve, selective_report
from keraswrap.selective._judge import top_columns
from keraswrap.selective._labeled_rows import open_labeled

__all__ = ["ThresholdClassifier"]


class ThresholdClassifier(AnsweringClassifier):
    """A classifier that answers rows whose score reaches a threshold."""

    rank_by: str | Callable[[np.ndarray], object]
    target_error: float
    confidence: float
    abstain_label: object
    estimator_: BaseEstimator
    classes_: np.ndarray
    threshold_: float | np.ndarray

    def predict(self, X: object) -> np.ndarray:
        """Predict the class of each row, where it is sure enough.

        Parameters
        ----------
        X : rows
            As in `fit`.

        Returns
        -------
        ndarray of shape (n,)
            The most probable class; None, or `abstain_label`, for rows below the threshold
            and rows without probabilities. Of objects if any is None.
        """
        return fill_in(*self._decide(self.predict_proba(X)), self.abstain_label)

    def _decide(self, proba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the most probable class of each row, and whether it is sure enough."""
        labels = self.classes_[top_columns(proba)[0]]
        return labels, accept(proba, self.threshold_, self.rank_by)

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the estimator's probabilities, for rows below the threshold too.

        Parameters
        ----------
        X : rows
            As in `fit`.

        Returns
        -------
        ndarray of shape (n, k)
            A column for each of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict_proba(X)

    def curve(self, X: object, y: object = None) -> RiskCoverageCurve:
        """Compute error and coverage on further rows, at each threshold and at the chosen one.

        Parameters
        ----------
        X : rows
            That `fit` has not seen.
        y : array-like of shape (n,)
            A dataset may bring its own.

        Returns
        -------
        RiskCoverageCurve
            With what `predict` does in ``chosen``.

        Raises
        ------
        InputError
            If labels are missing, or not as many as rows.
        """
        rows = open_labeled(X, y)
        proba, labels = self.predict_proba(rows.X), rows.labels
        curve = risk_coverage_curve(
            proba,
            labels,
            classes=self.classes_,
            rank_by=self.rank_by,
            confidence=self.confidence,
        )
        accepted = accept(proba, self.threshold_, self.rank_by)
        answers = fill_in(self.classes_[top_columns(proba)[0]].astype(object), accepted, None)
        chosen = selective_report(labels, answers, confidence=self.confidence)
        return replace(curve, target_error=self.target_error, chosen=chosen)
