"""Local language models on Keras: the same numbers, whatever is batched, shared or kept."""

import copy
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from causal import CONTEXT, numpy_log_probs, train_tokenizer, write_causal
from reference import continuations, prompts, reference, score

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm import KerasHubLM, Sampling
from keraswrap.llm._protocol import Continuation, LanguageModel

pytest.importorskip("keras_hub")

KINDS = ["llama", "gpt2", "qwen2"]


@pytest.fixture(scope="module", params=KINDS)
def tiny(request, tmp_path_factory):
    folder = write_causal(tmp_path_factory.mktemp(request.param), request.param)
    return folder, KerasHubLM(folder)


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    folder = write_causal(tmp_path_factory.mktemp("llama"), seed=1)
    return folder, KerasHubLM(folder)


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("chat", [False, True])
def test_scores_are_those_of_plain_numpy(tiny, chat, ends):
    folder, model = tiny
    ways = continuations(ends)
    expected = reference(model, folder, prompts(chat), ways)
    np.testing.assert_allclose(score(model, prompts(chat), ways), expected, atol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"batch_size": 2}, {"share_prefix": False}])
@pytest.mark.parametrize("single", [False, True])
def test_ways_of_working_agree(tiny, settings, single):
    folder, model = tiny
    ways, asked = continuations(True), prompts()
    other = KerasHubLM(folder, **settings)
    parts = [[each] for each in asked] if single else [asked]
    found = np.vstack([score(other, part, ways) for part in parts])
    np.testing.assert_allclose(found, score(model, asked, ways), atol=1e-4)


@pytest.mark.parametrize("ends", [False, True])
def test_labels_that_part_late_and_often(llama, ends):
    folder, model = llama
    stems = [" very good", " very good and great", " very bad", " very bad and sad", " fine"]
    ways = [Continuation(stem + more, ends) for stem in stems for more in ("", " or", " or not")]
    expected = reference(model, folder, prompts(), ways)
    np.testing.assert_allclose(score(model, prompts(), ways), expected, atol=1e-4)


def test_generate_is_greedy(tiny):
    folder, model = tiny
    asked, n = prompts(), 7
    texts = {one.row: one.text for one in model.generate(asked, Sampling(n))}
    for row, each in enumerate(asked):
        ids = list(model.tokens_.encode(each))
        start = len(ids)
        while len(ids) < start + n:
            token = int(numpy_log_probs(folder, ids)[-1].argmax())
            if token in model.tokens_.eos:
                break
            ids.append(token)
        assert texts[row] == model.tokens_.decode(ids[start:])


def test_it_is_a_language_model_with_a_context(llama):
    _, model = llama
    assert isinstance(model, LanguageModel)
    assert model.context_length == CONTEXT


def test_copies_are_the_model_and_a_pickle_names_it(llama):
    folder, _ = llama
    model = KerasHubLM(folder)
    assert copy.deepcopy(model) is model
    content = pickle.dumps(model)
    assert len(content) < 2000
    again = pickle.loads(content)
    assert again._net is model._net
    assert pickle.loads(content) is again


def test_fingerprints_are_those_of_contents_in_every_process(llama, tmp_path):
    folder, model = llama
    same, other = write_causal(tmp_path / "same", seed=1), write_causal(tmp_path / "b", seed=2)
    code = f"from keraswrap.llm import KerasHubLM; print(KerasHubLM({str(same)!r}).fingerprint)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == model.fingerprint
    assert KerasHubLM(other).fingerprint != model.fingerprint
    assert KerasHubLM(folder, dtype="bfloat16").fingerprint != model.fingerprint


def test_bfloat16_is_near(llama):
    folder, model = llama
    rounded = score(KerasHubLM(folder, dtype="bfloat16"), prompts(), continuations(False))
    np.testing.assert_allclose(rounded, score(model, prompts(), continuations(False)), atol=0.5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"model": "no/such/folder"},
            ParameterError,
            "Expected model to be an existing directory, a GGUF",
        ),
        ({"model": 3}, InputTypeError, "keras_hub.models.CausalLM, got int"),
        ({"model": ".", "dtype": "int8"}, ParameterError, "dtype to be one of"),
        ({"model": ".", "batch_size": 0}, ParameterError, "batch_size of at least 1"),
        ({"model": ".", "tokenizer": 3}, ParameterError, "tokenizer=None"),
        (
            {"model": os.devnull},
            ParameterError,
            "Expected model to be an existing directory, a GGUF",
        ),
    ],
)
def test_arguments_are_checked(arguments, error, message):
    with pytest.raises(error, match=message):
        KerasHubLM(**arguments)


# Live models, and presets


@pytest.fixture(scope="module")
def live():
    models = pytest.importorskip("keras_hub").models
    spec = json.loads(train_tokenizer().to_str())["model"]
    merges = [" ".join(pair) for pair in spec["merges"]]
    vocabulary = {**spec["vocab"], "<|endoftext|>": 0}
    tokenizer = models.GPT2Tokenizer(vocabulary=vocabulary, merges=merges)
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}
    backbone = models.GPT2Backbone(len(vocabulary), max_sequence_length=CONTEXT, **sizes)
    preprocessor = models.GPT2CausalLMPreprocessor(tokenizer)
    return models.GPT2CausalLM(backbone, preprocessor)


def test_a_live_model_scores_as_it_does_itself(live):
    model = KerasHubLM(live)
    found = score(model, prompts(), [Continuation("a")])
    for row, each in zip(found, prompts(), strict=True):
        ids = np.array([model.tokens_.encode(each)])
        logits = np.asarray(live({"token_ids": ids, "padding_mask": np.ones_like(ids)}))[0, -1]
        expected = logits - np.log(np.exp(logits.astype("float64")).sum())
        assert row[0] == pytest.approx(
            expected[model.tokens_.encode_continuation("a")[0]], abs=1e-4
        )


def test_a_live_model_is_not_pickled(live):
    model = KerasHubLM(live)
    assert copy.deepcopy(model) is model
    with pytest.raises(ParameterError, match="Save it to a directory, and pass that"):
        pickle.dumps(model)


def test_a_preset_is_the_model_that_was_saved(live, tmp_path):
    live.save_to_preset(str(tmp_path / "preset"))
    model = KerasHubLM(tmp_path / "preset")
    ways = [Continuation(" positive"), Continuation(" negative", True)]
    found = score(model, prompts(), ways)
    np.testing.assert_allclose(found, score(KerasHubLM(live), prompts(), ways), atol=1e-5)
    assert model.context_length == CONTEXT
