"""How errors among accepted rows grow with their number, and what happened in the end. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from keraswrap.selective._bounds import check_share, upper_bound
from keraswrap.selective._judge import judge
from keraswrap.selective._metrics import compare_answers
from keraswrap.selective._plots import draw_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RiskCoverageCurve", "SelectiveReport", "risk_coverage_curve", "selective_report"]


@dataclass(frozen=True)
class SelectiveReport:
    """How many rows were answered, and how many of these wrongly.

    Parameters
    ----------
    n, n_answered, n_wrong : int
        Rows, rows with an answer, and wrong answers.
    coverage : float in [0, 1]
        Share of the rows that have an answer.
    error : float in [0, 1]
        Share of the answers that are wrong; NaN if there is none.
    error_bound : float in [0, 1]
        Clopper and Pearson's upper bound of the error rate; 1 if there is no answer.
    """

    n: int
    n_answered: int
    n_wrong: int
    coverage: float
    error: float
    error_bound: float


@dataclass(frozen=True)
class RiskCoverageCurve:
    """The error rate of accepted rows at each threshold.

    Parameters
    ----------
    threshold : ndarray of shape (t,)
        Descending: every score that a row has.
    coverage : ndarray of shape (t,)
        Share of rows at or above each threshold.
    error : ndarray of shape (t,)
        Share of those rows that are wrong.
    error_bound : ndarray of shape (t,)
        Clopper and Pearson's upper bound for each threshold on its own. A threshold chosen
        by looking at them breaks its promise; `find_threshold` chooses one that keeps it.
    confidence : float
        Of the bounds.
    target_error : float or None
        What a classifier was asked for; None if the curve is not one's.
    chosen : SelectiveReport or None
        What the classifier's own threshold, or thresholds, do on these rows.
    """

    threshold: np.ndarray
    coverage: np.ndarray
    error: np.ndarray
    error_bound: np.ndarray
    confidence: float
    target_error: float | None = None
    chosen: SelectiveReport | None = None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the error against the coverage, with the target and what was chosen.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default those of a new figure.

        Returns
        -------
        Axes

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        """
        return draw_curve(self, ax)


def risk_coverage_curve(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    rank_by: str | Callable[[np.ndarray], object] = "max_proba",
    confidence: float = 0.9,
) -> RiskCoverageCurve:
    """Compute the error rate of accepted rows at each threshold.

    Parameters
    ----------
    probabilities : array-like of shape (n, k)
        Rows of NaN, without an answer, are never accepted.
    labels : array-like of shape (n,)
    classes : array-like of shape (k,), optional
        Class of each column; by default the sorted labels, which must be k.
    rank_by : {"max_proba", "margin", "entropy"} or callable, default="max_proba"
        As for `find_threshold`.
    confidence : float in (0, 1), default=0.9
        Of the upper bounds.

    Returns
    -------
    RiskCoverageCurve

    Raises
    ------
    InputError, ParameterError
        As for `find_threshold`.

    Examples
    --------
    >>> from keraswrap.selective import risk_coverage_curve
    >>> curve = risk_coverage_curve([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], ["no", "yes", "no"])
    >>> curve.coverage.round(2).tolist(), curve.error.round(2).tolist()
    ([0.33, 0.67, 1.0], [0.0, 0.0, 0.33])
    """
    check_share(confidence, "confidence")
    scores, correct = judge(probabilities, labels, classes, rank_by)
    order = np.argsort(-scores, kind="stable")[: int((scores > -np.inf).sum())]
    ranked = scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)])
    errors = np.cumsum(~correct[order])[ends]
    return RiskCoverageCurve(
        threshold=ranked[ends],
        coverage=(ends + 1) / len(scores),
        error=errors / (ends + 1),
        error_bound=np.atleast_1d(upper_bound(errors, ends + 1, confidence)),
        confidence=confidence,
    )


def selective_report(
    labels: ArrayLike,
    predicted: ArrayLike,
    *,
    abstain_label: object = None,
    confidence: float = 0.9,
) -> SelectiveReport:
    """Count answers and wrong answers of a classifier that may abstain.

    Parameters
    ----------
    labels : array-like of shape (n,)
    predicted : array-like of shape (n,)
        As `SelectiveClassifier` predicts them.
    abstain_label : object, default=None
        What stands for no answer. None stands for NaN and NA too, as a Series of pandas
        holds None.
    confidence : float in (0, 1), default=0.9
        Of the upper bound of the error rate, which is valid for rows that neither the
        classifier nor its threshold has seen.

    Returns
    -------
    SelectiveReport

    Raises
    ------
    InputError
        If there are not as many labels as predictions, or they are in another order.
    ParameterError
        If `confidence` is not a number between 0 and 1.

    Examples
    --------
    >>> from keraswrap.selective import selective_report
    >>> report = selective_report(["yes", "no", "no"], ["yes", None, "yes"])
    >>> round(report.coverage, 2), report.error
    (0.67, 0.5)
    """
    check_share(confidence, "confidence")
    answered, right = compare_answers(labels, predicted, abstain_label)
    n, found = len(answered), int(answered.sum())
    wrong = found - int(right.sum())
    return SelectiveReport(
        n=n,
        n_answered=found,
        n_wrong=wrong,
        coverage=found / n if n else 0.0,
        error=wrong / found if found else np.nan,
        error_bound=float(upper_bound(wrong, found, confidence)),
    )
