"""What a fitted cascade does: ask stage by stage, and measure what comes out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.validation import _num_samples, check_is_fitted

from keraswrap._data import open_rows
from keraswrap.selective._acceptance import fill_in
from keraswrap.selective._answering import AnsweringClassifier
from keraswrap.selective._cascade_choice import CascadeThresholds
from keraswrap.selective._cascade_curve import CascadeCurve, CascadeResult, measure_curve
from keraswrap.selective._cascade_path import sum_costs
from keraswrap.selective._cascade_stages import align
from keraswrap.selective._judge import judge, top_columns
from keraswrap.selective._labeled_rows import open_labeled
from keraswrap.selective._scores import score_rows

__all__ = ["StagedClassifier"]


class StagedClassifier(AnsweringClassifier):
    """A classifier whose fitted stages are asked one after another."""

    rank_by: str | Callable[[np.ndarray], object]
    target_error: float | str
    abstain_label: object
    stages_: list[tuple[str, BaseEstimator]]
    classes_: np.ndarray
    costs_: np.ndarray
    thresholds_: np.ndarray
    calibration_: CascadeThresholds

    def predict(self, X: object) -> np.ndarray:
        """Predict the class of each row by the first stage that is sure enough.

        Parameters
        ----------
        X : rows
            As in `fit`. Each stage is asked only about the rows that are still open.

        Returns
        -------
        ndarray of shape (n,)
            None, or `abstain_label`, where nobody answered; of objects if any is None.
        """
        return self.predict_details(X).labels

    def predict_details(self, X: object) -> CascadeResult:
        """Predict, and tell which stage answered each row, how surely, and at what cost.

        Parameters
        ----------
        X : rows

        Returns
        -------
        CascadeResult
        """
        stage, proba = self._ask(X)
        answered = stage >= 0
        top, _ = top_columns(proba)
        sure = np.where(answered, proba[np.arange(len(top)), top], np.nan)
        return CascadeResult(
            labels=fill_in(self.classes_[top], answered, self.abstain_label),
            stage=stage,
            names=tuple(name for name, _ in self.stages_),
            cost=sum_costs(stage, self.thresholds_, self.costs_),
            confidence=sure,
        )

    def predict_stages(self, X: object) -> np.ndarray:
        """Return which stage answers each row.

        Parameters
        ----------
        X : rows

        Returns
        -------
        ndarray of int of shape (n,)
            Number of the stage, from 0; -1 where none answers.
        """
        return self._ask(X)[0]

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the probabilities by the stage that answers each row.

        Parameters
        ----------
        X : rows

        Returns
        -------
        ndarray of shape (n, k)
            A column for each of `classes_`. Rows that nobody answers have those of the last
            stage or, if it has none, of the last one that has; NaN if there is none.
        """
        return self._ask(X, to_the_end=True)[1]

    def _ask(self, X: object, *, to_the_end: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Ask stage by stage; return which one answers, and its probabilities."""
        check_is_fitted(self, "stages_")
        (X,) = indexable(open_rows(X))
        n, last = _num_samples(X), len(self.stages_) - 1
        stage, proba = np.full(n, -1), np.full((n, len(self.classes_)), np.nan)
        for number, threshold in enumerate(self.thresholds_):
            rows = np.flatnonzero(stage < 0)
            asked = threshold < np.inf or (to_the_end and number == last)
            if not len(rows) or not asked:
                continue
            found = self._ask_stage(number, X if len(rows) == n else _safe_indexing(X, rows))
            scores = score_rows(found, self.rank_by)
            known = scores > -np.inf
            proba[rows[known]] = found[known]
            stage[rows[known & (scores >= threshold)]] = number
        return stage, proba

    def _ask_stage(self, number: int, X: object) -> np.ndarray:
        _, estimator = self.stages_[number]
        return align(np.asarray(estimator.predict_proba(X)), estimator.classes_, self.classes_)

    def curve(self, X: object, y: object = None) -> CascadeCurve:
        """Measure cost, error and coverage on further rows, as all thresholds fall together.

        Parameters
        ----------
        X : rows
            That `fit` has not seen. All stages are asked about all of them.
        y : array-like of shape (n,)
            A dataset may bring its own.

        Returns
        -------
        CascadeCurve
            With what `predict` does in ``chosen``, and each stage alone in ``alone``.

        Raises
        ------
        InputError
            If labels are missing, or not as many as rows.
        """
        check_is_fitted(self, "stages_")
        rows = open_labeled(X, y)
        asked = [self._ask_stage(number, rows.X) for number in range(len(self.stages_))]
        judged = [judge(proba, rows.labels, self.classes_, self.rank_by) for proba in asked]
        scores, correct = (np.stack(part, axis=1) for part in zip(*judged, strict=True))
        return measure_curve(
            scores,
            correct,
            self.calibration_.path,
            self.thresholds_,
            self.costs_,
            names=[name for name, _ in self.stages_],
            target_error=self.target_error,
        )
