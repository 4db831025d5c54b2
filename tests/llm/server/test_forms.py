"""Ways to ask a server for a form: what is sent, what is read, and which way is left."""

import json

import pytest

from keraswrap.llm import Choices, Prompt, Regex
from keraswrap.llm._protocol import Message, Piece
from keraswrap.llm.server._forms import (
    PLAIN,
    FormState,
    Way,
    is_about_the_form,
    ways_of,
    with_hint,
)

STARS = {"type": "object", "properties": {"stars": {"type": "integer"}}, "required": ["stars"]}
CUTS = [
    ({}, "{}", '{"a', True),
    ({}, "{}", "Well", False),
    ({}, "{}", " tr", True),
    ({}, "{}", "the", False),
    ({}, Choices(["good"]), " go", True),
    ({}, Choices(["good"]), "bad", False),
    ({}, Regex("a"), "a", False),
    ({"b": 1}, Regex("a"), "a", True),
]


@pytest.mark.parametrize(("fields", "form", "text", "expected"), CUTS, ids=str)
def test_what_was_cut_may_begin_in_its_form_or_not(fields, form, text, expected):
    assert Way(fields).may_begin(text, form) is expected
    assert [Way(fields, True).may_begin(each, form) for each in ("", "{", "Well")] == [1, 1, 0]


def test_a_refusal_that_is_about_something_else_is_none_of_the_form():
    assert is_about_the_form(400, "Unknown parameter: 'response_format'")
    assert not is_about_the_form(400, "content_filter")
    assert not is_about_the_form(404, "Unknown model")


@pytest.mark.parametrize("api", ["chat", "completions"])
@pytest.mark.parametrize("form", ["{}", Regex("a"), Choices(["a", 'b"'])], ids=str)
def test_every_form_has_ways_and_words_at_last(form, api):
    ways = ways_of(form, api)
    assert [bool(way.fields) for way in ways] == [True, True, False]
    fields = {name for way in ways for name in way.fields}
    assert {"response_format", "structured_outputs"} < fields | {"grammar"}


@pytest.mark.parametrize(
    ("wrapped", "text", "expected"),
    [
        (False, " yes\n", "yes"),
        (False, "maybe ", "maybe "),  # not of the form, and left as it is
        (True, '{"answer": "yes"}', "yes"),
        (True, '{"answer": 3}', '{"answer": 3}'),
        (True, '{"answer"', '{"answer"'),
        (True, "[1]", "[1]"),
    ],
)
def test_an_answer_is_read_out_of_what_is_around_it(wrapped, text, expected):
    assert Way({}, wrapped).read(text, Choices(["yes", "no"])) == expected


def test_a_way_is_left_when_more_answers_have_not_the_form_than_have_it():
    state = FormState(ways_of(Choices(["yes", "no"]), "chat"))
    for holds in (True, False):
        state.note(0, holds)
    assert state.number == 0
    state.note(0, False)
    assert state.number == 1
    state.note(0, False)  # of a way that is left already
    assert state.number == 1
    state.leave(1)
    state.leave(2)
    assert (state.number, state.ways[state.number]) == (2, PLAIN)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (json.dumps(STARS), '"stars"'),
        (Regex("[a-z]+"), "this regular expression: [a-z]+"),
        (Choices(["yes", "né"]), '["yes", "né"]'),
    ],
    ids=["schema", "regex", "choices"],
)
def test_words_say_the_form_after_the_last_message(form, words):
    messages = [Message(role, (Piece(role, trusted=True),)) for role in ("system", "user")]
    told = with_hint(Prompt(tuple(messages), True), form)
    first, last = told.messages
    assert first == messages[0]
    assert last.pieces[0] == messages[1].pieces[0]
    assert words in last.pieces[1].text
    assert not last.pieces[1].trusted
