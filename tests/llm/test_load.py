"""A name, or a live model, to the backend that can load it."""

import importlib.util

import pytest
from causal import write_causal
from reference import continuations, prompts, score

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm import KerasHubLM, load_model

pytest.importorskip("keras_hub")


def test_a_language_model_comes_back_as_it_is(tmp_path):
    model = KerasHubLM(write_causal(tmp_path / "m"))
    assert load_model(model=model) is model


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ParameterError, "model_name or model, got neither"),
        ({"model_name": "a", "model": 3}, ParameterError, "model_name or model, got both"),
        ({"model_name": "a", "tokenizer": 3}, ParameterError, "tokenizer=None with a model_name"),
        ({"model": 3}, InputTypeError, "causal language model of transformers, got int"),
        ({"model_name": 3}, InputTypeError, "model_name to be a str or a path, got int"),
        ({"model_name": "no-such-model"}, ParameterError, "'hf://owner/name', 'owner/name' or"),
    ],
)
def test_arguments_are_checked(arguments, error, message):
    with pytest.raises(error, match=message):
        load_model(**arguments)


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_without_pytorch_an_unknown_architecture_names_both_ways(tmp_path):
    folder = write_causal(tmp_path / "m", model_type="opt")
    with pytest.raises(InputError, match=r"'opt'\. keras-hub cannot.*pip install torch"):
        load_model(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_broken_checkpoint_is_refused(tmp_path, name):
    folder = write_causal(tmp_path / "m")
    (folder / name).write_bytes((folder / name).read_bytes()[:50])
    with pytest.raises(InputError, match=r"Fetch the checkpoint again"):
        score(load_model(folder), prompts(), continuations(False))
