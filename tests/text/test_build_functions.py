"""The build functions: every kind of checkpoint in, scores out."""

import numpy as np
import pytest
from checkpoints import POSITIONS, SPECIAL, write_checkpoint
from safetensors.numpy import load_file

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text import (
    build_text_classifier,
    build_text_encoder,
    build_text_regressor,
    build_vector_head,
    encode_texts,
)
from keraswrap.text._build_functions import parse_trainable

TEXTS = ["it is good", "the great", "it broke", "awful"]
LABELS = np.array(["good", "good", "bad", "bad"])
LEARNS = {
    "compile_kwargs": {"optimizer": "adam", "optimizer__learning_rate": 0.02},
    "params": {"epochs": 40},
    "random_state": 0,
}


@pytest.fixture(params=sorted(SPECIAL))
def folder(request, tmp_path):
    return str(write_checkpoint(tmp_path / request.param, request.param))


@pytest.fixture
def bert(tmp_path):
    return str(write_checkpoint(tmp_path / "bert"))


def classifier(folder, trainable="all", **kwargs):
    arguments = {"encoder": folder, "trainable": trainable, "dropout": 0.0}
    return KerasWrapperModel(build_text_classifier, arguments, **{**LEARNS, **kwargs})


def trained(net):
    """Which parts of a net are trained."""
    return {"/".join(weight.path.split("/")[-4:]) for weight in net.trainable_weights}


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_padding_changes_no_score(folder, pooling):
    net = build_text_classifier(folder, 3, pooling=pooling)
    narrow, wide = (net(encode_texts(TEXTS, folder, length)) for length in (6, 12))
    np.testing.assert_allclose(narrow, wide, atol=1e-5)


def test_poolings_are_those_of_the_backbone(bert):
    from keraswrap.text._backbones import load_backbone

    ids = encode_texts(TEXTS, bert, 8)
    mask = (ids != 0).astype("int32")
    inputs = {"token_ids": ids, "padding_mask": mask, "segment_ids": np.zeros_like(ids)}
    outputs = {k: np.asarray(v) for k, v in load_backbone(bert)(inputs).items()}
    states = outputs["sequence_output"]
    expected = {
        "cls": states[:, 0],
        "mean": (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True),
        "pooler": outputs["pooled_output"],
    }
    for pooling, vectors in expected.items():
        np.testing.assert_allclose(build_text_encoder(bert, pooling)(ids), vectors, atol=1e-5)


def test_the_checkpoints_own_weights_are_used(bert):
    tensors = load_file(f"{bert}/model.safetensors")
    net = build_text_classifier(bert, 2)
    found = [np.asarray(weight) for weight in net.weights if "token_embedding" in weight.path]
    assert np.array_equal(found[0], tensors["embeddings.word_embeddings.weight"])


@pytest.mark.parametrize(
    ("trainable", "expected", "forbidden"),
    [
        ("all", {"token_embedding/embeddings", "query/kernel"}, {"lora", "pooled_dense"}),
        ("head", set(), {"layer_0", "embedding"}),
        ("last:1", {"query/kernel"}, {"embedding", "pooled_dense"}),
        ("lora:2", {"query/lora_kernel_a", "value/lora_kernel_b"}, {"embedding", "query/kernel"}),
    ],
)
def test_what_is_trained(folder, trainable, expected, forbidden):
    names = " ".join(trained(build_text_classifier(folder, 2, trainable=trainable)))
    assert all(name in names for name in expected)
    assert not [name for name in forbidden if name in names]
    assert "dense" in names  # the head, always


def test_an_encoder_trains_by_default_what_a_classifier_trains(folder):
    def of_encoder(net):
        return {name for name in trained(net) if not name.startswith("dense")}

    whole = of_encoder(build_text_classifier(folder, 2))
    assert whole
    assert of_encoder(build_text_encoder(folder)) == whole
    assert not trained(build_text_encoder(folder, trainable="head"))


@pytest.mark.parametrize("trainable", ["all", "lora:2"])
def test_every_trained_weight_gets_a_gradient(folder, trainable, recwarn):
    classifier(folder, trainable, params={"epochs": 1}).fit(encode_texts(TEXTS, folder, 6), LABELS)
    assert not [w for w in recwarn if "Gradients do not exist" in str(w.message)]


@pytest.mark.parametrize("trainable", ["all", "head", "last:1", "lora:2"])
def test_each_learns(bert, trainable):
    X, y = encode_texts(TEXTS * 4, bert, 6), np.tile(LABELS, 4)
    losses = classifier(bert, trainable).fit(X, y).history_["loss"]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


@pytest.mark.parametrize("trainable", ["last:1", "lora:2"])
def test_a_file_knows_what_is_trained(bert, trainable, tmp_path):
    X = encode_texts(TEXTS, bert, 6)
    clf = classifier(bert, trainable, params={"epochs": 2}).fit(X, LABELS)
    clf.save(tmp_path / "clf.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "clf.keraswrap")
    assert (loaded.predict_proba(X) == clf.predict_proba(X)).all()
    assert trained(loaded.net) == trained(clf.net)
    expected = clf.partial_fit(X, LABELS).predict_proba(X)
    assert (loaded.partial_fit(X, LABELS).predict_proba(X) == expected).all()


def test_a_head_learns_the_same_on_the_vectors_of_a_frozen_encoder(bert):
    X, y = encode_texts(TEXTS * 6, bert, 8), np.tile(LABELS, 6)
    vectors = np.asarray(build_text_encoder(bert)(X))
    settings = {**LEARNS, "params": {"epochs": 5, "batch_size": 5, "group_by_length": False}}
    arguments = {"encoder": bert, "trainable": "head", "dropout": 0.3}
    whole = KerasWrapperModel(build_text_classifier, arguments, **settings).fit(X, y)
    alone = KerasWrapperModel(build_vector_head, {"dropout": 0.3}, **settings).fit(vectors, y)
    np.testing.assert_allclose(
        alone.predict_proba(vectors), whole.predict_proba(X), rtol=0, atol=1e-6
    )


def test_several_labels_and_numbers_come_through_the_same_door(bert):
    X = encode_texts(TEXTS * 4, bert, 6)
    several = np.tile([[1, 0, 1], [1, 1, 0], [0, 0, 1], [0, 1, 0]], (4, 1))
    proba = classifier(bert).fit(X, several).predict_proba(X)
    assert proba.shape == (16, 3)
    arguments = {"encoder": bert, "dropout": 0.0}
    reg = KerasWrapperRegressor(build_text_regressor, arguments, **LEARNS)
    numbers = np.tile([1.0, 2.0, -1.0, -2.0], 4)
    assert reg.fit(X, numbers).score(X, numbers) > 0.5
    assert reg.fit(X, several.astype(float)).predict(X).shape == (16, 3)


# Bad input


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"pooling": "max"}, r"\('mean', 'cls', 'pooler'\), got 'max'"),
        ({"trainable": "last:0"}, "such as 'last:2', got 'last:0'"),
        ({"trainable": 3}, "trainable to be 'all', 'head', 'last:k' or 'lora:r'"),
        ({"trainable": "lora"}, "got 'lora'"),
        ({"n_classes": None}, "Expected n_classes, the number of output units, got None"),
    ],
)
def test_bad_arguments_are_refused(bert, kwargs, message):
    with pytest.raises(ParameterError, match=message):
        build_text_classifier(**{"encoder": bert, "n_classes": 2, **kwargs})


def test_a_pooler_that_is_not_there_is_refused(tmp_path):
    roberta = str(write_checkpoint(tmp_path / "roberta", "roberta"))
    with pytest.raises(ParameterError, match="has no pooler, got 'pooler'"):
        build_text_classifier(roberta, 2, pooling="pooler")


def test_more_tokens_than_positions_are_refused(bert):
    ids = np.zeros((4, POSITIONS + 1), "int32")
    with pytest.raises(InputError, match=f"at most {POSITIONS} tokens.*rows of {POSITIONS + 1}"):
        build_text_classifier(bert, 2, meta={"shapes_": {"": ids.shape[1:]}})


@pytest.mark.parametrize(
    ("text", "parsed"), [("all", ("all", 0)), ("last:12", ("last", 12)), ("lora:8", ("lora", 8))]
)
def test_trainable_is_read(text, parsed):
    assert parse_trainable(text) == parsed
