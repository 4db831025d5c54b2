"""Drafts of a language model: what it is asked, and what becomes of what it writes."""

import pickle

import pytest
from injections import INJECTIONS
from shop import FOREIGN, MISSING, ORDER, ROUTES, TEXTS, make_router, status

from keraswrap.exceptions import EndpointError, InputTypeError, ParameterError
from keraswrap.llm import FakeLM, Sampling
from keraswrap.routing import ReplyHandler, number_field

TEMPLATE = "Be kind. $$ Facts: $facts Order: $order Message: $message"


def echo(prompt):
    return "You said: " + prompt


def drafts(says=echo, template="Be kind. $message", sampling=None, **told):
    return ReplyHandler(FakeLM(says=says, prices=(1e6, 0.0)), template, sampling, **told)


def test_a_reply_is_a_draft_with_its_cost(database):
    handlers = {"status": status(database), "refund": drafts(lambda _: "Dear you"), "hours": "x"}
    router = make_router(database, handlers=handlers, costs={"refund": 0.5}).fit(TEXTS, ROUTES)
    reply = router.respond("refund me please now")
    assert (reply.text, reply.kind, reply.draft) == ("Dear you", "answer", True)
    assert reply.cost == 0.5 + len(["Be", "kind.", "refund", "me", "please", "now"])
    assert not router.respond("where is my order AB-123456").draft


@pytest.mark.parametrize("name", INJECTIONS)
def test_only_the_template_is_trusted(database, name):
    message = INJECTIONS[name][0]
    handler = drafts(template=TEMPLATE, facts=status(database))
    known = {"order": "AB-123456", "facts": "Order $order is {late}."}
    prompt = handler.prompt(known, message)
    assert len(prompt.messages) == 1
    trusted = [piece.text for piece in prompt.messages[0].pieces if piece.trusted]
    assert trusted == ["Be kind. $ Facts: ", " Order: ", " Message: "]
    data = [piece.text for piece in prompt.messages[0].pieces if not piece.trusted]
    assert data == [known["facts"], known["order"], message]


def test_facts_are_looked_up_and_without_them_no_model_is_asked(database):
    handler = drafts(template="$facts $message", facts=status(database), sampling=Sampling(500))
    assert handler.fields == (ORDER,)
    answer = handler.respond({"order": "AB-123456"}, "Well?")
    assert answer.text == "You said: Order AB-123456: shipped, 2026-11-29. Well?"
    missing = handler.respond({"order": "AB-999999"}, "Well?")
    assert (missing.text, missing.found, missing.draft) == (MISSING, False, False)


@pytest.mark.parametrize(
    ("says", "told"),
    [(lambda _: "one two three", "drafted: length"), (lambda _: "  ", "tokens, empty")],
)
def test_a_text_that_was_cut_or_is_empty_is_not_used(database, says, told):
    refund = drafts(says, sampling=Sampling(max_tokens=2))
    handlers = {"status": "x", "refund": refund, "hours": "x"}
    router = make_router(database, handlers=handlers).fit(TEXTS, ROUTES)
    reply = router.respond("refund me please")
    assert (reply.kind, reply.reason, reply.draft) == ("fallback", "unusable", False)
    assert told in reply.trace[-1][1]


def test_a_model_that_fails_falls_back(database):
    def fail(prompt):
        raise EndpointError("secret address")

    handlers = {"status": "x", "refund": drafts(fail), "hours": "x"}
    reply = make_router(database, handlers=handlers).fit(TEXTS, ROUTES).respond("refund me please")
    assert (reply.text, reply.reason) == ("A person will answer.", "error")
    assert "secret address" in reply.trace[-1][1]


def test_a_base_model_gets_no_chat():
    assert drafts().prompt({}, FOREIGN[0]).chat
    assert not drafts(chat=False).prompt({}, FOREIGN[0]).chat


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: ReplyHandler(5, "$message"), InputTypeError, "to be a LanguageModel, got int"),
        (lambda: drafts(template="$msg $message"), ParameterError, r"got \['msg'\]"),
        (lambda: drafts(template="$facts $message"), ParameterError, r"got \['facts'\]"),
        (lambda: drafts(template="Hello"), ParameterError, r"to name \$message, got 'Hello'"),
        (lambda: drafts(sampling=5), InputTypeError, "sampling as a Sampling, got 5"),
        (lambda: drafts(chat=1), InputTypeError, "chat as a bool, got 1"),
        (lambda: drafts(fields=["n"]), InputTypeError, "as Field, got 'n'"),
        (lambda: drafts(facts=5), InputTypeError, "a handler for 'facts', got 5"),
    ],
)
def test_bad_handlers_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


def test_a_handler_can_be_pickled():
    handler = pickle.loads(pickle.dumps(drafts(template="$n $message", fields=[number_field("n")])))
    assert handler.prompt({"n": 3}, "x").text == "3 x"


@pytest.mark.parametrize("name", ["message", "facts"])
def test_a_field_cannot_take_the_place_of_the_message(name):
    with pytest.raises(ParameterError, match=rf"other names than .*got \['{name}'\]"):
        ReplyHandler(FakeLM(), "$message", fields=[number_field(name)])
