"""Classification heads of checkpoints: the same logits, under the same names."""

import json

import keras
import numpy as np
import pytest
from checkpoints import SPECIAL, WIDTH, change_tensors, write_checkpoint
from encoder_reference import Reference

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text import encode_texts, read_pad_id, resolve_encoder
from keraswrap.text._backbones import load_backbone
from keraswrap.text._pretrained_heads import apply_head, head_features, load_head

TEXTS = ["it is good and the text", "awful", "it broke and it was poor text"]
NAMES = ("bad", "fair", "good")
SINGLE, MULTI = "single_label_classification", "multi_label_classification"


@pytest.fixture(params=sorted(SPECIAL))
def folder(request, tmp_path):
    return write_checkpoint(tmp_path / request.param, request.param, layers=2, head=NAMES)


def inputs_of(folder):
    ids = encode_texts(TEXTS, folder, 12)
    return {"token_ids": ids, "padding_mask": (ids != read_pad_id(folder)).astype("int32")}


def net_of(folder, put):
    """The encoder of a checkpoint with what `put` makes of its outputs."""
    backbone = load_backbone(folder)
    return keras.Model(backbone.input, put(backbone.output))


def logits_of(folder, **settings):
    head, inputs = load_head(folder), inputs_of(folder)
    inputs["segment_ids"] = np.zeros_like(inputs["token_ids"])
    net = net_of(folder, lambda outputs: apply_head(head, outputs, **settings))
    return np.asarray(net({name: inputs[name] for name in net.input}))


def expected_logits(folder):
    inputs, reference = inputs_of(folder), Reference(folder)
    return reference.logits(reference.states(inputs["token_ids"], inputs["padding_mask"] > 0))


def test_logits_are_those_of_the_reference(folder):
    assert load_head(resolve_encoder(folder)).labels == NAMES
    assert np.abs(logits_of(folder) - expected_logits(folder)).max() < 1e-5


def test_outputs_stand_in_any_order_asked_for(folder):
    found = logits_of(folder, columns=[2, 0])
    assert np.abs(found - expected_logits(folder)[:, [2, 0]]).max() < 1e-5


def test_another_last_layer_can_be_put_on_what_was_learned(folder):
    head = load_head(folder)
    net = net_of(folder, lambda outputs: head_features(head, outputs, 0.5))
    assert net.output.shape == (None, WIDTH)
    rates = [layer.rate for layer in net.layers if isinstance(layer, keras.layers.Dropout)]
    assert 0.5 in rates


def test_an_encoder_by_itself_has_no_head(tmp_path):
    assert load_head(write_checkpoint(tmp_path / "bert")) is None


@pytest.mark.parametrize("made_for", ["BertForTokenClassification", "BertForMultipleChoice"])
def test_a_head_for_something_else_is_none(made_for, tmp_path):
    folder = write_checkpoint(tmp_path / "bert", head=NAMES, architectures=[made_for])
    assert load_head(folder) is None


@pytest.mark.parametrize(
    ("names", "settings", "problem"),
    [
        (NAMES, {}, SINGLE),
        (NAMES, {"problem_type": MULTI}, MULTI),
        (("score",), {}, "regression"),
        (("score",), {"problem_type": None}, "regression"),
        (("score",), {"problem_type": MULTI}, MULTI),
    ],
)
def test_what_a_head_is_for(names, settings, problem, tmp_path):
    folder = write_checkpoint(tmp_path / "bert", head=names, **settings)
    assert load_head(folder).problem_type == problem


def test_labels_without_names_are_numbered(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", head=NAMES, id2label=None, num_labels=3)
    assert load_head(folder).labels == ("LABEL_0", "LABEL_1", "LABEL_2")


@pytest.mark.parametrize(
    ("kind", "settings", "dropout"),
    [
        ("bert", {}, 0.1),
        ("bert", {"classifier_dropout": 0.3}, 0.3),
        ("bert", {"hidden_dropout_prob": 0.2}, 0.2),
        ("distilbert", {}, 0.2),
        ("distilbert", {"seq_classif_dropout": 0.4}, 0.4),
        ("albert", {"classifier_dropout_prob": 0.0}, 0.0),
    ],
    ids=str,
)
def test_dropout_is_the_checkpoints(kind, settings, dropout, tmp_path):
    folder = write_checkpoint(tmp_path / kind, kind, head=NAMES, **settings)
    assert load_head(folder).dropout == dropout


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"id2label": {"0": "a"}}, r"classifier\.weight \(3, 8\) instead of \(1, 8\)"),
        ({"id2label": {"0": "a", "2": "b", "3": "c"}}, r"ids 0 to n − 1.*got \[0, 2, 3\]"),
        ({"id2label": {"x": "a"}}, "Expected id2label from ids to names"),
        ({"id2label": ["a"]}, "Expected id2label from ids to names"),
        ({"id2label": None, "num_labels": 0}, "ids 0 to n − 1"),
        ({"problem_type": "ranking"}, "problem_type to be one of regression.*got 'ranking'"),
        ({"classifier_dropout": 2}, "Expected classifier_dropout"),
    ],
    ids=str,
)
def test_a_head_that_contradicts_itself_is_refused(settings, message, tmp_path):
    folder = write_checkpoint(tmp_path / "bert", head=NAMES)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
    with pytest.raises(InputError, match=message):
        load_head(folder)


def test_a_head_that_lacks_a_tensor_is_refused(folder):
    lost = "classifier.out_proj.bias" if "roberta" in folder.name else "classifier.bias"
    change_tensors(folder, lambda tensors: tensors.pop(lost))
    with pytest.raises(InputError, match=f"got none for {lost}"):
        load_head(folder)


def test_a_head_on_a_pooler_that_is_not_there_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", head=NAMES, pooler=False)
    with pytest.raises(InputError, match="Expected a pooler below"):
        load_head(folder)


def test_a_label_that_the_head_does_not_have_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert", head=NAMES)
    with pytest.raises(ParameterError, match=r"columns from 0 to 2.*got \[0, 3\]"):
        logits_of(folder, columns=[0, 3])
