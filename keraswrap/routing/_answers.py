"""What handlers and routers return."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.routing._conversation import Conversation

__all__ = ["Answer", "Reply", "check_cost", "read_answer"]


@dataclass(frozen=True)
class Answer:
    """What a handler says, with what a router should know about it.

    Parameters
    ----------
    text : str
        Plain text: a page that shows it has to escape it.
    draft : bool, default=False
        Whether someone should read it before it is sent.
    cost : float, default=0.0
        What it cost, in the unit that the router counts in.
    found : bool, default=True
        False if what was asked for is not there.
    usable : bool, default=True
        False if the router should fall back, for the reason in `notes`.
    notes : tuple of str
        For the trace; customers do not see them.
    """

    text: str
    draft: bool = False
    cost: float = 0.0
    found: bool = True
    usable: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A router's reply to a message.

    Parameters
    ----------
    text : str
        Plain text: a page that shows it has to escape it.
    kind : {"answer", "question", "fallback"}
        A question asks for fields that the handler needs.
    route : str or None
        The route that answers or asks; None for the fallback.
    confidence : float or None
        The classifier's probability of the likeliest route. None if it was not asked,
        because the message is empty or answers a question.
    stage : str or None
        The stage of the classifier that decided, if it has several.
    cost : float
        What classifier and handler cost together, where they say so.
    draft : bool
        Whether someone should read the text before it is sent.
    reason : str or None
        Why the router fell back: "empty", "out of scope", "unsure", "error", "time
        limit", "unusable", or "no field" if the customer did not name one. None for
        answers and questions.
    fields : dict of str to str
        Fields that the handler got, as the messages spell them.
    trace : tuple of (str, str)
        What happened, step by step. Customers should not see it: it names errors.
    conversation : Conversation
        Pass it with the next message.
    """

    text: str
    kind: Literal["answer", "question", "fallback"]
    route: str | None = None
    confidence: float | None = None
    stage: str | None = None
    cost: float = 0.0
    draft: bool = False
    reason: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    trace: tuple[tuple[str, str], ...] = ()
    conversation: Conversation = field(default_factory=Conversation, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the reply as JSON-compatible values.

        Returns
        -------
        dict
            All of it; the conversation as its JSON text.

        Examples
        --------
        >>> Reply("Hello!", "answer", route="greeting").to_dict()["route"]
        'greeting'
        """
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        trace = [list(step) for step in self.trace]
        kept = {"trace": trace, "conversation": self.conversation.to_json()}
        return plain | {"fields": dict(self.fields)} | kept


def read_answer(given: object) -> Answer:
    """Return what a handler returned as an Answer, or raise if it is none."""
    answer = Answer(given) if isinstance(given, str) else given
    if not isinstance(answer, Answer) or not isinstance(answer.text, str):
        raise InputTypeError(f"Expected a handler to return a str or an Answer, got {given!r:.60}.")
    check_cost(answer.cost, "the cost of an Answer")
    return answer


def check_cost(cost: object, name: str) -> float:
    """Return a cost as a float, or raise ParameterError if it is none."""
    good = isinstance(cost, int | float) and not isinstance(cost, bool)
    if not good or not 0 <= float(cost) < math.inf:  # type: ignore[arg-type]  # NaN is refused too
        raise ParameterError(f"Expected {name} as a finite number from 0 on, got {cost!r:.60}.")
    return float(cost)  # type: ignore[arg-type]
