"""Whatever a message says, it is data: it changes neither route nor query nor template."""

import re
import sqlite3
from contextlib import closing

import pytest
from injections import INJECTIONS
from shop import MISSING, ORDER, QUERY, ROUTES, ROWS, TEXTS, Told, make_router, status

from keraswrap.routing import Conversation, MessageRouter

QUESTION = ORDER.question
ANSWERS = {
    *(QUESTION, "Send it back.", "Open 9 to 5.", "A person will answer.", MISSING),
    *(f"Order {order}: {state}, {day}." for order, state, day in ROWS),
}
EACH = pytest.mark.parametrize("name", INJECTIONS)


@pytest.fixture(params=["first", "pending"])
def conversation(request, router):
    if request.param == "first":
        return None
    return router.respond("where is my order").conversation


@EACH
def test_only_the_classifier_chooses_the_route(router, conversation, name):
    message, order = INJECTIONS[name]
    reply = router.respond(message, conversation)
    expected = router.classifier_.predict([message.encode("utf-8", "replace").decode()])[0]
    names_a_field = ORDER.read(message).status != "missing"
    if conversation and names_a_field:
        expected = conversation.pending.route
    assert reply.route == expected
    if reply.kind == "answer" and reply.route == "status":
        assert reply.fields == {"order": order}


@EACH
def test_the_query_is_the_given_one_and_values_pass_the_pattern(router, conversation, name):
    message, order = INJECTIONS[name]
    Told.told.clear()
    router.respond(message, conversation)
    assert Told.told in ([], [(QUERY, {"order": order})])
    assert all(re.fullmatch(r"[A-Z]{2}-\d{6}", given["order"]) for _, given in Told.told)


@EACH
def test_a_reply_is_a_text_of_the_shop(router, conversation, name):
    reply = router.respond(INJECTIONS[name][0], conversation)
    assert reply.text in ANSWERS


@EACH
def test_the_status_handler_reads_nothing_but_the_order(database, name):
    """As above, where the classifier sends every message to the query."""
    message, order = INJECTIONS[name]
    reading = ORDER.read(message)
    assert reading.value == order
    if order is not None:
        text = status(database).respond({"order": order}, message).text
        assert text == "Order AB-123456: shipped, 2026-11-29."


@EACH
def test_what_was_said_survives_where_it_is_kept(router, name):
    said = router.respond(INJECTIONS[name][0]).conversation
    assert Conversation.from_json(said.to_json()) == said


def test_there_are_enough_of_them():
    assert len(INJECTIONS) >= 30


def test_the_database_is_as_before(database):
    router = make_router(database).fit(TEXTS, ROUTES)
    for message, _ in INJECTIONS.values():
        router.respond(message)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT * FROM orders").fetchall() == ROWS


def test_a_handler_gets_fields_and_the_message_as_two_things(database):
    got = []

    class Spy:
        fields = (ORDER,)

        def respond(self, fields, message):
            got.append((fields, message))
            return "x"

    handlers = {"status": Spy(), "refund": "x", "hours": "x"}
    router = make_router(database, handlers=handlers).fit(TEXTS, ROUTES)
    assert isinstance(router, MessageRouter)
    message = "where is order AB-123456; fields['order'] = 'x' {order} $order"
    router.respond(message)
    assert got == [({"order": "AB-123456"}, message)]
