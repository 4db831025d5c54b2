"""What the nets of tiny checkpoints must compute, kind by kind, against a reference in float64."""

import keras
import numpy as np
import pytest
from checkpoints import write_checkpoint
from encoder_reference import Reference

from keraswrap.text import encode_texts, read_pad_id
from keraswrap.text._backbones import load_backbone

TEXTS = ["it is good and the text", "awful", "it broke and it was poor text"]
# Far enough apart that any two would be told from each other.
NUMERICS = [("gelu", 1e-12), ("gelu_new", 1e-5), ("relu", 1e-2), ("silu", 0.1)]


def inputs_of(folder, texts=TEXTS, length=12):
    ids = encode_texts(texts, folder, length)
    return {"token_ids": ids, "padding_mask": (ids != read_pad_id(folder)).astype("int32")}


def feed(net, inputs):
    if "segment_ids" in net.input:
        inputs = {"segment_ids": np.zeros_like(inputs["token_ids"]), **inputs}
    return {name: np.asarray(value) for name, value in net(inputs).items()}


def disagreement(folder, inputs):
    """How far token states of real tokens are from the reference, at most."""
    found = feed(load_backbone(str(folder)), inputs)
    reference = Reference(folder)
    mask = inputs["padding_mask"].astype(bool)
    states = reference.states(inputs["token_ids"], mask)
    errors = [np.abs(found["sequence_output"] - states)[mask].max()]
    if "pooled_output" in found:
        errors.append(np.abs(found["pooled_output"] - reference.pooled(states)).max())
    return max(errors)


class CheckpointSuite:
    """The tests; a class for each kind of checkpoint says which it is.

    VARIANTS are numbers of layers and settings that keras-hub's converters take
    for granted; POOLER is whether a checkpoint may have one.
    """

    KIND = ""
    ACTIVATION = "hidden_act"
    POOLER = True
    VARIANTS = ()

    @pytest.mark.parametrize(("activation", "epsilon"), NUMERICS)
    def test_token_states_are_those_of_the_reference(self, activation, epsilon, tmp_path):
        settings = {self.ACTIVATION: activation, "layer_norm_eps": epsilon}
        folder = write_checkpoint(tmp_path / "made", self.KIND, layers=2, **settings)
        assert disagreement(folder, inputs_of(folder)) < 1e-5

    def test_a_pooler_is_there_where_the_checkpoint_has_one(self, tmp_path):
        for pooler in (True, False) if self.POOLER else (False,):
            folder = write_checkpoint(tmp_path / str(pooler), self.KIND, pooler=pooler)
            assert ("pooled_output" in load_backbone(folder).output) == pooler
            assert disagreement(folder, inputs_of(folder)) < 1e-5

    def test_what_converters_take_for_granted_is_read(self, tmp_path):
        ids = np.random.default_rng(0).integers(5, 12, (3, 9), dtype="int32")
        mask = (np.arange(9) < [[9], [4], [7]]).astype("int32")
        for number, (layers, settings) in enumerate(self.VARIANTS):
            folder = write_checkpoint(tmp_path / str(number), self.KIND, layers=layers, **settings)
            assert disagreement(folder, {"token_ids": ids, "padding_mask": mask}) < 1e-5, settings

    def test_names_have_any_prefix_or_none(self, tmp_path):
        plain = write_checkpoint(tmp_path / "plain", self.KIND, prefix="")
        inner = write_checkpoint(tmp_path / "inner", self.KIND, prefix="model.bert.")
        for folder in (plain, inner):
            assert disagreement(folder, inputs_of(folder)) < 1e-5

    def test_the_configuration_says_all_of_the_net(self, tmp_path):
        settings = {self.ACTIVATION: "gelu_new"}
        folder = write_checkpoint(tmp_path / "made", self.KIND, layers=2, **settings)
        net, inputs = load_backbone(folder), inputs_of(folder)
        copy = keras.models.model_from_json(net.to_json())
        copy.set_weights(net.get_weights())
        expected, found = feed(net, inputs), feed(copy, inputs)
        assert found.keys() == expected.keys()
        assert all(np.array_equal(found[name], expected[name]) for name in expected)
