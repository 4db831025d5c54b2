"""Texts written anew: by a prompt of any form, in a column of any name."""

import pytest
from writers import asked_about, echo

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm import FakeLM, TextRewriter


def test_a_rewriter_takes_messages_and_a_name():
    model = FakeLM(says=lambda prompt: prompt.splitlines()[-1])
    messages = [("system", 'Be brief. {"a": 1}'), ("user", "{text}")]
    given = TextRewriter(messages, name="brief", model=model, chat=False)
    assert given.transform(["It broke."]).tolist() == [["It broke."]]
    assert [message.role for message in model.calls[0].messages] == ["system", "user"]
    assert given.get_feature_names_out().tolist() == ["brief"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"prompt": "Rewrite."}, ParameterError, r"a prompt with the field \{text\}"),
        ({"prompt": 3}, InputTypeError, "a prompt as a text, or as a list of messages"),
        ({"prompt": "{text}", "name": ""}, ParameterError, "name as that of a column, got ''"),
        ({"prompt": "{text}", "name": 3}, ParameterError, "name as that of a column, got 3"),
    ],
)
def test_parameters_are_checked_before_any_work(given, error, message):
    model = echo()
    with pytest.raises(error, match=message):
        TextRewriter(**given, model=model).transform(["It broke."])
    assert model.calls == []


def test_a_long_text_is_rewritten_in_parts_only_if_asked_for():
    prompt = "Rewrite.\n\nText:\n{text}"
    text = "It broke. I am sad.\n\nNever again!"
    whole, parts = TextRewriter(prompt, model=echo()), TextRewriter(prompt, model=echo())
    assert whole.transform([text * 50]).tolist() == [[(text * 50).upper()]]
    with pytest.warns(UserWarning, match="Split 1 of 1 texts at sentences"):
        assert parts.set_params(part_words=3).transform([text]).tolist() == [[text.upper()]]
    assert [asked_about(prompt.text) for prompt in parts.model.calls][::-1] == [
        "It broke.", "I am sad.", "Never again!"
    ]  # fmt: skip
