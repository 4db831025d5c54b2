"""How a fitted estimator is asked: what it answers, and one call that gives all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from keraswrap._estimator import remember_outputs
from keraswrap._targets import Heads
from keraswrap.serving._found_inputs import innermost
from keraswrap.serving._outputs import Answers, Output

__all__ = ["Predict", "find_outputs"]

Predict: TypeAlias = Callable[[object], Answers]
Outputs: TypeAlias = Output | Mapping[str, Output]


def find_outputs(estimator: Any) -> tuple[Outputs, Predict]:
    """Find what a fitted estimator answers, and how it is asked.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    outputs : Output, or dict of them by head
    predict : callable
        Rows → `Answers`. Labels are those of the estimator's ``predict``, probabilities
        those of its ``predict_proba``, from one run of the net.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> output, predict = find_outputs(LogisticRegression().fit([[0.0], [1.0]], [3, 4]))
    >>> output.classes, predict([[9.0]]).labels
    ((3, 4), [4])
    """
    target = _target_of(innermost(estimator))
    if isinstance(target, Heads):
        return _by_head(estimator, target)
    if not hasattr(estimator, "predict_proba"):
        return _without_probabilities(estimator, target)
    classes = tuple(plain(np.asarray(estimator.classes_)))
    if hasattr(estimator, "rank_by") and hasattr(estimator, "threshold_"):
        output = Output("classes", classes, proba=True, abstains=True)
        return output, lambda X: _answer_or_abstain(estimator, output, X)
    output = Output(_kind_of(target), classes, proba=True)
    if target is None:
        return output, lambda X: _ask_twice(estimator, output, X)
    return output, lambda X: _read_off(estimator, target, output, X)


def _target_of(model: Any) -> Any:
    return getattr(getattr(model, "estimator_", model), "_target", None)


def _kind_of(target: Any) -> str:
    if getattr(target, "several", False):
        return "labels"
    return "positions" if type(target).__name__ == "Positions" else "classes"


def plain(array: Any) -> list[Any]:
    """Return labels as JSON has them.

    Examples
    --------
    >>> import datetime
    >>> plain(np.array([1, "a", datetime.date(2026, 1, 1)], dtype=object))
    [1, 'a', '2026-01-01']
    """
    found = np.asarray(array).tolist()
    if all(isinstance(one, str | int | float | type(None)) for one in found):
        return found
    return [_plain(one) for one in found]


def _plain(one: Any) -> Any:
    if isinstance(one, list):
        return [_plain(part) for part in one]
    one = one.item() if isinstance(one, np.generic) else one
    return one if isinstance(one, str | int | float | type(None)) else str(one)


# Each way to ask


def _read_off(estimator: Any, target: Any, output: Output, X: object) -> Answers:
    proba = estimator.predict_proba(X)
    return _of_classes(target.to_labels(proba), output, proba)


def _of_classes(labels: Any, output: Output, proba: np.ndarray | None = None) -> Answers:
    if output.kind == "labels":  # zeros and ones by class
        names = output.classes
        found = [[names[k] for k in np.flatnonzero(row)] for row in np.asarray(labels)]
        return Answers(output, found, proba)
    return Answers(output, plain(labels), proba)


def _answer_or_abstain(estimator: Any, output: Output, X: object) -> Answers:
    proba = np.asarray(estimator.predict_proba(X))
    labels, accepted = estimator._decide(proba)
    told = [label if sure else None for label, sure in zip(plain(labels), accepted, strict=True)]
    return Answers(output, told, proba, ~np.asarray(accepted))


def _ask_twice(estimator: Any, output: Output, X: object) -> Answers:
    with remember_outputs():  # where a net is at its end, it runs once
        labels, proba = estimator.predict(X), estimator.predict_proba(X)
    return _of_classes(labels, output, np.asarray(proba, dtype="float64"))


def _without_probabilities(estimator: Any, target: Any) -> tuple[Outputs, Predict]:
    if hasattr(estimator, "classes_"):
        output = Output("classes", tuple(plain(np.asarray(estimator.classes_))))
        return output, lambda X: _of_classes(estimator.predict(X), output)
    if type(target).__name__ == "Gaussian":
        spread = Output("numbers", spread=True)
        return spread, lambda X: _with_spread(estimator, spread, X)
    numbers = Output("numbers")
    return numbers, lambda X: Answers(numbers, values=np.asarray(estimator.predict(X)))


def _with_spread(estimator: Any, output: Output, X: object) -> Answers:
    values, spread = estimator.predict(X, return_std=True)
    return Answers(output, values=values, spread=spread)


def _by_head(estimator: Any, target: Heads) -> tuple[Outputs, Predict]:
    outputs: dict[str, Output] = {}
    for name, part in target.parts.items():
        if hasattr(part, "classes"):
            output = Output(_kind_of(part), tuple(plain(part.classes)), proba=True)
            outputs[name] = output
        else:
            outputs[name] = Output("numbers")
    return outputs, lambda X: _ask_heads(estimator, outputs, X)


def _ask_heads(estimator: Any, outputs: Mapping[str, Output], X: object) -> Answers:
    with remember_outputs():
        found = estimator.predict(X)
        shares = estimator.predict_proba(X) if hasattr(estimator, "predict_proba") else {}
    parts = {}
    for name, output in outputs.items():
        if output.kind == "numbers":
            parts[name] = Answers(output, values=np.asarray(found[name]))
        else:
            parts[name] = replace(_of_classes(found[name], output), proba=shares[name])
    return Answers(parts=parts)
