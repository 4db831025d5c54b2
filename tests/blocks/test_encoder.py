"""EncoderBlock: keras-hub's block, and a bias on scores."""

import keras
import keras_hub
import numpy as np
import pytest

from keraswrap._blocks import EncoderBlock

SETTINGS = {"intermediate_dim": 6, "num_heads": 2, "activation": "gelu"}
STATES = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def built(make, **settings):
    block = make(**SETTINGS, **settings)
    block(STATES)
    for weight in block.weights:  # both call their parts alike
        seed = list("/".join(weight.path.split("/")[-2:]).encode())
        weight.assign(np.random.default_rng(seed).normal(size=weight.shape))
    return block


def test_without_a_bias_it_is_keras_hubs_block():
    theirs = built(keras_hub.layers.TransformerEncoder)(STATES, padding_mask=MASK)
    ours = built(EncoderBlock)(STATES, padding_mask=MASK)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_bias_far_below_hides_a_token_as_padding_does():
    block = built(EncoderBlock)
    bias = np.zeros((1, 2, 5, 5), "float32")
    bias[..., 3:] = -1e9
    hidden = block(STATES[1:], padding_mask=MASK[1:])
    np.testing.assert_allclose(block(STATES[1:], position_bias=bias), hidden, atol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"use_bias": False, "norm_bias": False}])
def test_it_is_made_again_from_its_configuration(settings):
    block = built(EncoderBlock, dropout=0.1, **settings)
    data = keras.saving.serialize_keras_object(block)
    copy = keras.saving.deserialize_keras_object(data)
    copy.set_weights(block.get_weights())
    assert np.array_equal(copy(STATES, padding_mask=MASK), block(STATES, padding_mask=MASK))
    assert any("bias" in weight.path for weight in block.weights) == (not settings)
