"""Parts that architectures share: activations by their names, and blocks by theirs."""

import keras_hub
import numpy as np
import pytest
from checkpoints import write_checkpoint
from encoder_reference import ACTIVATIONS

from keraswrap.text._checkpoint import read_checkpoint
from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import ACTIVATIONS as NAMES

SAME = {"gelu_python": "gelu", "swish": "silu"}
SAME |= dict.fromkeys(("gelu_fast", "gelu_pytorch_tanh", "gelu_accurate"), "gelu_new")


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_is_that_of_its_formula(name):
    x = np.linspace(-6, 6, 101)
    found = _nets.activation_of(NAMES[name])(x.astype("float32"))
    np.testing.assert_allclose(found, ACTIVATIONS[SAME.get(name, name)](x), atol=1e-6)


def test_blocks_have_their_names_their_settings_and_lora_on_queries_and_values(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", layers=2, hidden_dropout_prob=0.25)
    blocks = _nets.make_blocks(read_checkpoint(folder), activation="relu")
    assert list(blocks) == ["transformer_layer_0", "transformer_layer_1"]
    block = blocks["transformer_layer_1"]
    assert isinstance(block, keras_hub.layers.TransformerEncoder)
    assert (block.num_heads, block.intermediate_dim, block.dropout) == (2, 16, 0.25)
    assert block.activation.__name__ == "relu"
    block.build((None, None, 8))
    names = [layer.path.rpartition("/")[2] for layer in _nets.attention_denses(block)]
    assert names == ["query", "value"]
