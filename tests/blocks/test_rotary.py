"""RotaryBlock: it knows distances, not places, and sees what is near."""

import numpy as np
import pytest

from keraswrap._blocks import RotaryBlock

SETTINGS = {"intermediate_dim": 6, "num_heads": 2, "activation": "gelu", "theta": 100.0}
STATES = np.random.default_rng(0).normal(size=(1, 9, 8)).astype("float32")


def built(**settings):
    block = RotaryBlock(**SETTINGS, **settings)
    block(STATES)
    rng = np.random.default_rng(1)
    block.set_weights([rng.normal(size=weight.shape) for weight in block.weights])
    return block


def test_states_follow_from_distances_alone():
    block = built()
    mask = np.array([[0, 0, 0, 1, 1, 1, 1, 1, 1]])
    moved = np.asarray(block(STATES, padding_mask=mask))[:, 3:]
    np.testing.assert_allclose(moved, block(STATES[:, 3:]), atol=1e-4)


@pytest.mark.parametrize("window", [1, 3])
def test_a_token_out_of_the_window_changes_nothing(window):
    block, other = built(window=window), STATES.copy()
    other[:, 8] *= -1
    same = np.isclose(block(STATES), block(other), atol=1e-6).all(axis=(0, 2))
    assert same.tolist() == [place < 8 - window for place in range(9)]


@pytest.mark.parametrize("norms", [True, False])
def test_attention_is_normed_where_it_says_so(norms):
    names = " ".join(weight.path for weight in built(norms_attention=norms).weights)
    assert ("self_attention_layer_norm" in names) == norms
    assert built(norms_attention=norms).get_config()["norms_attention"] == norms
