"""One message and its reply: ask, answer or fall back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keraswrap.routing._answers import Answer, Reply, read_answer
from keraswrap.routing._conversation import Conversation, Pending
from keraswrap.routing._decisions import Decision, decide
from keraswrap.routing._fields import FieldReading, read_fields
from keraswrap.routing._handlers import Handler
from keraswrap.routing._time_limit import Outcome, run_limited

__all__ = ["Parts", "Visit"]

# Said where even the fallback fails.
_LAST_RESORT = "Sorry, this cannot be answered here."
_MOST_TRACED = 500


@dataclass(frozen=True)
class Parts:
    """What a router answers with, checked.

    Parameters
    ----------
    classifier, detector : estimators
        Fitted; there may be no detector.
    handlers : dict of str to Handler
    fallback : Handler
    costs : dict of str to float
        What a reply of each route costs.
    timeout : float or None
        Seconds for a handler.
    max_questions : int
        How often a route may ask back.
    """

    classifier: Any
    detector: Any
    handlers: Mapping[str, Handler]
    fallback: Handler
    costs: Mapping[str, float]
    timeout: float | None
    max_questions: int


@dataclass
class Visit:
    """A message on its way to a reply.

    Parameters
    ----------
    parts : Parts
    message : str
    conversation : Conversation
    """

    parts: Parts
    message: str
    conversation: Conversation
    trace: list[tuple[str, str]] = field(default_factory=list)
    decision: Decision | None = None
    cost: float = 0.0

    def reply(self) -> Reply:
        """Return the reply."""
        pending = self._pending()
        if not self.message.strip():
            return self._fall_back("empty", pending)
        try:
            if pending and self._answers(pending):
                self._note("route", f"{pending.route}: the message names a field asked for")
                return self._handle(pending.route, pending)
            decision = self._decide()
        except Exception as error:  # a customer gets a reply, whatever fails
            self._note("error", _describe(error))
            return self._fall_back("error")
        if decision.route is not None:
            same = pending if pending and pending.route == decision.route else None
            return self._handle(decision.route, same)
        if pending:
            return self._handle(pending.route, pending)
        return self._fall_back(decision.reason or "unsure")

    def _pending(self) -> Pending | None:
        """Return the route that waits, if the router still has it."""
        pending = self.conversation.pending
        if pending and pending.route not in self.parts.handlers:
            self._note("conversation", f"no route {pending.route!r} any more")
            return None
        return pending

    def _answers(self, pending: Pending) -> bool:
        fields = self.parts.handlers[pending.route].fields
        return any(each.read(self.message).status != "missing" for each in fields)

    def _decide(self) -> Decision:
        made = decide(self.parts.classifier, self.parts.detector, [self.message])[0]
        self.decision, self.cost = made, made.cost
        sure = "unknown" if made.confidence is None else f"{made.confidence:.3f}"
        self._note("classifier", f"{made.likeliest}, probability {sure}")
        if made.reason:
            self._note("scope", made.reason)
        return made

    def _handle(self, route: str, pending: Pending | None) -> Reply:
        """Find the fields of a route, and ask for them or have its handler answer."""
        handler = self.parts.handlers[route]
        try:
            known = dict(pending.fields) if pending else {}
            readings = read_fields(handler.fields, self.message, known)
        except Exception as error:
            self._note("fields", _describe(error))
            return self._fall_back("error")
        lacking = [each for each in readings if each.status != "found"]
        if lacking:
            return self._ask(route, readings, pending.asked if pending else 0)
        values = {each.name: each.value for each in readings}
        outcome = self._call(handler, values)
        return self._conclude(route, readings, outcome)

    def _call(self, handler: Handler, values: Mapping[str, object]) -> Outcome:
        # A message is never more than the second argument.
        return run_limited(
            lambda: read_answer(handler.respond(dict(values), self.message)), self.parts.timeout
        )

    def _conclude(self, route: str, readings: list[FieldReading], outcome: Outcome) -> Reply:
        if outcome.late:
            self._note("handler", f"{route}: no answer within {self.parts.timeout} seconds")
            return self._fall_back("time limit")
        if outcome.error is not None:
            self._note("handler", f"{route}: {_describe(outcome.error)}")
            return self._fall_back("error")
        answer = outcome.value
        assert isinstance(answer, Answer)
        self.cost += answer.cost + self.parts.costs.get(route, 0.0)
        for note in answer.notes:
            self._note("handler", f"{route}: {note}")
        if not answer.usable:
            return self._fall_back("unusable")
        found = {each.name: each.text or "" for each in readings}
        return self._make(answer.text, "answer", route, fields=found, draft=answer.draft)

    def _ask(self, route: str, readings: list[FieldReading], asked: int) -> Reply:
        lacking = [each for each in readings if each.status != "found"]
        for each in lacking:
            self._note("field", f"{each.name} is {each.status}")
        if asked >= self.parts.max_questions:
            return self._fall_back("no field")
        questions = {each.name: each.question for each in self.parts.handlers[route].fields}
        found = {each.name: each.text for each in readings if each.text is not None}
        waits = Pending(route, tuple(found.items()), asked + 1)
        text = "\n".join(questions[each.name] for each in lacking)
        return self._make(text, "question", route, fields=found, pending=waits)

    def _fall_back(self, reason: str, pending: Pending | None = None) -> Reply:
        outcome = self._call(self.parts.fallback, {})
        answer = outcome.value if isinstance(outcome.value, Answer) else Answer(_LAST_RESORT)
        for note in answer.notes:
            self._note("fallback", note)
        if not answer.usable:  # a text that was cut, or none
            answer = replace(answer, text=_LAST_RESORT)
        if outcome.error is not None or outcome.late:
            self._note("fallback", "late" if outcome.error is None else _describe(outcome.error))
        self.cost += answer.cost
        return self._make(
            answer.text, "fallback", None, reason=reason, pending=pending, draft=answer.draft
        )

    def _make(
        self,
        text: str,
        kind: Any,
        route: str | None,
        *,
        pending: Pending | None = None,
        **told: Any,
    ) -> Reply:
        return Reply(
            text,
            kind,
            route,
            confidence=self.decision.confidence if self.decision else None,
            stage=self.decision.stage if self.decision else None,
            cost=self.cost,
            trace=tuple(self.trace),
            conversation=self.conversation.add(self.message, text, pending),
            **told,
        )

    def _note(self, step: str, detail: str) -> None:
        self.trace.append((step, detail[:_MOST_TRACED]))


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
