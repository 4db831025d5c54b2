"""Rules of thumb for tokens, against plain counts."""

import pytest

from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.server._token_guesses import guess_chat, guess_tokens, longest_answer


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 1),
        ("a", 1),
        ("four", 1),
        ("fives", 2),
        ("äöü", 2),
        ("价格", 2),
        ("ok 价格", 3),
        ("😀", 1),
    ],
)
def test_four_narrow_bytes_or_one_wide_letter_are_a_token(text, tokens):
    assert guess_tokens(text) == tokens


def test_half_a_letter_is_counted_too():
    assert guess_tokens("\ud83d") == 1


def test_a_template_adds_to_each_message():
    messages = tuple(Message("user", (Piece(text, trusted=False),)) for text in ("four", "eight"))
    one, two = (Prompt(messages[:n], True) for n in (1, 2))
    assert guess_chat(one) == 1 + 4
    assert guess_chat(two) == guess_tokens(two.text) + 8


@pytest.mark.parametrize(("labels", "tokens"), [([], 8), (["yes"], 9), (["no", "价格价格"], 14)])
def test_an_answer_may_be_longer_than_any_label(labels, tokens):
    assert longest_answer([Continuation(label) for label in labels]) == tokens
