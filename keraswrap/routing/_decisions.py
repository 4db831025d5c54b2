"""Which route each message takes: the classifier decides, and the detector may object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keraswrap.exceptions import InputError, InputTypeError

__all__ = ["Decision", "check_message", "decide"]


@dataclass(frozen=True)
class Decision:
    """Which route a message takes.

    Parameters
    ----------
    route : str or None
        None for the fallback.
    likeliest : str
        The classifier's likeliest route, taken or not.
    confidence : float or None
        Its probability; None if the classifier knows none.
    reason : {"out of scope", "unsure"} or None
        Why the message takes no route: the detector says that it is out of scope, or
        the classifier abstains.
    stage : str or None
        The stage of the classifier that decided, if it says so.
    cost : float
        The classifier's cost, if it says so.
    """

    route: str | None
    likeliest: str
    confidence: float | None
    reason: str | None = None
    stage: str | None = None
    cost: float = 0.0


def decide(classifier: Any, detector: Any, messages: Sequence[str]) -> list[Decision]:
    """Decide on messages, nothing but their texts being given to either estimator.

    Parameters
    ----------
    classifier : fitted classifier
        A ``predict`` that returns None, or a label that is none of its classes,
        abstains. If it has ``predict_details``, as `CascadeClassifier` has, that is asked
        instead, and stages and costs are kept.
    detector : fitted outlier detector or None
        -1 is out of scope.
    messages : sequence of str

    Returns
    -------
    list of Decision
    """
    texts = list(messages)
    inside = np.ones(len(texts)) if detector is None else np.asarray(detector.predict(texts))
    ask = _ask_details if hasattr(classifier, "predict_details") else _ask
    return [
        replace(made, route=None, reason="out of scope") if sign < 0 else made
        for made, sign in zip(ask(classifier, texts), inside.tolist(), strict=True)
    ]


def _ask(classifier: Any, texts: list[str]) -> list[Decision]:
    classes = [str(each) for each in classifier.classes_]
    proba = np.asarray(classifier.predict_proba(texts), dtype=float)
    best = np.argmax(np.where(np.isnan(proba), -1, proba), axis=1)
    made = []
    for row, label in enumerate(classifier.predict(texts)):
        answer = _as_route(label, classes)
        likeliest = classes[best[row]] if answer is None else answer
        made.append(_decision(answer, likeliest, proba[row, classes.index(likeliest)]))
    return made


def _ask_details(classifier: Any, texts: list[str]) -> list[Decision]:
    """Ask once; probabilities only of the rows that no stage answered."""
    told, classes = classifier.predict_details(texts), [str(each) for each in classifier.classes_]
    answers = [_as_route(label, classes) for label in told.labels]
    left = [row for row, answer in enumerate(answers) if answer is None]
    others = _ask(classifier, [texts[row] for row in left]) if left else []
    unsure = dict(zip(left, others, strict=True))
    return [
        replace(
            unsure.get(row) or _decision(answer, str(answer), told.confidence[row]),
            stage=None if told.stage_names[row] is None else str(told.stage_names[row]),
            cost=float(told.cost[row]),
        )
        for row, answer in enumerate(answers)
    ]


def _decision(answer: str | None, likeliest: str, confidence: float) -> Decision:
    known = None if np.isnan(confidence) else float(confidence)
    return Decision(answer, likeliest, known, "unsure" if answer is None else None)


def check_message(message: object, most: int) -> str:
    """Return a message, or raise if it is no text or too long.

    Raises
    ------
    InputTypeError, InputError
    """
    if not isinstance(message, str):
        raise InputTypeError(f"Expected a message as a string, got {message!r:.60}.")
    if len(message) > most:
        raise InputError(
            f"Expected a message of at most {most:,} characters, got {len(message):,}. Cut it, or "
            "raise max_length."
        )
    # Half of a surrogate pair cannot be encoded, stored or shown.
    return str(message).encode("utf-8", "replace").decode("utf-8")


def _as_route(label: object, classes: Sequence[str]) -> str | None:
    """Return a label as a route, None for an abstention, by whatever label it is told."""
    return str(label) if label is not None and str(label) in classes else None
