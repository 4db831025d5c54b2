"""Texts that models in this process write are the same in every order and company."""

import numpy as np
import pytest
from causal import numpy_log_probs, write_causal
from reference import prompt, prompts

from keraswrap.exceptions import ParameterError
from keraswrap.llm import Choices, KerasHubLM, Regex, Sampling, TransformersLM
from keraswrap.llm._schemas import find_problem
from keraswrap.llm.local._sampling_step import choose, stream_of

SAMPLINGS = [Sampling(12), Sampling(12, 0.8, seed=3), Sampling(12, 1.5, 0.7, seed=3)]


@pytest.fixture(scope="module", params=["keras_hub", "torch"])
def tiny(request, tmp_path_factory):
    pytest.importorskip(request.param)
    folder = write_causal(tmp_path_factory.mktemp(request.param), seed=1)
    return folder, KerasHubLM if request.param == "keras_hub" else TransformersLM


def write(model, asked, sampling):
    written = {one.row: one for one in model.generate(asked, sampling)}
    return [written[row] for row in range(len(asked))]


def by_hand(folder, model, asked, sampling):
    """Draw token by token from plain numpy's probabilities."""
    start = list(model.tokens_.encode(asked))
    end = model.tokens_.end_tokens(True) if asked.chat else model.tokens_.eos
    stream, ids = stream_of(sampling.seed, start), []
    while len(ids) < sampling.max_tokens:
        logits = numpy_log_probs(folder, [*start, *ids])[-1]
        times = stream.standard_exponential(len(logits))
        ids.append(choose(logits, sampling.temperature, sampling.top_p, times))
        if ids[-1] in end:
            break
    return model.tokens_.decode([token for token in ids if token not in end])


@pytest.mark.parametrize("sampling", SAMPLINGS[1:], ids=["all", "nucleus"])
@pytest.mark.parametrize("chat", [False, True])
def test_texts_are_drawn_from_the_probabilities_of_plain_numpy(tiny, chat, sampling):
    model, asked = tiny[1](tiny[0]), prompts(chat)[:4]
    expected = [by_hand(tiny[0], model, each, sampling) for each in asked]
    assert [one.text for one in write(model, asked, sampling)] == expected


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=["greedy", "all", "nucleus"])
def test_company_and_order_are_of_no_matter(tiny, sampling):
    folder, kind = tiny
    model, asked = kind(folder), [*prompts()[:4], prompts(True)[0], prompt("fine")]
    expected = write(model, asked, sampling)
    assert [write(model, [each], sampling)[0].text for each in asked] == [o.text for o in expected]
    order = np.random.default_rng(0).permutation(len(asked))
    for settings in ({}, {"batch_size": 2}, {"share_prefix": False}):
        found = write(kind(folder, **settings), [asked[n] for n in order], sampling)
        assert [one.text for one in found] == [expected[n].text for n in order]
        assert [one.n_tokens for one in found] == [expected[n].n_tokens for n in order]


def test_an_answer_ends_before_a_stop_text(tiny):
    model = tiny[1](tiny[0])
    whole = write(model, prompts(), SAMPLINGS[1])
    stop = whole[0].text[3:5]
    for before, one in zip(
        whole, write(model, prompts(), Sampling(12, 0.8, seed=3, stop=stop)), strict=True
    ):
        assert one.text == before.text.partition(stop)[0]
        assert stop not in before.text or one.finish_reason == "stop"
        assert one.n_tokens[1] <= before.n_tokens[1]


def test_other_seeds_give_other_texts_and_the_global_generator_is_left_alone(tiny):
    model = tiny[1](tiny[0])
    state = np.random.get_state()[1].tolist()
    texts = {write(model, prompts()[:1], Sampling(12, 1.0, seed=seed))[0].text for seed in range(5)}
    assert len(texts) == 5
    assert np.random.get_state()[1].tolist() == state


FORMS = [
    {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 99}},
        "required": ["n"],
        "additionalProperties": False,
    },
    {"enum": ["caf\u00e9", 'a "b"', 3]},
    Regex("[ab]{3}-[0-9]+"),
    Choices(["good", "good enough", "<|im_end|>", "<think>"]),
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_text_has_its_form_or_was_cut(tiny, form):
    model, n_whole = tiny[1](tiny[0]), 0
    asked = [*prompts()[:3], *prompts(True)[:3]]
    for seed in range(2):
        sampling = Sampling(30, 1.0, seed=seed, schema=form)
        written = write(model, asked, sampling)
        for one in written:
            assert one.finish_reason in ("stop", "length")
            assert one.finish_reason == "length" or find_problem(form, one.text) is None
            n_whole += one.is_whole
    assert n_whole > 8
    alone = [write(model, [each], sampling)[0].text for each in asked[2:4]]
    assert alone == [one.text for one in written[2:4]]


def test_a_stop_text_within_a_form_leaves_no_answer(tiny):
    sampling = Sampling(30, stop="b", schema=Choices(["abc"]))
    one = write(tiny[1](tiny[0]), prompts()[:1], sampling)[0]
    assert (one.text, one.finish_reason) == ("a", "invalid")
    assert one.problem == "none of the choices: 'a'"


@pytest.mark.parametrize(
    "schema",
    [{"not": {}}, Regex("a(?=b)"), {"type": "string", "minLength": 2, "maxLength": 1}],
    ids=str,
)
def test_a_schema_that_cannot_be_followed_is_refused_before_anything_is_run(tiny, schema):
    model = tiny[1](tiny[0])
    with pytest.raises(ParameterError, match="a schema that a model in this process can follow"):
        model.generate(prompts(), Sampling(schema=schema))
