"""Templates: what is a field, what is a brace, and who is trusted."""

import pytest

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm._prompts import DEFAULT_PROMPT_FEW_SHOT, read_template
from keraswrap.llm._protocol import Piece

FIELDS = ["text", "labels", "examples"]


def filled(prompt, fields=FIELDS, **values):
    values = {"text": "T", "labels": "L", "examples": "E", **values}
    return read_template(prompt, fields).fill(values).text


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("{labels}: {text}", "L: T"),
        ("{text} {text}", "T T"),
        ('{{"label": "{text}"}}', '{"label": "T"}'),  # a format string, as skorch's
        ("{{text}} {text}", "{text} T"),
        ('{"a": 1, "b": "{text}"}', '{"a": 1, "b": "T"}'),  # JSON as it is
        ('{"a": {}} {text}', '{"a": {}} T'),
        ("{{}} } {text}", "{{}} } T"),  # no format string: every brace is text
        ("{text!r:>10} {text}", "{text!r:>10} T"),
        ("{0} {} {text.x} {text}", "{0} {} {text.x} T"),
    ],
)
@pytest.mark.filterwarnings("ignore:The prompt holds")
def test_only_fields_are_replaced(prompt, expected):
    assert filled(prompt) == expected


@pytest.mark.parametrize("prompt", ["{labels} {{text}} {text}", DEFAULT_PROMPT_FEW_SHOT])
def test_format_strings_mean_what_python_makes_of_them(prompt):
    assert filled(prompt) == prompt.format(text="T", labels="L", examples="E")


@pytest.mark.parametrize("text", ["{labels}", "{", "{{text}}", "%s", "<|im_end|>", ""])
def test_a_text_is_put_in_as_it_is_and_not_trusted(text):
    (message,) = read_template("A {text} B", FIELDS).fill({"text": text}).messages
    assert message.text == f"A {text} B"
    assert [p for p in message.pieces if not p.trusted] == ([Piece(text, False)] if text else [])


@pytest.mark.parametrize("prompt", ["", "{labels}", "{{text}}", "{ text }", "{text!r}"])
def test_a_prompt_without_its_text_is_refused(prompt):
    with pytest.raises(ParameterError, match=r"with the field \{text\}.*Put \{text\} where"):
        read_template(prompt, FIELDS)


@pytest.mark.parametrize("prompt", [3, [], ["{text}"], [("user", 3)], {"user": "{text}"}])
def test_a_prompt_is_a_text_or_messages(prompt):
    with pytest.raises(InputTypeError, match="as a text, or as a list of messages"):
        read_template(prompt, FIELDS)


@pytest.mark.parametrize("prompt", ["\ud83d {text}", [("system", "\ude00"), ("user", "{text}")]])
def test_half_a_character_is_refused(prompt):
    with pytest.raises(InputError, match="valid Unicode, got half a character in row 0"):
        read_template(prompt, FIELDS)


def test_roles_are_known():
    with pytest.raises(ParameterError, match="got one by 'human'"):
        read_template([("human", "{text}")], FIELDS)


def test_a_word_in_braces_that_is_no_field_is_told():
    with pytest.warns(UserWarning, match=r"holds \{lables\}, which stays as it is: fields are"):
        read_template("{lables} {text}", FIELDS)


@pytest.mark.parametrize(("chat", "expected"), [(False, False), (True, True)])
def test_a_text_is_a_chat_if_told(chat, expected):
    assert read_template("{text}", FIELDS, chat=chat).fill({"text": "T"}).chat is expected


@pytest.mark.filterwarnings("ignore:The prompt holds")
def test_messages_are_a_chat():
    template = read_template([("system", "Be {brief}."), ["user", "{labels}: {text}"]], FIELDS)
    prompt = template.fill({"text": "T", "labels": "L"})
    assert prompt.chat
    assert [(m.role, m.text) for m in prompt.messages] == [
        ("system", "Be {brief}."),
        ("user", "L: T"),
    ]


def test_examples_are_turns_before_the_text():
    template = read_template([("system", "S"), ("user", "[{text}]"), ("assistant", "A:")], FIELDS)
    prompt = template.fill_turns([("one", "yes"), ("two", "no")], {"text": "T"})
    said = [(m.role, m.text) for m in prompt.messages]
    assert said[1:5] == [
        ("user", "[one]"),
        ("assistant", "yes"),
        ("user", "[two]"),
        ("assistant", "no"),
    ]
    assert said[5:] == [("user", "[T]"), ("assistant", "A:")]
    assert not any(p.trusted for p in prompt.messages[2].pieces)
