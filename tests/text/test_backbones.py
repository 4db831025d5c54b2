"""Encoders: what they compute, against an independent reference, and what is refused."""

import numpy as np
import pytest
from checkpoint_suite import TEXTS, disagreement, feed, inputs_of
from checkpoints import write_checkpoint

from keraswrap import KerasWrapperModel
from keraswrap.text import encode_texts, resolve_encoder
from keraswrap.text._backbones import load_backbone


def test_dropout_is_the_checkpoints(tmp_path):
    folder = write_checkpoint(tmp_path / "albert", "albert", hidden_dropout_prob=0.25)
    config = load_backbone(folder).to_json()
    assert '"rate": 0.25' in config
    assert '"dropout": 0.25' in config
    assert '"rate": 0.1' not in config


def build(encoder):
    import keras

    backbone = load_backbone(encoder)
    ids = keras.Input((None,), dtype="int32")
    mask = keras.ops.ones_like(ids)
    outputs = backbone({"token_ids": ids, "padding_mask": mask, "segment_ids": mask * 0})
    return keras.Model(ids, keras.layers.Dense(2, "softmax")(outputs["pooled_output"]))


def test_a_net_over_it_is_saved_and_loaded(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", hidden_act="gelu_new")
    X = encode_texts(TEXTS, folder, 6)
    clf = KerasWrapperModel(build, {"encoder": str(folder)}, random_state=0).fit(X, [0, 1, 1])
    clf.save(tmp_path / "clf.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "clf.keraswrap")
    assert np.array_equal(loaded.predict_proba(X), clf.predict_proba(X))


def test_blocks_can_be_made_by_another_hand(tmp_path):
    import keras
    import keras_hub

    class Wider(keras_hub.layers.TransformerEncoder):
        def build(self, shape):
            super().build(shape)
            self.more = self.add_weight(shape=(3,), initializer="ones", name="more")

    folder = write_checkpoint(tmp_path / "bert", layers=2)
    inputs = inputs_of(folder)
    net = load_backbone(folder, make_block=Wider)
    blocks = [
        layer for layer in net.layers if isinstance(layer, keras_hub.layers.TransformerEncoder)
    ]
    assert [type(block) for block in blocks] == [Wider, Wider]
    assert np.array_equal(keras.ops.convert_to_numpy(blocks[0].more), np.ones(3))
    expected = feed(load_backbone(folder), inputs)["sequence_output"]
    assert np.array_equal(feed(net, inputs)["sequence_output"], expected)


def test_no_global_generator_is_touched(tmp_path):
    import random

    folder = write_checkpoint(tmp_path / "bert", hidden_dropout_prob=0.0)
    load_backbone(folder)
    before = np.random.get_state()[1].copy()
    own = random.getstate()
    load_backbone(folder)
    assert np.array_equal(np.random.get_state()[1], before)
    assert random.getstate() == own


@pytest.mark.network
def test_minilm_agrees_with_the_reference():
    folder = resolve_encoder()
    texts = ["It broke after two days.", "Née Café: works great, would buy it again!", "meh"]
    assert disagreement(folder, inputs_of(folder, texts, 24)) < 1e-4
