"""What a cascade costs and gets wrong at each of its possible thresholds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.selective._cascade_path import choose_stages, sum_costs
from keraswrap.selective._plots import CHOSEN, REST, SEEN, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CascadeCurve", "CascadePoint", "CascadeResult"]


@dataclass(frozen=True)
class CascadeResult:
    """Answers of a cascade, and where they come from.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        None where nobody answered.
    stage : ndarray of shape (n,), int
        Number of the stage that answered; -1 where none did.
    names : tuple of str
        Names of the stages.
    cost : ndarray of shape (n,)
        Of all stages that were asked.
    confidence : ndarray of shape (n,)
        Probability of the answer by the stage that gave it; NaN where none did.
    """

    labels: np.ndarray
    stage: np.ndarray
    names: tuple[str, ...]
    cost: np.ndarray
    confidence: np.ndarray

    @property
    def stage_names(self) -> list[str | None]:
        """Name of the stage that answered each row, or None."""
        return [self.names[stage] if stage >= 0 else None for stage in self.stage.tolist()]


@dataclass(frozen=True)
class CascadePoint:
    """What one cascade does on some rows.

    Parameters
    ----------
    cost : float
        Mean cost of a row.
    error : float in [0, 1]
        Share of the answers that are wrong; NaN if there is none.
    coverage : float in [0, 1]
        Share of the rows that are answered.
    stage_shares : ndarray of shape (s,)
        Share of the rows that each stage answers.
    """

    cost: float
    error: float
    coverage: float
    stage_shares: np.ndarray


@dataclass(frozen=True)
class CascadeCurve:
    """Cost, error and coverage of a cascade as its thresholds fall together.

    Parameters
    ----------
    thresholds : ndarray of shape (m, s)
        The cascades that `fit` meant to test, from the safest to the cheapest.
    cost, error, coverage : ndarray of shape (m,)
        Of each of them, on the rows that were passed.
    chosen : CascadePoint
        What the fitted cascade does.
    alone : tuple of s CascadePoint
        What each stage does on its own.
    names : tuple of str
        Names of the stages.
    target_error : float or "last"
        What was asked for.
    """

    thresholds: np.ndarray
    cost: np.ndarray
    error: np.ndarray
    coverage: np.ndarray
    chosen: CascadePoint
    alone: tuple[CascadePoint, ...]
    names: tuple[str, ...]
    target_error: float | str

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the error against the cost, with each stage alone and what was chosen.

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
        axes = new_axes() if ax is None else ax
        axes.plot(self.cost, self.error, ".-", color=SEEN, label="cascades")
        for name, point in zip(self.names, self.alone, strict=True):
            axes.plot([point.cost], [point.error], "s", color=REST)
            # matplotlib would typeset text between two dollar signs as a formula.
            axes.annotate(name.replace("$", r"\$"), (point.cost, point.error))
        if not isinstance(self.target_error, str):
            axes.axhline(self.target_error, ls="--", color=REST, label="target")
        label = f"chosen, answers {self.chosen.coverage:.0%}"
        axes.plot([self.chosen.cost], [self.chosen.error], "o", color=CHOSEN, label=label)
        axes.set(xlabel="mean cost of a row", ylabel="share of answers wrong")
        axes.set_ylim(0, None)
        axes.legend(frameon=False)
        return axes


def measure_point(
    scores: np.ndarray, correct: np.ndarray, thresholds: np.ndarray, costs: np.ndarray
) -> CascadePoint:
    """Measure one cascade.

    Examples
    --------
    >>> scores = np.array([[0.9, 0.5], [0.5, 0.9]])
    >>> measure_point(scores, scores > 0.6, np.array([0.8, 0.8]), np.array([1.0, 10.0])).cost
    6.0
    """
    stage = choose_stages(scores, thresholds)
    answered = stage >= 0
    wrong = ~correct[np.arange(len(stage)), stage][answered]
    return CascadePoint(
        cost=float(sum_costs(stage, thresholds, costs).mean()),
        error=float(wrong.mean()) if answered.any() else np.nan,
        coverage=float(answered.mean()),
        stage_shares=np.bincount(stage[answered], minlength=len(costs)) / len(stage),
    )


def measure_alone(
    scores: np.ndarray, correct: np.ndarray, costs: np.ndarray
) -> tuple[CascadePoint, ...]:
    """Measure each stage on its own, answering all rows that it can."""
    only = np.where(np.eye(len(costs), dtype=bool), -np.inf, np.inf)
    return tuple(measure_point(scores, correct, thresholds, costs) for thresholds in only)


def measure_curve(
    scores: np.ndarray,
    correct: np.ndarray,
    path: np.ndarray,
    thresholds: np.ndarray,
    costs: np.ndarray,
    *,
    names: Sequence[str],
    target_error: float | str,
) -> CascadeCurve:
    """Measure the cascades that were to be tested, the chosen one, and each stage alone.

    Examples
    --------
    >>> scores, path = np.array([[0.9], [0.7], [0.5]]), np.array([[0.8], [0.6]])
    >>> asked = {"names": ["only"], "target_error": 0.05}
    >>> curve = measure_curve(scores, scores > 0.6, path, path[1], np.ones(1), **asked)
    >>> curve.coverage.round(2).tolist(), curve.chosen.error
    ([0.33, 0.67], 0.0)
    """
    points = [measure_point(scores, correct, each, costs) for each in path]
    return CascadeCurve(
        thresholds=path,
        cost=np.array([point.cost for point in points]),
        error=np.array([point.error for point in points]),
        coverage=np.array([point.coverage for point in points]),
        chosen=measure_point(scores, correct, thresholds, costs),
        alone=measure_alone(scores, correct, costs),
        names=tuple(names),
        target_error=target_error,
    )
