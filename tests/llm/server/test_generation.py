"""Texts of a server: why they end, what is sent for them, and how they are made to keep a form."""

import json

import pytest
from model_server import TinyLM, serve

from keraswrap.exceptions import RefusedError
from keraswrap.llm import Choices, OpenAICompatibleLM, Prompt, Sampling, TextGenerator
from keraswrap.llm._protocol import Message, Piece
from keraswrap.llm.server._generation import writing_body

TINY = TinyLM()
STARS = {"type": "object", "properties": {"stars": {"type": "integer"}}, "required": ["stars"]}


@pytest.fixture
def served():
    with serve(TINY) as (url, state):
        state.url = url
        yield state


def rows(n, chat=True):
    return [Prompt((Message("user", (Piece(f"text {k}", False),)),), chat) for k in range(n)]


def make(served, **given):
    lm = OpenAICompatibleLM(served.url, "tiny", max_concurrency=1, max_retries=0, **given)
    lm._backoff = 0.001
    return lm


def write(lm, n, sampling, chat=True):
    written = sorted(lm.generate(rows(n, chat), sampling), key=lambda one: one.row)
    assert [one.row for one in written] == list(range(n))
    return written


def saying(says):
    """Answer with what a function returns of the request: a text, and a reason to end."""

    def fault(handler):
        body = handler.server.served.seen[-1][2]
        text, reason, *more = says(body)
        choice = {"message": {"content": text}, "text": text, "finish_reason": reason}
        if handler.path.endswith("/chat/completions"):
            del choice["text"]
        else:
            del choice["message"]
        usage = {"prompt_tokens": 7, "completion_tokens": more[0] if more else 2}
        handler.reply(200, json.dumps({"choices": [choice], "usage": usage}))

    return fault


def refusing(name, says):
    """Refuse requests with a field, and answer the others."""

    def fault(handler):
        if name in handler.server.served.seen[-1][2]:
            error = {"error": {"message": f"Unknown parameter: '{name}'."}}
            return handler.reply(400, json.dumps(error))
        return saying(says)(handler)

    return fault


@pytest.mark.parametrize("api", ["chat", "completions"])
@pytest.mark.parametrize(
    ("said", "expected", "problem"),
    [
        (("It broke.", "stop"), ("It broke.", "stop"), None),
        (("It broke.", "eos"), ("It broke.", "stop"), None),
        (("It broke.", None), ("It broke.", "stop"), None),
        (("It broke.", None, 9), ("It broke.", "length"), "cut short by max_tokens=9"),
        (("It broke.", "length"), ("It broke.", "length"), "cut short by max_tokens=9"),
        (("It is so", "content_filter"), ("It is so", "refused"), "'content_filter'"),
        (("It", "tool_calls"), ("It", "tool_calls"), "the server ended it: 'tool_calls'"),
        (("It b. So.", "length"), ("It b", "stop"), None),
    ],
)
def test_why_a_text_ends_is_told(served, api, said, expected, problem):
    served.fault = saying(lambda body: said)
    (one,) = write(make(served, api=api), 1, Sampling(9, stop=[". So", "X"]), api == "chat")
    assert (one.text, one.finish_reason) == expected
    assert problem is None if one.problem is None else problem in one.problem
    assert one.n_tokens == (7, said[2] if len(said) > 2 else 2)


def test_reasoning_is_no_part_of_a_text(served):
    served.fault = saying(lambda body: ("<think>Hm.</think> good", "stop"))
    assert write(make(served), 1, Sampling())[0].text == "good"
    served.fault = saying(lambda body: ("<think>Hm", "length"))
    one = write(make(served), 1, Sampling(5))[0]
    assert (one.finish_reason, one.problem) == ("length", "cut in its thoughts by max_tokens=5")


def test_what_a_model_refuses_in_its_own_words_is_refused(served):
    message = {"content": None, "refusal": "I cannot."}
    said = {"choices": [{"message": message, "finish_reason": "stop"}]}
    served.fault = lambda handler: handler.reply(200, json.dumps(said))
    (one,) = write(make(served), 1, Sampling())
    assert (one.text, one.finish_reason) == ("I cannot.", "refused")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"seed": 3, "top_p": 0.5}, {"max_tokens": 64, "temperature": 0}),
        ({"temperature": 1, "seed": 3}, {"max_tokens": 64, "temperature": 1, "seed": 3}),
        (
            {"max_tokens": 5, "temperature": 1, "seed": 3, "top_p": 0.5, "stop": ["a"]},
            {"max_tokens": 5, "temperature": 1, "seed": 3, "top_p": 0.5, "stop": ["a"]},
        ),
    ],
)
@pytest.mark.parametrize("api", ["chat", "completions"])
def test_what_matters_is_sent(api, given, expected):
    body = writing_body("m", api, rows(1)[0], Sampling(**given))
    assert {n: v for n, v in body.items() if n not in ("model", "messages", "prompt")} == expected


@pytest.mark.parametrize("name", ["seed", "top_p", "stop", "temperature"])
def test_a_field_that_a_server_refuses_is_left_out(served, name):
    served.fault = refusing(name, lambda body: ("so. it", "stop"))
    sampling = Sampling(9, 1.0, 0.5, 3, stop=["."])
    assert [one.text for one in write(make(served), 3, sampling)] == ["so"] * 3
    assert [name in body for _, _, body in served.seen] == [True, False, False, False]


def test_a_refused_prompt_is_told_beside_the_others(served):
    def fault(handler):
        if "text 1" in json.dumps(handler.server.served.seen[-1][2]):
            return handler.reply(400, '{"error": {"message": "flagged by content_filter"}}')
        return saying(lambda body: ("good", "stop"))(handler)

    served.fault = fault
    with pytest.raises(RefusedError, match="Answered and kept: 2 of 3"):
        list(make(served).generate(rows(3), Sampling()))
    written = TextGenerator(make(served)).generate(rows(3))
    assert [one.finish_reason for one in written] == ["stop", "refused", "stop"]
    assert "flagged by content_filter" in written[1].problem


# Forms


def test_the_first_way_that_holds_is_used_for_all(served):
    served.fault = saying(lambda body: ('{"stars": 3}', "stop"))
    assert {one.text for one in write(make(served), 3, Sampling(schema=STARS))} == {'{"stars": 3}'}
    for _, _, body in served.seen:
        form = body["response_format"]
        assert form["type"] == "json_schema"
        assert form["json_schema"] == {"name": "answer", "schema": STARS, "strict": True}
    assert len(served.seen) == 3


def test_a_way_that_is_refused_is_not_taken_again(served):
    served.fault = refusing("response_format", lambda body: ('{"stars": 3}', "stop"))
    lm = make(served)
    write(lm, 3, Sampling(schema=STARS))
    write(lm, 1, Sampling(schema=STARS))
    ways = [("response_format" in body, body.get("json_schema")) for _, _, body in served.seen]
    assert ways == [(True, None)] + [(False, STARS)] * 4


@pytest.mark.parametrize("reason", ["stop", "length"])
def test_a_form_that_is_ignored_is_asked_for_in_another_way(served, reason):
    form = Choices(["good", "bad"])

    def says(body):
        formed = "response_format" in body
        return ('{"answer": "good"}', "stop") if formed else ("Well, good.", reason)

    served.fault = saying(says)
    written = write(make(served), 3, Sampling(schema=form))
    assert [(one.text, one.finish_reason) for one in written] == [("good", "stop")] * 3
    assert [one.n_tokens for one in written] == [(14, 4), (7, 2), (7, 2)]
    assert ["response_format" in body for _, _, body in served.seen] == [False, True, True, True]


def test_a_server_without_any_way_is_asked_in_words_and_with_other_seeds(served):
    def says(body):
        told = "Answer only with JSON of this schema" in body["messages"][-1]["content"]
        return ('\n{"stars": 3}\n' if told else "three", "stop")

    served.fault = saying(says)
    sampling = Sampling(9, 1.0, seed=2**32 - 1, schema=STARS)
    (one,) = write(make(served), 1, sampling)
    assert (json.loads(one.text), one.finish_reason) == ({"stars": 3}, "stop")
    assert [body["seed"] for _, _, body in served.seen] == [2**32 - 1, 0, 1]
    assert json.dumps(STARS) in served.seen[-1][2]["messages"][-1]["content"]


def test_what_never_has_its_form_is_invalid_and_its_text_is_kept(served):
    served.fault = saying(lambda body: ("three", "stop"))
    lm = make(served, prices=(1e6, 1e6))
    written = write(lm, 2, Sampling(9, schema=STARS))
    assert [(one.text, one.finish_reason) for one in written] == [("three", "invalid")] * 2
    assert written[0].problem.startswith("no JSON: ")
    assert [one.n_tokens for one in written] == [(21, 6)] * 2
    assert len(served.seen) == 6
    found = TextGenerator(lm, Sampling(9, schema=STARS)).estimate(rows(1))
    assert found.tokens_out == 3 * 9
    assert TextGenerator(lm, Sampling(9)).estimate(rows(1)).tokens_out == 9


def test_an_answer_that_was_cut_is_not_asked_for_again(served):
    served.fault = saying(lambda body: ('{"stars"', "length"))
    assert write(make(served), 1, Sampling(2, schema=STARS))[0].finish_reason == "length"
    assert len(served.seen) == 1
