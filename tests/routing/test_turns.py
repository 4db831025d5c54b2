"""Turns: what is asked back, who answers, and what a customer gets where something fails."""

import json
import threading

import pytest
from shop import ORDER, ROUTES, TEXTS, make_router, words

from keraswrap.routing import Answer, Conversation, MessageRouter, date_field


def test_what_is_missing_is_asked_for_and_the_answer_completes_it(router):
    first = router.respond("where is my order?")
    assert (first.kind, first.text) == ("question", "Please tell me your order number.")
    kept = Conversation.from_json(first.conversation.to_json())
    second = router.respond("it is ab-123456", kept)
    assert (second.kind, second.route, second.confidence) == ("answer", "status", None)
    assert second.text == "Order AB-123456: shipped, 2026-11-29."
    assert second.conversation.pending is None
    assert [turn.role for turn in second.conversation.turns] == ["customer", "shop"] * 2


@pytest.mark.parametrize(
    ("messages", "kinds", "reason"),
    [
        (["where is my order", "AB-123456 or AB-123457", "AB-123456"], "qqa", None),
        (["where is my order", "where is my order", "where is my order"], "qqf", "no field"),
        (["where is my order", "are you open today"], "qa", None),
        (["where is my order", "  ", "AB-123456"], "qfa", None),
        (["where is AB-123456 and AB-123457", "AB-123457"], "qa", None),
        ([""], "f", "empty"),
    ],
)
def test_conversations(router, messages, kinds, reason):
    said, kept = [], None
    for message in messages:
        said.append(router.respond(message, kept))
        kept = said[-1].conversation
    assert "".join(reply.kind[0] for reply in said) == kinds
    assert said[-1].reason == reason


def test_a_pending_route_that_is_gone_is_dropped(router):
    kept = router.respond("where is my order").conversation.to_json()
    foreign = Conversation.from_json(kept.replace('"status"', '"staus"'))
    reply = router.respond("are you open today", foreign)
    assert (reply.route, reply.trace[0]) == ("hours", ("conversation", "no route 'staus' any more"))


def test_pending_fields_pass_the_pattern_again(router):
    kept = json.loads(router.respond("where is my order").conversation.to_json())
    kept["pending"]["fields"] = {"order": "x' OR 1=1 --", "other": "y"}
    reply = router.respond("order status please", Conversation.from_json(json.dumps(kept)))
    assert reply.kind == "question"
    assert "OR" not in reply.conversation.to_json().partition("turns")[2].partition("pending")[2]


@pytest.mark.parametrize(
    ("handler", "reason", "told"),
    [
        (lambda message: 1 / 0, "error", "hours: ZeroDivisionError: division by zero"),
        (lambda message: 5, "error", "Expected a handler to return a str or an Answer"),
        (lambda message: exit(1), "error", "hours: SystemExit: 1"),
        (lambda message: Answer("cut", usable=False, notes=("cut",)), "unusable", "hours: cut"),
        (lambda message: threading.Event().wait(3), "time limit", "no answer within 0.2 seconds"),
    ],
)
def test_a_handler_that_fails_falls_back_and_the_trace_says_why(database, handler, reason, told):
    router = make_router(database, timeout=0.2).fit(TEXTS, ROUTES)
    router.handlers["hours"] = handler
    reply = router.respond("are you open today")
    assert (reply.kind, reply.text, reply.reason) == ("fallback", "A person will answer.", reason)
    assert told in reply.trace[-1][1]


def test_even_a_fallback_may_fail(database):
    router = make_router(database, fallback=lambda message: 1 / 0).fit(TEXTS, ROUTES)
    reply = router.respond("")
    assert reply.text == "Sorry, this cannot be answered here."
    assert reply.trace == (("fallback", "ZeroDivisionError: division by zero"),)


def test_a_classifier_that_fails_falls_back(router, monkeypatch):
    monkeypatch.setattr(router.classifier_, "predict_proba", lambda texts: 1 / 0, raising=False)
    reply = router.respond("are you open today")
    assert (reply.kind, reply.reason) == ("fallback", "error")
    with pytest.raises(ZeroDivisionError, match="by zero"):
        router.route(["are you open today"])


def test_a_fallback_whose_answer_is_of_no_use_is_not_shown(database):
    cut = Answer("Dear cust", usable=False, cost=0.5, notes=("drafted: length",))
    router = make_router(database, fallback=lambda message: cut).fit(TEXTS, ROUTES)
    reply = router.respond("")
    assert reply.text == "Sorry, this cannot be answered here."
    assert (reply.kind, reply.reason, reply.cost) == ("fallback", "empty", 0.5)
    assert reply.trace == (("fallback", "drafted: length"),)


def test_what_is_paid_for_is_added_up(database):
    router = make_router(database, fallback=lambda message: Answer("Wait.", cost=0.25))
    router.fit(TEXTS, ROUTES).set_params(costs={"hours": 2.0})
    router.handlers["hours"] = lambda message: Answer("Nine.", cost=0.5, draft=True)
    reply = router.respond("are you open today")
    assert (reply.text, reply.cost, reply.draft) == ("Nine.", 2.5, True)
    router.handlers["hours"] = lambda message: Answer("Ni", cost=0.5, usable=False)
    reply = router.respond("are you open today")
    # The answer was paid for, though it is of no use.
    assert (reply.text, reply.cost, reply.reason) == ("Wait.", 2.75, "unusable")


def test_a_step_of_the_trace_is_cut(database):
    router = make_router(database).fit(TEXTS, ROUTES)
    router.handlers["hours"] = lambda message: Answer("Nine.", notes=("x" * 9999,))
    (step,) = router.respond("are you open today").trace[1:]
    assert step == ("handler", ("hours: " + "x" * 9999)[:500])


def test_fields_are_kept_over_questions_and_asked_for_together():
    class Delivery:
        fields = (ORDER, date_field("day"))

        def respond(self, fields, message):
            return f"{fields['order']} on {fields['day']:%d %b}"

    handlers = {"status": Delivery(), "refund": "Send it back.", "hours": "Nine."}
    router = MessageRouter(words(), handlers, "Pardon?").fit(TEXTS, ROUTES)
    first = router.respond("where is my order")
    asked = [field.question for field in Delivery.fields]
    assert first.text == "\n".join(asked)
    second = router.respond("AB-123456", first.conversation)
    assert (second.text, second.fields) == (asked[1], {"order": "AB-123456"})
    assert second.conversation.pending.asked == 2
    third = router.respond("on 2026-11-03", second.conversation)
    assert (third.kind, third.text) == ("answer", "AB-123456 on 03 Nov")
    assert third.fields == {"order": "AB-123456", "day": "2026-11-03"}
