"""What classifiers that may abstain share: their score, and what they know of their rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, MetaEstimatorMixin

from keraswrap._validation import keep_features
from keraswrap.selective._held_out import share_right
from keraswrap.selective._labeled_rows import open_labeled

__all__ = ["AnsweringClassifier"]


class AnsweringClassifier(ClassifierMixin, MetaEstimatorMixin):
    """A classifier around others that leaves some rows without an answer."""

    def score(self, X: object, y: object, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of rows that are answered rightly.

        Abstaining is no right answer: of two classifiers that keep their promise, the one
        that answers more rows rightly has the higher score, so that a search finds it.
        See `curve` for coverage and error, and `coverage_score` and
        `selective_accuracy_score` for metrics of predictions.

        Parameters
        ----------
        X : rows
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float in [0, 1]

        Raises
        ------
        InputError
            If labels or weights are not as many as rows, or weights have no positive sum.
        """
        rows = open_labeled(X, y, sample_weight)
        return share_right(np.asarray(self.predict(rows.X) == rows.labels), rows.weight)

    def _keep_features(self, estimator: object) -> None:
        keep_features(self, estimator)
