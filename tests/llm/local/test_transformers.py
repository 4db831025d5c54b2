"""Local language models on PyTorch, where that is installed."""

import copy
import importlib.util
import pickle
import sys

import numpy as np
import pytest
from causal import CONTEXT, numpy_log_probs, write_causal
from reference import continuations, prompts, reference, score

from keraswrap.exceptions import InputTypeError, MissingExtraError, ParameterError
from keraswrap.llm import Sampling, TransformersLM, load_model
from keraswrap.llm._protocol import LanguageModel

KINDS = ["llama", "gpt2", "qwen2"]
HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is installed")
def test_without_pytorch_it_says_so(tmp_path):
    with pytest.raises(MissingExtraError, match="pip install torch"):
        TransformersLM(write_causal(tmp_path))


@pytest.fixture(scope="module", params=KINDS)
def tiny(request, tmp_path_factory):
    pytest.importorskip("torch")
    folder = write_causal(tmp_path_factory.mktemp(request.param), request.param)
    return folder, TransformersLM(folder)


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
    other = TransformersLM(folder, **settings)
    parts = [[each] for each in asked] if single else [asked]
    found = np.vstack([score(other, part, ways) for part in parts])
    np.testing.assert_allclose(found, score(model, asked, ways), atol=1e-4)


def test_generate_is_greedy(tiny):
    folder, model = tiny
    texts = {one.row: one.text for one in model.generate(prompts(), Sampling(5))}
    for row, each in enumerate(prompts()):
        ids = list(model.tokens_.encode(each))
        start = len(ids)
        while len(ids) < start + 5:
            token = int(numpy_log_probs(folder, ids)[-1].argmax())
            if token in model.tokens_.eos:
                break
            ids.append(token)
        assert texts[row] == model.tokens_.decode(ids[start:])


def test_it_is_shared_and_named_in_a_pickle(tiny):
    folder, model = tiny
    assert isinstance(model, LanguageModel)
    assert model.context_length == CONTEXT
    assert copy.deepcopy(model) is model
    assert pickle.loads(pickle.dumps(model))._net is model._net
    assert TransformersLM(folder, dtype="bfloat16").fingerprint != model.fingerprint


def test_a_live_model_with_its_tokenizer(tiny):
    transformers = pytest.importorskip("transformers")
    folder, model = tiny
    live = transformers.AutoModelForCausalLM.from_pretrained(folder)
    given = load_model(model=live, tokenizer=transformers.AutoTokenizer.from_pretrained(folder))
    ways = continuations(False)
    np.testing.assert_allclose(
        score(given, prompts(), ways), score(model, prompts(), ways), atol=1e-5
    )
    with pytest.raises(ParameterError, match="Save it to a directory"):
        pickle.dumps(given)
    with pytest.raises(ParameterError, match="fast tokenizer of transformers beside a live"):
        TransformersLM(live)


def test_an_architecture_that_keras_hub_cannot_load_goes_to_pytorch(tmp_path):
    pytest.importorskip("torch")
    folder = write_causal(tmp_path / "m", hidden_act="gelu_new")
    model = load_model(folder)
    assert isinstance(model, TransformersLM)
    assert "keras" not in sys.modules or model.fingerprint.startswith("torch-")
    assert np.isfinite(score(model, prompts(), continuations(True))).all()


def test_what_is_no_model_is_refused():
    pytest.importorskip("torch")
    with pytest.raises(InputTypeError, match="causal language model of transformers, got int"):
        TransformersLM(3)
