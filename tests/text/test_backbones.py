"""Encoders: what they compute, against an independent reference, and what is refused."""

import json

import numpy as np
import pytest
from checkpoints import SPECIAL, change_tensors, write_checkpoint
from encoder_reference import Reference

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputError
from keraswrap.text import encode_texts, read_pad_id, resolve_encoder
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


@pytest.mark.parametrize(("activation", "epsilon"), NUMERICS)
@pytest.mark.parametrize("kind", sorted(SPECIAL))
def test_token_states_are_those_of_the_reference(kind, activation, epsilon, tmp_path):
    name = "activation" if kind == "distilbert" else "hidden_act"
    settings = {name: activation, "layer_norm_eps": epsilon}
    folder = write_checkpoint(tmp_path / kind, kind, layers=2, **settings)
    assert disagreement(folder, inputs_of(folder)) < 1e-5


@pytest.mark.parametrize("kind", ["albert", "bert", "roberta", "xlm-roberta"])
@pytest.mark.parametrize("pooler", [True, False])
def test_a_pooler_is_there_where_the_checkpoint_has_one(kind, pooler, tmp_path):
    folder = write_checkpoint(tmp_path / kind, kind, pooler=pooler)
    assert ("pooled_output" in load_backbone(folder).output) == pooler
    assert disagreement(folder, inputs_of(folder)) < 1e-5


@pytest.mark.parametrize(
    ("kind", "layers", "settings"),
    [
        ("albert", 4, {"num_hidden_groups": 2, "inner_group_num": 2, "embedding_size": 6}),
        ("bert", 1, {"type_vocab_size": 3}),
        ("roberta", 1, {"type_vocab_size": 1}),
        ("roberta", 1, {"pad_token_id": 4}),
        ("xlm-roberta", 1, {"pad_token_id": 0}),
    ],
    ids=str,
)
def test_what_converters_take_for_granted_is_read(kind, layers, settings, tmp_path):
    folder = write_checkpoint(tmp_path / kind, kind, layers=layers, **settings)
    ids = np.random.default_rng(0).integers(5, 12, (3, 9), dtype="int32")
    inputs = {"token_ids": ids, "padding_mask": (np.arange(9) < [[9], [4], [7]]).astype("int32")}
    assert disagreement(folder, inputs) < 1e-5


@pytest.mark.parametrize("kind", sorted(SPECIAL))
def test_names_have_any_prefix_or_none(kind, tmp_path):
    plain = write_checkpoint(tmp_path / "plain", kind, prefix="")
    inner = write_checkpoint(tmp_path / "inner", kind, prefix="model.bert.")
    inputs = inputs_of(plain)
    assert disagreement(plain, inputs) < 1e-5
    assert disagreement(inner, inputs) < 1e-5


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


def test_dropout_is_the_checkpoints(tmp_path):
    folder = write_checkpoint(tmp_path / "albert", "albert", hidden_dropout_prob=0.25)
    config = load_backbone(folder).to_json()
    assert '"rate": 0.25' in config
    assert '"dropout": 0.25' in config
    assert '"rate": 0.1' not in config


@pytest.mark.parametrize("kind", sorted(SPECIAL))
def test_the_configuration_says_all_of_the_net(kind, tmp_path):
    import keras

    folder = write_checkpoint(tmp_path / kind, kind, layers=2, hidden_act="gelu_new")
    net, inputs = load_backbone(folder), inputs_of(folder)
    copy = keras.models.model_from_json(net.to_json())
    copy.set_weights(net.get_weights())
    expected, found = feed(net, inputs), feed(copy, inputs)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


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


REFUSED = [
    ({"hidden_act": "quick_gelu"}, r"hidden_act of gelu, .*silu.*got 'quick_gelu'"),
    ({"position_embedding_type": "relative_key"}, r"'absolute' in .*got 'relative_key'"),
    ({"is_decoder": True}, "is_decoder"),
    ({"add_cross_attention": True}, "add_cross_attention"),
    ({"quantization_config": {"bits": 4}}, "quantization_config"),
    ({"num_attention_heads": 3}, "3 heads share evenly"),
    ({"hidden_size": "8"}, "Expected hidden_size of the kind of 768.*got '8'"),
    ({"num_hidden_layers": 0}, "Expected num_hidden_layers"),
    ({"layer_norm_eps": -1}, "Expected layer_norm_eps"),
    ({"pad_token_id": 999}, "pad_token_id below vocab_size"),
    ({"num_hidden_layers": 2}, r"got none for encoder\.layer\.1\."),
    ({"intermediate_size": 4}, r"intermediate\.dense\.weight \(16, 8\) instead of \(4, 8\)"),
    ({"vocab_size": 7}, r"word_embeddings\.weight \(\d+, 8\) instead of \(7, 8\)"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=str)
def test_what_is_not_computed_is_refused_with_the_reason(settings, message, tmp_path):
    folder = write_checkpoint(tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
    with pytest.raises(InputError, match=message):
        resolve_encoder(folder)


def test_groups_that_do_not_share_the_layers_evenly_are_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "albert", "albert", layers=3, num_hidden_groups=2)
    with pytest.raises(InputError, match=r"groups share evenly in .*got 3"):
        load_backbone(folder)


def test_more_layers_than_the_configuration_says_are_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", layers=2)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 1}))
    with pytest.raises(InputError, match=r"16 tensors more.*encoder\.layer\.1\."):
        load_backbone(folder)


def test_a_tokenizer_of_another_checkpoint_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert")
    size = json.loads((folder / "config.json").read_text())["vocab_size"]
    text = (folder / "tokenizer.json").read_text()
    tokenizer = json.loads(text)
    tokenizer["model"]["vocab"]["foreign"] = size
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(InputError, match=f"ids below {size}.*got {size} for 'foreign'"):
        load_backbone(folder)


def test_two_encoders_in_one_file_are_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert")
    change_tensors(folder, lambda t: t.update({f"other.{name}": a for name, a in t.items()}))
    with pytest.raises(InputError, match=r"Expected one encoder, .*got 2"):
        resolve_encoder(folder)


@pytest.mark.network
def test_minilm_agrees_with_the_reference():
    folder = resolve_encoder()
    texts = ["It broke after two days.", "Née Café: works great, would buy it again!", "meh"]
    assert disagreement(folder, inputs_of(folder, texts, 24)) < 1e-4
