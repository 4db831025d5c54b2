"""A conversation comes back from JSON as it was, or not at all."""

import json

import pytest

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.routing import Conversation
from keraswrap.routing._conversation import Pending, check_conversation

WAITS = Pending("status", (("order", "AB-123456"),), 1)
KEPT = json.loads(Conversation().add("hi", "Hello!", WAITS).to_json())


@pytest.mark.parametrize("pending", [None, WAITS])
def test_a_conversation_survives_json(pending):
    said = Conversation().add("hi \u202e\U0001f600", "Hello!", pending)
    assert Conversation.from_json(said.to_json()) == said


def test_history_is_limited():
    said = Conversation()
    for n in range(50):
        said = said.add(f"{n}" + "x" * 5000, "y")
    assert len(said.turns) == 20
    assert said.turns[-2].text.startswith("49x")
    assert max(len(turn.text) for turn in said.turns) == 4000
    assert Conversation.from_json(said.to_json()) == said


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": True},
        {"turns": "x"},
        {"turns": [{"role": "system", "text": "x"}]},
        {"turns": [{"role": "shop", "text": 5}]},
        {"turns": [{"role": "shop", "text": "x" * 4001}]},
        {"turns": [{"role": "shop", "text": "x"}] * 21},
        {"turns": [{"role": "shop", "text": "x", "more": 1}]},
        {"pending": []},
        {"pending": {"route": "status", "fields": {"order": 5}, "asked": 1}},
        {"pending": {"route": "status", "fields": {"order": "x" * 65}, "asked": 1}},
        {"pending": {"route": "status", "fields": {}, "asked": -1}},
        {"pending": {"route": "status", "fields": {}, "asked": True}},
        {"pending": {"route": None, "fields": {}, "asked": 1}},
        {"pending": {"route": "status", "fields": {}}},
        {"more": 1},
    ],
)
def test_what_was_changed_is_refused(change):
    with pytest.raises(InputError, match=r"as Conversation\.to_json writes it"):
        Conversation.from_json(json.dumps(KEPT | change))


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (None, InputTypeError, "Expected a conversation as JSON text, got None"),
        ("{", InputError, "Expected a conversation as JSON text"),
        ("[" * 100_000, InputError, "Expected a conversation as JSON text"),
        (" " * 1_000_001, InputError, "Expected at most 1,000,000 characters"),
        ("[]", InputError, "Begin a new one"),
    ],
)
def test_what_is_no_conversation_is_refused(text, error, said):
    with pytest.raises(error, match=said):
        Conversation.from_json(text)


def test_a_router_takes_nothing_but_conversations():
    assert check_conversation(None) == Conversation()
    with pytest.raises(InputTypeError, match=r"Read what was kept with Conversation\.from_json"):
        check_conversation("{}")
