"""Score a fitted estimator's predictions, row by row. Pure."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from keraswrap.exceptions import ParameterError

__all__ = ["METRICS", "choose_metric", "row_scores"]

# Of classes and of numbers; the first is the default.
METRICS = {True: ("accuracy", "log_loss"), False: ("absolute_error", "squared_error")}
_LEAST = 1e-15


class Predictor(Protocol):
    """A fitted estimator."""

    classes_: np.ndarray

    def predict(self, X: object) -> np.ndarray:
        """Predict each row's target."""

    def predict_proba(self, X: object) -> np.ndarray:
        """Predict the probability of each class."""


def choose_metric(metric: str | None, of_classes: bool) -> str:
    """Return the metric, or raise ParameterError.

    Examples
    --------
    >>> choose_metric(None, of_classes=True)
    'accuracy'
    """
    choices = METRICS[of_classes]
    if metric is not None and metric not in choices:
        kind = "classes" if of_classes else "numbers"
        raise ParameterError(
            f"Expected metric to be one of {list(choices)}, since y holds {kind}, got {metric!r}."
        )
    return metric or choices[0]


def row_scores(fitted: Predictor, X: object, y: np.ndarray, metric: str) -> np.ndarray:
    """Return a score for each row; higher is better.

    Parameters
    ----------
    metric : {"accuracy", "log_loss", "absolute_error", "squared_error"}
        Losses and errors are negative.

    Returns
    -------
    ndarray of shape (n,)
    """
    if metric == "accuracy":
        return np.asarray(fitted.predict(X) == y, dtype=float)
    if metric == "log_loss":
        proba, classes = fitted.predict_proba(X), list(fitted.classes_)
        # A class that a fold has not seen has no probability.
        own = [
            p[classes.index(one)] if one in classes else 0.0
            for p, one in zip(proba, y, strict=True)
        ]
        return np.log(np.maximum(own, _LEAST))
    error = np.asarray(fitted.predict(X), dtype=float) - y
    return -np.abs(error) if metric == "absolute_error" else -(error**2)
