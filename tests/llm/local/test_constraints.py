"""Which tokens may come: those, and only those, with which the form can be kept."""

import json

import numpy as np
import pytest
from causal import CONTROLS, train_tokenizer, write_tokenizer

from keraswrap._checkpoints.tokenizer import read_tokenizer
from keraswrap.exceptions import InputError
from keraswrap.llm import Choices, Regex
from keraswrap.llm._schemas import find_problem
from keraswrap.llm.local._constraints import Grammar, read_vocabulary
from keraswrap.llm.local._prompt_tokens import PromptTokens

SIZE = train_tokenizer().get_vocab_size() + 5  # nets may have more rows than there are tokens


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return PromptTokens(read_tokenizer(str(folder)))


TEXTS = [["good", "good or bad", "gr\u00e9at"], ["<|im_end|>", "<think> it"]]


@pytest.mark.parametrize("texts", TEXTS, ids=str)
def test_a_token_may_come_only_if_a_choice_begins_with_it(tokens, texts):
    end, controls, raw = tokens.eos, set(tokens.controls.values()), [t.encode() for t in texts]
    rng = np.random.default_rng(0)
    for _ in range(10):
        state, before = Grammar(tokens, Choices(texts)).begin(end), b""
        while not state.is_complete:
            found = set(np.flatnonzero(state.allowed(SIZE)).tolist())
            assert found & set(end) == (set(end) if before in raw else set())
            assert found
            assert not found & controls - set(end)
            spelled = {
                n: before + bytes(tokens.vocabulary.decode_bytes([n])) for n in found - {*end}
            }
            assert all(any(text.startswith(s) for text in raw) for s in spelled.values())
            token = int(rng.choice(list(spelled)))
            before = spelled[token]
            state.take(token)
        assert before in raw


@pytest.mark.parametrize("texts", TEXTS, ids=str)
def test_every_choice_may_be_written_as_it_is_tokenized(tokens, texts):
    for text in texts:
        state = Grammar(tokens, Choices(texts)).begin(tokens.eos)
        ids = tokens.encode_continuation(text)
        for token in ids:
            assert state.allowed(SIZE)[token]
            state.take(token)
        assert state.decode(ids) == text
        assert state.allowed(SIZE)[list(tokens.eos)].all()


SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2},
    },
    "required": ["name", "stars", "tags"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "schema", [json.dumps(SCHEMA), Regex("[a-c]{2,4}(, [a-c]+){0,2}")], ids=str
)
def test_whatever_is_drawn_has_the_form(tokens, schema):
    grammar, rng, n_whole = Grammar(tokens, schema), np.random.default_rng(1), 0
    for _ in range(100):
        state, ids = grammar.begin(tokens.eos), []
        while not state.is_complete and len(ids) < 100:
            token = int(rng.choice(np.flatnonzero(state.allowed(SIZE))))
            if token in tokens.eos:
                break
            ids.append(token)
            state.take(token)
        if len(ids) < 100:
            assert find_problem(schema, state.decode(ids)) is None
            n_whole += 1
    assert n_whole > 80


def test_json_is_spelled_as_python_spells_it(tokens):
    state = Grammar(tokens, json.dumps({"const": {"a": [1, 2], "b": "c"}})).begin(tokens.eos)
    ids = []
    while not state.is_complete:
        ids.append(int(np.flatnonzero(state.allowed(SIZE))[-1]))
        state.take(ids[-1])
    assert state.decode(ids) == json.dumps({"a": [1, 2], "b": "c"})


def test_control_tokens_are_no_text(tokens):
    state = Grammar(tokens, Regex(r"(.|\n)*")).begin(tokens.eos)
    barred = set(np.flatnonzero(~state.allowed(SIZE)).tolist())
    assert barred >= {*tokens.controls.values(), *range(SIZE - 5, SIZE)} - set(tokens.eos)
    assert {*CONTROLS, "<think>"} == set(tokens.controls)


def test_a_token_that_must_not_come_ends_in_a_problem(tokens):
    state = Grammar(tokens, Choices(["good"])).begin(tokens.eos)
    assert state.problem is None
    state.take(int(np.flatnonzero(~state.allowed(SIZE))[-6]))
    assert "the schema could not be followed any further: " in state.problem
    assert not state.is_complete


def test_a_tokenizer_that_cannot_be_read_is_told():
    with pytest.raises(InputError, match="a tokenizer that llguidance can read"):
        read_vocabulary({"added_tokens": [], "model": {"type": "none"}}, [], [])
