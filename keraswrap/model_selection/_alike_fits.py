"""Fit estimators that differ only in their seeds, by one program where that takes less time."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keraswrap._estimator import train_together
from keraswrap._interrupts import hearing_stop
from keraswrap.model_selection._candidate_fit import at_last_step
from keraswrap.model_selection._run_plan import is_routed
from keraswrap.model_selection._stack_plan import FEWEST, may_stack
from keraswrap.model_selection._stacked_fits import no_gain

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from keraswrap._estimator import Prepared

__all__ = ["fit_alike"]

log = logging.getLogger("keraswrap")


def fit_alike(
    estimators: Sequence[BaseEstimator], X: object, y: object, fit_params: Mapping[str, Any]
) -> None:
    """Fit estimators on the same rows, those that are small nets together.

    Parameters
    ----------
    estimators : sequence of estimator
        Unfitted; they differ in their seeds.
    X, y
        As for their fit; y is None for a dataset with labels.
    fit_params : mapping
        What else fit is called with.
    """
    with hearing_stop():
        for one in _left_after_stack(estimators, X, y, dict(fit_params)):
            one.fit(X, y, **fit_params)


def _left_after_stack(
    estimators: Sequence[BaseEstimator], X: object, y: object, fit_params: dict[str, Any]
) -> Sequence[BaseEstimator]:
    """Fit all together, or none; only the first may have to be fitted to find out."""
    first = estimators[0]
    if len(estimators) < FEWEST or is_routed(first, fit_params) or not may_stack(first):
        return estimators
    prepared: list[Prepared] = []
    for one in estimators:
        last, rows, targets, params = at_last_step(one, (X, y), fit_params)
        prepared.append(last._prepare_stops(rows, targets, (), _nothing, **params))
        reason = no_gain(prepared[0], len(estimators), 1) or prepared[-1].why_alone()
        if reason:
            log.debug("Nets of an ensemble are trained alone: %s.", reason)
            if len(prepared) > 1:
                return estimators
            prepared[0].train()
            return estimators[1:]
    members = [each.member() for each in prepared]
    if len({member.key() for member in members}) > 1:
        log.debug("Nets of an ensemble are trained alone: their seeds change their shapes.")
        return estimators
    try:
        train_together(members)
    except Exception as error:  # whatever TensorFlow cannot do for many nets, it does for one
        log.debug("Nets of an ensemble are trained alone: %s", error)
        return estimators
    return ()


def _nothing(stop: int) -> None:
    """See no scorer at the end of a fit."""
