"""Lists of next tokens: what is known of a distribution from one with likelier tokens."""

import numpy as np
import pytest

from keraswrap.llm.server._next_tokens import (
    BIAS,
    as_asked,
    biased_body,
    plain_body,
    read_biased,
    read_plain,
)


def entry(shares, ids, name="prob", top="top_probs"):
    listed = [{"id": int(n), name: float(shares[n])} for n in ids]
    return {"completion_probabilities": [{**listed[0], top: listed}]}


def listed_of(log_probs, tokens, n):
    """A server's list of the likeliest n, in the 32 bits that it computes in."""
    logits = log_probs.astype("float32")
    logits[list(tokens)] += np.float32(BIAS)
    shares = np.exp(logits - logits.max(), dtype="float32")
    shares /= shares.sum(dtype="float32")
    return entry(shares, np.argsort(-shares)[:n])


@pytest.mark.parametrize("spread", [0.1, 3.0, 8.0])
@pytest.mark.parametrize("likeliest", [False, True])
def test_probabilities_are_those_without_the_bias(spread, likeliest):
    logits = np.random.default_rng(0).normal(0, spread, 5000)
    log_probs = logits - np.logaddexp.reduce(logits)
    order = np.argsort(-log_probs)
    # Among the likeliest the others keep little of a 32-bit number.
    tokens = {int(n) for n in (order[:3] if likeliest else order[[40, 300, 700]])}
    found = read_biased(listed_of(log_probs, tokens, 203), tokens)
    assert tokens <= found.keys()
    told = [found[n] - log_probs[n] for n in found]
    np.testing.assert_allclose(told, 0, atol=0.01)


def test_a_list_that_is_missing_is_empty():
    assert read_biased({"content": ""}, {1}) == {}
    assert read_plain({"content": ""}, whole=False) == {}
    with pytest.raises(ValueError, match="no next token"):
        read_plain({"content": ""})


@pytest.mark.parametrize(
    "answer",
    [
        {"completion_probabilities": []},
        {"completion_probabilities": [{"id": 1, "prob": 0.5}]},
        {"completion_probabilities": [{"id": 1, "top_probs": []}]},
        entry({1: 1.5}, [1]),
        entry({1: -0.1}, [1]),
        entry({1: np.nan}, [1]),
        entry({1: -0.1}, [1], "logprob", "top_logprobs"),
    ],
)
def test_what_is_no_list_of_probabilities_is_an_error(answer):
    with pytest.raises(ValueError, match=r"next token|without a probability|unpack"):
        read_biased(answer, {1})


def test_answers_are_put_in_the_order_of_prompts():
    answers = [{"index": 2}, {"index": 0}, {"index": 1}]
    assert as_asked(answers, 3) == [{"index": 0}, {"index": 1}, {"index": 2}]
    assert as_asked({"any": 1}, 1) == [{"any": 1}]


@pytest.mark.parametrize(
    "answer", [{"index": 0}, [], [{"index": 0}] * 2, [{"index": 0}, {}], [{"index": 0}, 1]]
)
def test_answers_to_other_prompts_are_an_error(answer):
    with pytest.raises(ValueError, match="lists of 2"):
        as_asked(answer, 2)


def test_one_prompt_is_no_list_of_prompts():
    assert plain_body(["a"], 5)["prompt"] == "a"
    assert biased_body(["a", ["a", 1]], {3, 2})["prompt"] == ["a", ["a", 1]]
    assert biased_body(["a"], {3, 2})["logit_bias"] == [[2, BIAS], [3, BIAS]]
