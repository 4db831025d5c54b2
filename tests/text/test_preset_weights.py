"""Weights of keras-hub's presets, and files that hold others."""

import keras
import numpy as np
import pytest
from small_presets import WITH_HEADS, change, inputs_of, save

from keraswrap.exceptions import InputError
from keraswrap.text._backbones import load_backbone
from keraswrap.text._pretrained_heads import apply_head, load_head
from keraswrap.text.architectures._record import Preset


@pytest.mark.parametrize("name", WITH_HEADS)
def test_its_head_is_loaded(name, tmp_path):
    saved, _ = save(tmp_path, name, n_classes=3)
    head, net = load_head(tmp_path), load_backbone(tmp_path)
    inputs = inputs_of(tmp_path, net)
    whole = keras.Model(net.input, apply_head(head, net.output))
    assert head.labels == ("LABEL_0", "LABEL_1", "LABEL_2")
    assert np.allclose(whole(inputs), saved(inputs), atol=1e-6)


def test_layers_of_other_names_are_refused(tmp_path, monkeypatch):
    save(tmp_path, "Roberta")
    monkeypatch.setattr(Preset, "rename", lambda self, path: path)
    with pytest.raises(InputError, match=r"layer 'token_embedding' in keras-hub's preset"):
        load_backbone(tmp_path)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_weights_of_another_size_are_refused(tmp_path):
    save(tmp_path, "Bert")
    change(tmp_path / "config.json", config={"hidden_dim": 16})
    with pytest.raises(InputError, match=r"weights that fit .*model\.weights\.h5"):
        load_backbone(tmp_path)


def test_damaged_weights_are_refused(tmp_path):
    save(tmp_path, "Bert")
    (tmp_path / "model.weights.h5").write_bytes(b"no such file")
    with pytest.raises(InputError, match=r"weights that fit .*model\.weights\.h5"):
        load_backbone(tmp_path)


def arrays_in(file):
    names = []
    file.visititems(lambda name, entry: names.append(name) if hasattr(entry, "shape") else None)
    return names


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    save(tmp_path, "Bert")
    with h5py.File(tmp_path / "model.weights.h5", "a") as file:
        file[next(name for name in arrays_in(file) if "dense" in name)][...] = np.nan
    with pytest.raises(InputError, match="no numbers for"):
        load_backbone(tmp_path)
