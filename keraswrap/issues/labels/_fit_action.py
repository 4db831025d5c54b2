"""Fit an estimator on rows whose labels were acted on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import _safe_indexing

from keraswrap.issues.labels._strategies import Action
from keraswrap.model_selection._run_plan import weight_name
from keraswrap.model_selection._sklearn import check_params


def fit_action(
    estimator: BaseEstimator,
    X: object,
    action: Action,
    params: Mapping[str, object] | None = None,
) -> BaseEstimator:
    """Fit a clone on the rows, labels and weights of an action.

    Parameters
    ----------
    estimator : classifier
    X : rows
    action : Action
    params : mapping, optional
        Further parameters of fit, for all rows; weights are multiplied by the action's.

    Returns
    -------
    classifier
    """
    rows, told, name = np.flatnonzero(action.keep), dict(params or {}), weight_name(estimator)
    if action.weights is not None:
        told[name] = action.weights * np.asarray(told.get(name, 1.0))
    if len(rows) == len(action.keep):
        return clone(estimator).fit(X, action.labels, **told)
    taken = check_params(X, told, rows)
    return clone(estimator).fit(_safe_indexing(X, rows), action.labels[rows], **taken)
