"""Which route each message takes: the classifier decides, and the detector may object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
        abstains. If it has ``stage_`` or ``cost_`` with a value for each row after
        predicting, these are kept.
    detector : fitted outlier detector or None
        -1 is out of scope.
    messages : sequence of str

    Returns
    -------
    list of Decision
    """
    texts = list(messages)
    classes = [str(each) for each in classifier.classes_]
    proba = np.asarray(classifier.predict_proba(texts), dtype=float)
    answers = [_as_route(each, classes) for each in classifier.predict(texts)]
    stages = _per_row(classifier, "stage_", len(texts))
    costs = _per_row(classifier, "cost_", len(texts))
    inside = np.ones(len(texts)) if detector is None else np.asarray(detector.predict(texts))
    best = np.argmax(np.where(np.isnan(proba), -1, proba), axis=1)
    made = []
    for row, answer in enumerate(answers):
        likeliest = classes[best[row]] if answer is None else answer
        known = proba[row, classes.index(likeliest)]
        reason = "out of scope" if inside[row] < 0 else "unsure" if answer is None else None
        made.append(
            Decision(
                answer if reason is None else None,
                likeliest,
                None if np.isnan(known) else float(known),
                reason,
                None if stages is None or stages[row] is None else str(stages[row]),
                0.0 if costs is None else float(costs[row]),
            )
        )
    return made


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


def _per_row(classifier: object, name: str, n: int) -> Any:
    found = getattr(classifier, name, None)
    return found if np.ndim(found) == 1 and len(found) == n else None  # type: ignore[arg-type]
