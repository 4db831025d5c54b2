"""The model in use and the one to train: what they answer, and how sure they are."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.model_files._kinds import WRAPPERS
from keraswrap.retraining._outcomes import outcomes_of
from keraswrap.selective import SelectiveClassifier

__all__ = ["abstain_label_of", "check_classifier", "new_estimator", "outcomes", "sureness"]


def check_classifier(model: BaseEstimator, name: str) -> None:
    """Raise InputTypeError unless answers can be right or wrong."""
    if not is_classifier(model) or not hasattr(model, "classes_"):
        raise InputTypeError(
            f"Expected a classifier as {name!r}, got {type(model).__name__}. Others cannot be "
            "tested by right and wrong answers."
        )
    if not isinstance(model.classes_, np.ndarray) or model.classes_.ndim != 1:
        raise InputTypeError(
            f"Expected a classifier with one label per row as {name!r}, got one with several."
        )


def new_estimator(champion: BaseEstimator, given: BaseEstimator | None, seed: int) -> BaseEstimator:
    """Return an unfitted estimator to train.

    Raises
    ------
    ParameterError
        If none is given, and the model's file lacks what a fit needs.
    """
    estimator = clone(champion if given is None else given)
    inner = estimator.estimator if isinstance(estimator, SelectiveClassifier) else estimator
    if given is None:
        if isinstance(inner, WRAPPERS):
            raise ParameterError(
                f"Expected estimator=, since the file of a {type(inner).__name__} has no build "
                "function, got None. Pass the unfitted estimator that the model was fitted from."
            )
        if isinstance(estimator, SelectiveClassifier):
            estimator.set_params(cv=None)  # a loaded one is "prefit"
    if "random_state" in inner.get_params(deep=False) and inner.random_state is None:
        inner.set_params(random_state=seed)
    return estimator


def abstain_label_of(model: BaseEstimator) -> object:
    """Return what stands for no answer."""
    return getattr(model, "abstain_label", None)


def outcomes(model: BaseEstimator, X: object, y: np.ndarray) -> np.ndarray:
    """Return right (1), no (0) and wrong (-1) answers of a model."""
    return outcomes_of(y, model.predict(X), abstain_label_of(model))


def sureness(model: BaseEstimator, X: object) -> np.ndarray | None:
    """Return the highest probability of each row; None without probabilities."""
    if not hasattr(model, "predict_proba"):
        return None
    return np.asarray(model.predict_proba(X), dtype=np.float64).max(axis=1)
