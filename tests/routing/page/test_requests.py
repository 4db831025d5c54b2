"""What the page sends."""

import json

import pytest

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.routing import Conversation
from keraswrap.routing._conversation import MOST_CHARACTERS, MOST_TURNS
from keraswrap.routing._page._requests import MOST_BYTES, read_request


def test_a_conversation_comes_back_as_it_went():
    before = Conversation().add("<b>hi</b>", "Hello.")
    body = json.dumps({"message": "Bye", "conversation": before.to_json()}).encode()
    assert read_request(body) == ("Bye", before)


def test_the_longest_conversation_is_small_enough():
    longest = Conversation()
    for _ in range(MOST_TURNS):
        longest = longest.add("\U0001f600" * MOST_CHARACTERS, "\U0001f600" * MOST_CHARACTERS)
    told = {"message": "", "conversation": longest.to_json()}
    assert len(json.dumps(told)) < MOST_BYTES * 0.9


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "as JSON"),
        (b"{", "as JSON"),
        (b"\xff", "as JSON"),
        (b"[" * 100_000, "as JSON"),
        (b"[]", "a message and a conversation"),
        (b'{"message": "hi"}', "a message and a conversation"),
        (b'{"message": 1, "conversation": null}', "a message as a string, got 1"),
        (b'{"message": "hi", "conversation": "{}"}', "as Conversation.to_json writes it"),
        (b'{"message": "hi", "conversation": 3}', "a conversation as JSON text, got 3"),
    ],
)
def test_all_else_is_refused(body, said):
    with pytest.raises((InputError, InputTypeError), match=said):
        read_request(body)
