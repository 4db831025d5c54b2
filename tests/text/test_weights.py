"""A checkpoint's tensors: their names, their shapes, and what is missing."""

import json

import numpy as np
import pytest
from checkpoint_suite import feed, inputs_of
from checkpoints import change_tensors, write_checkpoint

from keraswrap.exceptions import InputError
from keraswrap.text import resolve_encoder
from keraswrap.text._backbones import load_backbone


def test_the_names_of_berts_first_release_will_do(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", prefix="bert.")
    inputs = inputs_of(folder)
    expected = feed(load_backbone(folder), inputs)["sequence_output"]

    def rename(tensors):
        for name in [name for name in tensors if "LayerNorm" in name]:
            older = name.replace(".weight", ".gamma").replace(".bias", ".beta")
            tensors[older] = tensors.pop(name)

    change_tensors(folder, rename)
    assert np.array_equal(feed(load_backbone(folder), inputs)["sequence_output"], expected)


def test_more_layers_than_the_configuration_says_are_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", layers=2)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 1}))
    with pytest.raises(InputError, match=r"16 tensors more.*encoder\.layer\.1\."):
        load_backbone(folder)


def test_two_encoders_in_one_file_are_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert")
    change_tensors(folder, lambda t: t.update({f"other.{name}": a for name, a in t.items()}))
    with pytest.raises(InputError, match=r"Expected one encoder, .*got 2"):
        resolve_encoder(folder)
