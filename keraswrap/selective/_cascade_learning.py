"""Learn a cascade: check all that was passed, hold rows out, find the thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.selective._acceptance import check_abstain_label
from keraswrap.selective._cascade_choice import CascadeThresholds
from keraswrap.selective._cascade_path import Goal
from keraswrap.selective._cascade_stages import (
    HeldOutStage,
    align,
    check_fitted,
    check_stages,
    hold_out_stage,
    takes_weight,
)
from keraswrap.selective._cascade_thresholds import (
    fewest_tested,
    find_cascade_thresholds,
    make_goal,
    rows_for,
)
from keraswrap.selective._costs import check_costs, find_prices
from keraswrap.selective._held_out import check_beside, check_folds, is_prefit, make_splits
from keraswrap.selective._labeled_rows import LabeledRows
from keraswrap.selective._scores import check_score, score_rows

if TYPE_CHECKING:
    from keraswrap.selective._cascade import CascadeClassifier

__all__ = ["Learned", "Plan", "learn", "prepare", "tell_none"]

_TO_LAST = "The last stage is asked about every row."
_TO_NONE = "predict returns None for every row."


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
    check_abstain_label(cascade.abstain_label, np.array([]))
    seed = cascade.random_state
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"Expected random_state as a whole number ≥ 0, got {seed!r:.60}.")
    return Plan(names, costs, make_goal(*asked, np.zeros(1) if costs is None else costs))


def learn(
    cascade: CascadeClassifier,
    plan: Plan,
    rows: LabeledRows,
    groups: ArrayLike | None,
) -> Learned:
    """Hold rows out from all stages, and find the thresholds.

    Raises
    ------
    InputError, ParameterError
        If it cannot be done; before any fit.
    """
    X, labels, weight = rows.X, rows.labels, rows.weight
    _check_data(cascade, labels, weight, groups)
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
    check_abstain_label(cascade.abstain_label, classes)
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
    if said := tell_none(found, plan.goal):
        warn_user(said)
    return Learned(fitted, classes, costs, unit, found)


def _check_data(
    cascade: CascadeClassifier,
    labels: np.ndarray,
    weight: object,
    groups: ArrayLike | None,
) -> None:
    open_stages = [one for _, one in cascade.stages if not is_prefit(one, cascade.cv)]
    check_beside(labels, groups=groups, sample_weight=weight)
    if weight is not None and not open_stages:
        raise ParameterError(
            "Expected no sample_weight with fitted stages, which are only calibrated. Leave the "
            "weights out."
        )
    if weight is not None and not any(takes_weight(stage) for stage in open_stages):
        raise ParameterError(
            "Expected a stage whose fit takes sample_weight, as weights were passed, got none. "
            "Leave the weights out."
        )
    check_abstain_label(cascade.abstain_label, labels)
    check_fitted(cascade.stages, labels, cascade.cv)
    if open_stages:
        check_folds(labels, cascade.cv, groups)


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


def tell_none(found: CascadeThresholds, goal: Goal) -> str:
    """Say why no cascade passed, and how many rows would do; empty if one did.

    Examples
    --------
    >>> found = find_cascade_thresholds([np.full((30, 2), 0.5)], np.arange(30) % 2, [1])
    >>> tell_none(found, Goal(0.05, 0.9, False, 1.0))[:60]
    'An error of at most 5% cannot be promised with so few rows: '
    """
    if found.n_passed:
        return ""
    limit, fewest = f"{100 * goal.limit:g}%", fewest_tested(goal)
    what = f"{limit} above that of the last stage" if goal.to_last else limit
    promise, needed = f"An error of at most {what} cannot be promised", found.rows_needed
    told = (
        f"{promise} with so few rows: {found.n_tested:,} were tested, with confidence "
        f"{goal.confidence:g}. Without any error it takes {fewest:,} tested rows, "
        f"{rows_for(fewest):,} in all."
    )
    if needed is None and found.n_tested >= fewest:
        told = (
            f"{promise} with confidence {goal.confidence:g}: of {found.n_tested:,} tested rows, "
            "too many are wrong at each threshold, and better stages are needed."
        )
    elif needed is not None and needed <= rows_for(found.n_tested):  # it is an estimate
        told += " More rows or better stages are needed."
    elif needed is not None and not goal.to_last:
        told += f" At the error rates seen, about {float(f'{needed:.2g}'):,.0f} rows would do."
    return f"{told} {_TO_LAST if goal.to_last else _TO_NONE}"
