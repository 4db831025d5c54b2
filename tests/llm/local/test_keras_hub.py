"""Local language models on Keras: the same numbers, whatever is batched, shared or kept."""

import copy
import json
import os
import pickle
import random
import subprocess
import sys
import threading

import numpy as np
import pytest
from causal import CONTEXT, numpy_log_probs, train_tokenizer, write_causal
from reference import REVIEWS, continuations, prompt, prompts, reference, score

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm import KerasHubLM
from keraswrap.llm._protocol import Continuation, LanguageModel, Message, Piece, Prompt

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


def test_what_was_kept_of_other_prompts_does_no_harm(llama):
    folder, model = llama
    ways = continuations(False)
    expected = [reference(model, folder, prompts(chat), ways) for chat in (False, True)]
    for chat in (False, True, False):
        np.testing.assert_allclose(score(model, prompts(chat), ways), expected[chat], atol=1e-4)


def test_chat_and_plain_prompts_go_together(llama):
    folder, model = llama
    asked = [*prompts(True)[:2], *prompts(False)[:2], *prompts(True)[2:3]]
    ways = continuations(True)
    expected = reference(model, folder, asked, ways)
    np.testing.assert_allclose(score(model, asked, ways), expected, atol=1e-4)


def test_what_prompts_share_is_run_once_and_kept(llama):
    _, model = llama
    ways = continuations(False)
    score(model, prompts(), ways)
    runner = model._net.scorer(None, True).runner
    seen, extend = [], runner.extend
    runner.extend = lambda cache, ids, *more: (seen.append(ids), extend(cache, ids, *more))[1]
    try:
        score(model, prompts(), ways)
    finally:
        del runner.extend
    shared = model.tokens_.encode(prompt(""))[:10]
    assert seen
    assert not any(np.array_equal(ids[0, :10], shared) for ids in seen)


def test_generate_is_greedy(tiny):
    folder, model = tiny
    asked, n = prompts(), 7
    for text, each in zip(model.generate(asked, n), asked, strict=True):
        ids = list(model.tokens_.encode(each))
        start = len(ids)
        while len(ids) < start + n:
            token = int(numpy_log_probs(folder, ids)[-1].argmax())
            if token in model.tokens_.eos:
                break
            ids.append(token)
        assert text == model.tokens_.decode(ids[start:])


def test_counts(llama):
    _, model = llama
    assert model.count_tokens(prompts()).tolist() == [
        len(model.tokens_.encode(each)) for each in prompts()
    ]
    assert (model.count_continuations(continuations(True)) >= 1).all()
    answers = list(model.score(prompts(), continuations(True)))
    assert sum(each.n_tokens[0] for each in answers) == model.count_tokens(prompts()).sum()


def test_seconds_are_expected_by_the_tokens_that_are_run(llama):
    model, asked, one = llama[1], prompts(), [Continuation(" positive")]
    once, often = (model.expect_seconds(asked * n, one) for n in (1, 50))
    assert 0 < once < often
    # What prompts share is run once; what labels have between them, for each prompt.
    alike = [model.expect_seconds(asked[:1] * n, []) for n in (1, 2)]
    assert alike[0] == pytest.approx(alike[1])
    assert model.expect_seconds(asked, continuations(True)) > 1.2 * once
    assert model.expect_seconds([], one) == 0


def test_it_is_a_language_model_with_a_context(llama):
    _, model = llama
    assert isinstance(model, LanguageModel)
    assert model.context_length == CONTEXT


def test_no_prompts_and_no_continuations(llama):
    _, model = llama
    assert list(model.score([], continuations(False))) == []
    assert score(model, prompts(), []).shape == (len(REVIEWS), 0)


@pytest.mark.parametrize(
    ("asked", "ways", "message"),
    [
        ([Prompt((Message("user", (Piece(""),)),))], ["a"], "at least one token, got none"),
        ([prompt("fine")], ["a", ""], "at least one token, got ''"),
        ([prompt("a b " * CONTEXT)], ["a"], f"at most {CONTEXT} tokens"),
    ],
)
def test_what_cannot_be_scored_is_refused_before_anything_is_run(llama, asked, ways, message):
    _, model = llama
    with pytest.raises(InputError, match=message):
        model.score(asked, [Continuation(way) for way in ways])


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


def test_no_global_generator_is_touched(tmp_path):
    model = KerasHubLM(write_causal(tmp_path / "m", seed=3))
    before = random.getstate(), np.random.get_state()[1].tolist()
    score(model, prompts(), continuations(True))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_an_answer_has_a_token_at_least(llama):
    with pytest.raises(ParameterError, match="max_tokens of at least 1, got 0"):
        llama[1].generate(prompts(), 0)


def test_threads_take_turns(llama):
    _, model = llama
    ways, found = continuations(True), {}
    expected = {chat: score(model, prompts(chat), ways) for chat in (False, True)}

    def work(chat):
        found[chat] = [score(model, prompts(chat), ways) for _ in range(3)]

    threads = [threading.Thread(target=work, args=(chat,)) for chat in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for chat, runs in found.items():
        np.testing.assert_allclose(runs, [expected[chat]] * 3, atol=1e-4)


def test_bfloat16_is_near(llama):
    folder, model = llama
    rounded = score(KerasHubLM(folder, dtype="bfloat16"), prompts(), continuations(False))
    np.testing.assert_allclose(rounded, score(model, prompts(), continuations(False)), atol=0.5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model_type": "opt"}, "no converter for the architecture 'opt'"),
        ({"hidden_act": "gelu"}, "hidden_act='silu', not 'gelu'"),
        ({"rope_parameters": {"rope_type": "yarn"}}, "scaled as 'yarn'"),
        ({"quantization_config": {"bits": 4}}, "no quantized weights"),
    ],
)
def test_a_checkpoint_that_keras_hub_computes_otherwise_is_refused(tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        KerasHubLM(write_causal(tmp_path / "m", **settings))


def test_weights_without_a_place_are_refused(tmp_path):
    folder = write_causal(tmp_path / "m", "qwen2")
    text = (folder / "config.json").read_text().replace('"qwen2"', '"llama"')
    (folder / "config.json").write_text(text)
    model = KerasHubLM(folder)
    with pytest.raises(InputError, match=r"no place for the weights \['model.layers.0"):
        list(model.score(prompts(), continuations(False)))


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
