"""Answers of a server: read if they can be, refused if not, never believed."""

import numpy as np
import pytest

from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.server._wire import EchoMissing, chat_body, echo_body, read_chat, read_echo

PROMPT = Prompt((Message("system", (Piece("Rate."),)), Message("user", (Piece("Fine"),))))


def chat(content="yes", log_probs=None, **message):
    return {"choices": [{"message": {"content": content, **message}, "logprobs": log_probs}]}


def listed(*tokens):
    return {"content": [{"token": token, "logprob": -0.5} for token in tokens]}


def test_a_prompt_goes_as_messages_only_if_it_is_a_chat():
    assert len(chat_body("m", PROMPT._replace(chat=True), 8, 5)["messages"]) == 2
    body = chat_body("m", PROMPT, 8, 5)
    assert body["messages"] == [{"role": "user", "content": "Rate.\nFine"}]
    assert (body["temperature"], body["logprobs"], body["top_logprobs"]) == (0, True, 5)
    assert echo_body("m", PROMPT, [Continuation(" a")])["prompt"] == ["Rate.\nFine a"]


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], "text", {}, {"choices": []}, {"choices": "a"}, {"choices": [1]}),
        *({"choices": [{}]}, {"choices": [{"message": "a"}]}, chat(content={"a": 1})),
        {"error": {"message": "overloaded"}},
    ],
)
def test_what_is_no_answer_is_refused(answer):
    with pytest.raises(ValueError, match=r"no choices|something else|no text"):
        read_chat(answer)


@pytest.mark.parametrize(
    "answer",
    [
        chat(log_probs=listed("something else")),
        chat(log_probs=listed("yes"), reasoning_content="Well, ..."),
        chat(content="", log_probs=listed("Well", ", ...")),
        *(chat(log_probs=bad) for bad in (None, {}, [], {"content": [1]}, {"content": None})),
        chat(log_probs={"content": [{"token": 1, "logprob": -1}]}),
    ],
)
def test_log_probabilities_of_another_text_count_for_nothing(answer):
    said = read_chat(answer)
    assert said.steps is None
    assert said.text in ("yes", "")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>\nGood, or bad?\n</think>\n\ngood", "good"),
        ("Kind words.\n</think>\n\ngood", "good"),
        ("[THINK]Hm[/THINK]good", "good"),
        ("<think>\nOkay, the", "<think>\nOkay, the"),
        ("I think it is good", "I think it is good"),
    ],
)
def test_thoughts_are_no_part_of_an_answer(text, answer):
    said = read_chat({"choices": [{"message": {"content": text}, "finish_reason": "length"}]})
    assert (said.text, said.steps, said.cut) == (answer, None, True)
    assert said.thought == (text != answer)


def test_a_refusal_is_an_answer():
    assert read_chat(chat(content=None, refusal="I can't.")).text == "I can't."


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"token": "é", "logprob": -1, "bytes": [195]}, (b"\xc3", -1)),
        ({"token": "é", "logprob": 0.1, "bytes": 10**12}, ("é".encode(), 0)),
        ({"token": "é", "logprob": None, "bytes": [999]}, ("é".encode(), -np.inf)),
        ({"token": "é", "logprob": float("nan"), "bytes": "abc"}, ("é".encode(), -np.inf)),
    ],
)
def test_a_token_is_read_strictly(entry, expected):
    (step,) = read_chat(chat(content="", log_probs={"content": [entry]})).steps
    assert step.tokens == dict([expected])


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "3"}, {"prompt_tokens": -3}])
def test_a_count_that_is_none_is_none(usage):
    assert read_chat({**chat(), "usage": usage}).n_tokens is None
    assert read_chat({**chat(), "usage": {"prompt_tokens": 3}}).n_tokens == (3, 0)


def echo(text, tokens, values):
    return {"choices": [{"text": text, "logprobs": {"tokens": tokens, "token_logprobs": values}}]}


@pytest.mark.parametrize(
    ("tokens", "values", "text", "expected"),
    [
        (["<s>", "It: ", "a", "b", "x"], [None, -9, -1, -2, -4], "It: abx", -3),
        (["It: ", "ab", ""], [None, -3, -4], "It: ab", -3),  # the end was written, without letters
        (["It: ", "ab"], [None, -3], "It: ab", -3),  # and here it is not listed
        (["It:", " ab", "x"], [None, -3, -4], "It: abx", -3),  # one token over the border
        (["It: ", "a", "\ufffd", "x"], [None, -1, -2, -4], "It: abx", np.nan),
        (["It: ab", "x"], [None, -4], "It: abx", np.nan),
    ],
)
def test_an_echo_is_summed_over_the_tokens_of_the_continuation(tokens, values, text, expected):
    (found,), _ = read_echo(echo(text, tokens, values), "It: ", [Continuation("ab")])
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize(
    "answer",
    [
        echo("x", ["x"], [-4.0]),
        {"choices": [{"text": "It: ab", "logprobs": None}]},
        echo("It: ab", None, None),
    ],
)
def test_a_server_that_does_not_echo_is_found_out(answer):
    with pytest.raises(EchoMissing):
        read_echo(answer, "It: ", [Continuation("ab")])


def test_an_echo_of_another_number_is_refused():
    with pytest.raises(ValueError, match="1 completions of 2"):
        read_echo(echo("It: ab", ["It: ab"], [None]), "It: ", [Continuation("ab")] * 2)
    with pytest.raises(ValueError, match="without a log-probability each"):
        read_echo(echo("It: ab", ["It: ab"], []), "It: ", [Continuation("ab")])
