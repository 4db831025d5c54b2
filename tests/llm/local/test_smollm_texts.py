"""Texts of SmolLM2 in their form, in any company."""

import json

import pytest
from jsonschema import Draft202012Validator

from keraswrap.llm import Choices, Regex, Sampling
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
# Of many lengths, so that rows are padded.
THINGS = ["lamp", "second-hand car with a dent", "book", "old chair", "shirt without any sleeves"]
THINGS += ["pan", "watch", "phone"]
PROMPTS = [
    Prompt((Message("user", (Piece(f"Rate this {thing}, from 1 to 5."),)),), True)
    for thing in THINGS
]


def write(model, asked, sampling):
    written = {one.row: one for one in model.generate(asked, sampling)}
    return [written[row] for row in range(len(asked))]


def test_every_whole_answer_parses(smollm):
    check = Draft202012Validator(SCHEMA)
    found = write(smollm, PROMPTS, Sampling(30, 1.0, seed=0, schema=SCHEMA))
    for one in found:
        assert one.is_whole == (one.finish_reason == "stop")
        assert one.finish_reason in ("stop", "length")
        assert not one.is_whole or check.is_valid(json.loads(one.text))
    assert sum(one.is_whole for one in found) >= 6


@pytest.mark.parametrize("form", [Choices(["good", "not good", "\u00fcbel"]), Regex("[1-5] of 5")])
def test_a_form_of_few_tokens_is_always_whole(smollm, form):
    for one in write(smollm, PROMPTS, Sampling(12, 1.0, seed=0, schema=form)):
        assert one.finish_reason == "stop"
        assert find_problem(form, one.text) is None


@pytest.mark.parametrize(
    "sampling",
    [Sampling(8), pytest.param(Sampling(8, 0.8, seed=1), marks=pytest.mark.thorough)],
    ids=["greedy", "drawn"],
)
def test_company_and_order_are_of_no_matter(smollm, sampling):
    texts = [one.text for one in write(smollm, PROMPTS, sampling)]
    assert [one.text for one in write(smollm, PROMPTS[::-1], sampling)] == texts[::-1]
    assert [write(smollm, [each], sampling)[0].text for each in PROMPTS[:3]] == texts[:3]
