"""What a server takes, learned from what it refuses: once for a model, not once a row."""

import json

import pytest
from model_server import TinyLM, answer, serve

from keraswrap.exceptions import EndpointError
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.server._capabilities import Capabilities
from keraswrap.llm.server._client import OpenAICompatibleLM

TINY = TinyLM()
LABELS = [Continuation("positive"), Continuation("negative")]
ROWS = [Prompt((Message("user", (Piece(f"text {n}"),)),), True) for n in range(6)]
NEW = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
COLD = "Unsupported value: 'temperature' does not support 0 with this model."
DUMB = "'logprobs' is not supported with this model."
FEW = "top_logprobs must be between 0 and 5"
VLLM = "Requested sample logprobs of 20, which is greater than max allowed: 7"


def picky(*rules):
    """Refuse a request for the first rule that it breaks, and answer the others."""

    def fault(handler):
        served = handler.server.served
        body = served.seen[-1][2]
        for breaks, message in rules:
            if breaks(body):
                return handler.reply(400, json.dumps({"error": {"message": message}}))
        body = {"max_tokens": body.get("max_completion_tokens", 12), **body}
        return handler.reply(200, json.dumps(answer(served, handler.path, body)))

    return fault


@pytest.mark.parametrize(
    ("rules", "expected", "n_refused"),
    [
        (
            [
                (lambda b: "max_tokens" in b, NEW),
                (lambda b: "logprobs" in b, DUMB),
                (lambda b: b.get("temperature", 1) != 1, COLD),
            ],
            {"max_completion_tokens": 12},
            3,
        ),
        ([(lambda b: b["top_logprobs"] > 5, FEW)], {"top_logprobs": 5, "max_tokens": 12}, 1),
        ([(lambda b: b["top_logprobs"] > 7, VLLM)], {"top_logprobs": 7, "temperature": 0}, 1),
    ],
)
def test_what_a_server_does_not_take_is_learned_once(rules, expected, n_refused):
    with serve(TINY) as (url, served):
        served.fault = picky(*rules)
        lm = OpenAICompatibleLM(url, "tiny", max_concurrency=1)
        assert len(list(lm.score(ROWS, LABELS))) == len(list(lm.score(ROWS, LABELS))) == len(ROWS)
        assert len(served.seen) == n_refused + 2 * len(ROWS)
        assert expected.items() <= served.seen[-1][2].items()


def test_what_the_user_says_is_sent_as_it_is():
    with serve(TINY) as (url, served):
        served.fault = picky((lambda b: "temperature" in b, COLD))
        lm = OpenAICompatibleLM(url, "tiny", extra_body={"temperature": 0.5})
        with pytest.raises(EndpointError, match="'temperature' does not support 0"):
            list(lm.score(ROWS[:1], LABELS))


@pytest.mark.parametrize("status", [401, 404, 500])
def test_nothing_is_learned_from_other_failures(status):
    capabilities = Capabilities()
    assert not capabilities.learn({"max_tokens": 1}, status, NEW)
    assert capabilities.fit({"max_tokens": 1}, None) == {"max_tokens": 1}
