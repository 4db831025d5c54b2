"""Decide what to do with labels that are likely to be wrong. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keraswrap._wording import counted
from keraswrap.exceptions import ParameterError
from keraswrap.issues._chunks import of_labels
from keraswrap.issues.labels._label_issues import LabelIssues, check_issues

__all__ = ["STRATEGIES", "Action", "act"]


@dataclass(frozen=True, eq=False)
class Action:
    """Rows to train on, with their labels and weights.

    Parameters
    ----------
    strategy : str
    changed : ndarray of shape (n,), bool
        Rows that are dropped, relabeled or down-weighted.
    keep : ndarray of shape (n,), bool
        Rows that are trained on.
    labels : ndarray of shape (n,)
        The label of each row.
    weights : ndarray of shape (n,), optional
        In [0, 1]; None where all rows count alike.
    """

    strategy: str
    changed: np.ndarray
    keep: np.ndarray
    labels: np.ndarray
    weights: np.ndarray | None = None

    def __repr__(self) -> str:
        rows = counted(len(self.keep), "row")
        return f"Action({self.strategy}: {int(self.changed.sum())} of {rows})"


def _nothing(issues: LabelIssues, threshold: float) -> Action:
    everything = np.ones(len(issues), bool)
    return Action("none", ~everything, everything, issues.given.copy())


def _prune(issues: LabelIssues, threshold: float) -> Action:
    changed = _spare(issues, issues.is_issue)
    return Action("prune", changed, ~changed, issues.given.copy())


def _relabel(issues: LabelIssues, threshold: float) -> Action:
    sure = np.asarray(issues.proba).max(axis=1) >= threshold
    doubted = issues.is_issue & sure & (issues.suggested != issues.given)
    changed = _spare(issues, doubted)
    labels = np.where(changed, issues.suggested, issues.given)
    return Action("relabel", changed, np.ones(len(issues), bool), labels)


def _weight(issues: LabelIssues, threshold: float) -> Action:
    proba = np.asarray(issues.proba, dtype=np.float64)
    own = of_labels(issues.codes, proba)
    weights = np.where(issues.is_issue, own / proba.max(axis=1), 1.0)
    # A weight of 0 would remove the row, and some estimators refuse it.
    weights = np.maximum(weights, 1e-3)
    everything = np.ones(len(issues), bool)
    return Action("weight", weights < 1, everything, issues.given.copy(), weights)


# Each takes the issues and the threshold for relabeling.
STRATEGIES: dict[str, Callable[[LabelIssues, float], Action]] = {
    "none": _nothing,
    "prune": _prune,
    "relabel": _relabel,
    "weight": _weight,
}


def check_strategy(strategy: str, threshold: object) -> None:
    """Raise ParameterError unless there is such a strategy, and the threshold is a probability."""
    if strategy not in STRATEGIES:
        raise ParameterError(
            f"Expected strategy to be one of {', '.join(STRATEGIES)}, got {strategy!r}."
        )
    if not isinstance(threshold, int | float | np.floating) or not 0 <= threshold <= 1:
        raise ParameterError(
            f"Expected threshold to be a probability, between 0 and 1, got {threshold!r}."
        )


def act(issues: LabelIssues, strategy: str, *, threshold: float = 0.8) -> Action:
    """Decide for each row whether to train on it, and with which label and weight.

    Parameters
    ----------
    issues : LabelIssues
    strategy : {"none", "prune", "relabel", "weight"}
        ``"prune"`` drops issues. ``"relabel"`` replaces the labels of issues by
        confident suggestions. ``"weight"`` weights each issue by the probability of its
        label, divided by that of the suggestion.
    threshold : float in [0, 1], default=0.8
        Minimum probability of a suggestion for relabeling.

    Returns
    -------
    Action
        No class ever loses its last row: its best row stays unchanged.

    Raises
    ------
    ParameterError
        If the strategy is unknown, or the threshold is not a probability.
    InputTypeError
        If issues have another type.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = np.array([[0.9, 0.1]] * 9 + [[0.1, 0.9]] * 11)
    >>> found = find_label_issues(proba, y=[0] * 10 + [1] * 10, out_of_sample=True)
    >>> act(found, "prune"), int(act(found, "relabel").labels[9])
    (Action(prune: 1 of 20 rows), 1)
    """
    check_strategy(strategy, threshold)
    check_issues(issues)
    return STRATEGIES[strategy](issues, threshold)


def _spare(issues: LabelIssues, changed: np.ndarray) -> np.ndarray:
    """Leave at least the best row of each class unchanged."""
    changed, codes = changed.copy(), issues.codes
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        if changed[rows].all():
            changed[rows[np.argmax(issues.quality[rows])]] = False
    return changed
