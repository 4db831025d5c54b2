"""Texts of SmolLM2 in their form, in any company."""

import json

import pytest
from jsonschema import Draft202012Validator

from keraswrap.datasets import fetch_smollm
from keraswrap.llm import Choices, Regex, Sampling, load_model
from keraswrap.llm._protocol import Message, Piece, Prompt
from keraswrap.llm._schemas import find_problem

pytestmark = [pytest.mark.slow, pytest.mark.network]

SCHEMA = {
    "type": "object",
    "properties": {
        "product": {"type": "string", "maxLength": 12},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["product", "stars"],
    "additionalProperties": False,
}
THINGS = ["lamp", "book", "car", "phone", "chair", "shirt", "pan", "watch"]
PROMPTS = [
    Prompt((Message("user", (Piece(f"Rate this {thing}, from 1 to 5."),)),), True)
    for thing in THINGS
]


@pytest.fixture(scope="module")
def model():
    return load_model(fetch_smollm())


def write(model, asked, sampling):
    written = {one.row: one for one in model.generate(asked, sampling)}
    return [written[row] for row in range(len(asked))]


def test_every_whole_answer_parses(model):
    check, n_whole = Draft202012Validator(SCHEMA), 0
    for seed in range(3):
        sampling = Sampling(30, 1.0, seed=seed, schema=SCHEMA)
        for one in write(model, PROMPTS, sampling):
            n_whole += one.is_whole
            assert one.finish_reason in ("stop", "length")
            assert not one.is_whole or check.is_valid(json.loads(one.text))
    assert n_whole >= 20


@pytest.mark.parametrize("form", [Choices(["good", "not good", "\u00fcbel"]), Regex("[1-5] of 5")])
def test_a_form_of_few_tokens_is_always_whole(model, form):
    for one in write(model, PROMPTS, Sampling(12, 1.0, seed=0, schema=form)):
        assert one.finish_reason == "stop"
        assert find_problem(form, one.text) is None


@pytest.mark.parametrize(
    "sampling", [Sampling(8), Sampling(8, 0.8, seed=1)], ids=["greedy", "drawn"]
)
def test_company_and_order_are_of_no_matter(model, sampling):
    texts = [one.text for one in write(model, PROMPTS, sampling)]
    assert [one.text for one in write(model, PROMPTS[::-1], sampling)] == texts[::-1]
    assert [write(model, [each], sampling)[0].text for each in PROMPTS] == texts
