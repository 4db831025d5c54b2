"""Checkpoints that keras-hub would compute otherwise are refused."""

import random

import numpy as np
import pytest
from causal import write_causal
from reference import continuations, prompts, score

from keraswrap.exceptions import InputError
from keraswrap.llm import KerasHubLM


def test_no_global_generator_is_touched(tmp_path):
    model = KerasHubLM(write_causal(tmp_path / "m", seed=3))
    before = random.getstate(), np.random.get_state()[1].tolist()
    score(model, prompts(), continuations(True))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


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
