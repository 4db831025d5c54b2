"""Where tensors go: each has a place, and each weight of the net is filled."""

import numpy as np
import pytest
from checkpoints import SPECIAL, write_checkpoint
from safetensors.numpy import load_file

from keraswrap.text._backbones import load_backbone
from keraswrap.text._checkpoint import read_checkpoint
from keraswrap.text._weights import weights_of
from keraswrap.text.architectures._slots import Slot, dense_slots

SETTINGS = {"albert": {"num_hidden_groups": 2, "inner_group_num": 2, "embedding_size": 6}}


@pytest.mark.parametrize("kind", sorted(SPECIAL))
def test_every_tensor_fills_a_weight_and_every_weight_is_filled_once(kind, tmp_path):
    folder = write_checkpoint(tmp_path / kind, kind, layers=2, prefix="", **SETTINGS.get(kind, {}))
    checkpoint, stored = read_checkpoint(folder), load_file(folder / "model.safetensors")
    slots = checkpoint.architecture.all_slots(checkpoint)
    assert {slot.tensor: slot.shape for slot in slots} == {k: v.shape for k, v in stored.items()}
    filled = [(slot.layer, slot.weight) for slot in slots if not slot.adds]
    layers = [layer for layer in load_backbone(folder).layers if layer.weights]
    assert sorted(filled) == sorted((v.name, path) for v in layers for path in weights_of(v))


def test_a_kernel_is_transposed_and_rows_are_taken_first():
    kernel, bias = dense_slots("up", 2, 6, "block", "up/")
    stored = np.arange(12.0).reshape(6, 2)
    np.testing.assert_array_equal(kernel.value(stored), stored.T)
    part = kernel.of_rows(slice(2, 4))
    np.testing.assert_array_equal(part.value(stored), stored[2:4].T)
    assert part.shape == kernel.shape == (6, 2)
    assert bias == Slot("up.bias", (6,), "block", "up/bias")
    np.testing.assert_array_equal(bias.value(stored[:, 0]), stored[:, 0])
