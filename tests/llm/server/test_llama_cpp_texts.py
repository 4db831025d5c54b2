"""Texts of llama.cpp's own server over SmolLM2."""

import json

import pytest
from llama import serve

from keraswrap.datasets import fetch_smollm
from keraswrap.llm import Choices, OpenAICompatibleLM, Regex, Sampling, TextGenerator
from keraswrap.llm._protocol import Message, Piece, Prompt
from keraswrap.llm._schemas import find_problem

pytestmark = [pytest.mark.slow, pytest.mark.network]

STARS = {
    "type": "object",
    "properties": {"product": {"type": "string", "maxLength": 20}, "stars": {"enum": [1, 3, 5]}},
    "required": ["product", "stars"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def url():
    with serve(fetch_smollm()) as url:
        yield url


def make(url, chat, **given):
    return OpenAICompatibleLM(url, "m", api="chat" if chat else "completions", **given)


def ask(text, chat):
    return Prompt((Message("user", (Piece(text, False),)),), chat)


@pytest.mark.parametrize("chat", [False, True])
def test_a_text_ends_by_length_or_by_itself(url, chat):
    lm, prompt = make(url, chat), ask("The capital of France is", chat)
    (cut,) = lm.generate([prompt], Sampling(3))
    assert (cut.finish_reason, cut.problem) == ("length", "cut short by max_tokens=3")
    assert "Paris" in cut.text or cut.text
    assert cut.n_tokens[1] == 3
    (whole,) = lm.generate([ask("Say yes.", chat)], Sampling(200))
    assert whole.finish_reason == "stop" or whole.n_tokens[1] == 200


@pytest.mark.parametrize("chat", [False, True])
def test_a_text_ends_before_a_stop_text(url, chat):
    lm, prompt = make(url, chat), ask("Count: one, two, three,", chat)
    (whole,) = lm.generate([prompt], Sampling(30))
    stop = whole.text[8:10]
    (one,) = lm.generate([prompt], Sampling(30, stop=[stop]))
    assert (one.text, one.finish_reason) == (whole.text.partition(stop)[0], "stop")


def test_a_seed_repeats_its_text_and_others_do_not(url):
    prompt = ask("Write a short story about a cat.", True)
    ways = [Sampling(25, 1.0, 0.95, seed) for seed in (1, 1, 2)]
    texts = [next(iter(make(url, True).generate([prompt], way))).text for way in ways]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize(
    "form",
    [STARS, Choices(["good", 'quite "good"', "schl\u00e9cht"]), Regex("[ab]{2}-[0-9]{1,3}")],
    ids=["json", "choices", "regex"],
)
def test_a_text_has_its_form(url, chat, form):
    lm = make(url, chat)
    prompts = [ask(f"How good is this {name}?\n", chat) for name in ("lamp", "book", "car")]
    sampling = Sampling(60, 0.8, seed=0, schema=form)
    written = TextGenerator(lm, sampling).generate(prompts)
    assert {one.finish_reason for one in written} == {"stop"}
    for one in written:
        assert find_problem(sampling.schema, one.text) is None
        assert not isinstance(form, dict) or set(json.loads(one.text)) == {"product", "stars"}
    # In its own way, or the next one; none was asked for in words.
    assert all(state.number < 2 for state in lm._capabilities._forms.values())
