"""Learn a cascade: check all that was passed, hold rows out, find the thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from keraswrap._wording import counted
from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.selective._cascade_path import Goal
from keraswrap.selective._cascade_stages import (
    HeldOutStage,
    align,
    check_costs,
    check_fitted,
    check_stages,
    find_prices,
    hold_out_stage,
    make_splits,
    takes_weight,
)
from keraswrap.selective._cascade_thresholds import (
    CascadeThresholds,
    check_enough,
    find_cascade_thresholds,
    make_goal,
)
from keraswrap.selective._held_out import check_beside, check_folds, is_prefit
from keraswrap.selective._scores import check_score, score_rows

if TYPE_CHECKING:
    from keraswrap.selective._cascade import CascadeClassifier

__all__ = ["Learned", "Plan", "learn", "prepare"]


@dataclass(frozen=True)
class Plan:
    """What was asked for, checked.

    Parameters
    ----------
    names : list of str
    costs : ndarray of shape (s,), or None
        As given.
    goal : Goal
    """

    names: list[str]
    costs: np.ndarray | None
    goal: Goal


@dataclass(frozen=True)
class Learned:
    """Fitted stages with their costs, and the thresholds that were found.

    Parameters
    ----------
    stages : list of (str, classifier)
    classes : ndarray of shape (k,)
    costs : ndarray of shape (s,)
    unit : {"given", "price", "seconds"}
    found : CascadeThresholds
    """

    stages: list[tuple[str, BaseEstimator]]
    classes: np.ndarray
    costs: np.ndarray
    unit: str
    found: CascadeThresholds


def prepare(cascade: CascadeClassifier) -> Plan:
    """Check all parameters."""
    names = check_stages(cascade.stages, cascade.get_params(deep=False))
    costs = check_costs(cascade.costs, names)
    check_score(cascade.rank_by)
    asked = (cascade.target_error, cascade.confidence, cascade.margin, cascade.unanswered_cost)
    seed = cascade.random_state
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"Expected random_state as a whole number ≥ 0, got {seed!r:.60}.")
    return Plan(names, costs, make_goal(*asked, np.zeros(1) if costs is None else costs))


def learn(
    cascade: CascadeClassifier,
    plan: Plan,
    X: Any,
    labels: np.ndarray,
    weight: object,
    groups: ArrayLike | None,
) -> Learned:
    """Hold rows out from all stages, and find the thresholds.

    Raises
    ------
    InputError, ParameterError
        If it cannot be done; before any fit.
    """
    _check_data(cascade, plan, labels, weight, groups)
    stages = list(zip(plan.names, (estimator for _, estimator in cascade.stages), strict=True))
    prefit = [is_prefit(estimator, cascade.cv) for _, estimator in stages]
    splits = None if all(prefit) else make_splits(X, labels, groups, cascade.cv)
    held = [
        hold_out_stage(estimator, X, labels, None if done else splits, weight, cascade.n_jobs)
        for done, (_, estimator) in zip(prefit, stages, strict=True)
    ]
    fitted = [(name, one.estimator) for name, one in zip(plan.names, held, strict=True)]
    costs, unit = _find_costs(plan, fitted, held, X)
    classes = np.unique(np.concatenate([one.classes for one in held]))
    proba = [align(one.proba, one.classes, classes) for one in held]
    _tell_silent(plan.names, proba, cascade.rank_by)
    found = find_cascade_thresholds(
        proba,
        labels,
        costs,
        cascade.target_error,
        cascade.confidence,
        margin=cascade.margin,
        unanswered_cost=cascade.unanswered_cost,
        classes=classes,
        rank_by=cascade.rank_by,
        groups=groups,
        random_state=cascade.random_state,
    )
    _tell_none(found, plan.goal)
    return Learned(fitted, classes, costs, unit, found)


def _check_data(
    cascade: CascadeClassifier,
    plan: Plan,
    labels: np.ndarray,
    weight: object,
    groups: ArrayLike | None,
) -> None:
    open_stages = [one for _, one in cascade.stages if not is_prefit(one, cascade.cv)]
    check_beside(labels, groups=groups, sample_weight=weight)
    if weight is not None and not any(takes_weight(stage) for stage in open_stages):
        raise ParameterError(
            "Expected a stage whose fit takes sample_weight, as weights were passed, got none. "
            "Leave the weights out."
        )
    check_fitted(cascade.stages, labels, cascade.cv)
    if open_stages:
        check_folds(labels, cascade.cv, groups)
    check_enough(len(labels), plan.goal)


def _find_costs(
    plan: Plan, fitted: list[tuple[str, BaseEstimator]], held: Sequence[HeldOutStage], X: Any
) -> tuple[np.ndarray, str]:
    if plan.costs is not None:
        return plan.costs, "given"
    prices = find_prices(fitted, X)
    if prices is not None:
        return prices, "price"
    return np.array([one.seconds for one in held]), "seconds"


def _tell_silent(
    names: Sequence[str],
    proba: Sequence[np.ndarray],
    rank_by: str | Callable[[np.ndarray], object],
) -> None:
    for name, each in zip(names, proba, strict=True):
        if not (score_rows(each, rank_by) > -np.inf).any():
            warn_user(
                f"Stage {name!r} has no answer for any row: all its probabilities are NaN. It is "
                "not used. See whether it fits the labels, and why it does not answer."
            )


def _tell_none(found: CascadeThresholds, goal: Goal) -> None:
    if found.n_passed:
        return
    asked = f"at most {goal.limit:.2%}".replace(".00%", "%")
    what = f"{asked} above that of the last stage" if goal.to_last else asked
    then = "the last stage is asked about every row" if goal.to_last else "predict returns None"
    warn_user(
        f"No cascade can be promised to have an error of {what}, with confidence "
        f"{goal.confidence:g}: tested on {counted(found.n_tested, 'row')}, of which the last stage "
        f"alone gets {found.last_error:.1%} wrong. So {then}. Pass more rows, better stages, or "
        "ask for less."
    )
