"""The build function: every kind of checkpoint in, probabilities out."""

import numpy as np
import pytest
from checkpoints import POSITIONS, SPECIAL, write_checkpoint
from safetensors.numpy import load_file

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text import build_text_classifier, encode_texts

TEXTS = ["it is good", "the great", "it broke", "awful"]


@pytest.fixture(params=sorted(SPECIAL))
def folder(request, tmp_path):
    return str(write_checkpoint(tmp_path / request.param, request.param))


@pytest.fixture
def bert(tmp_path):
    return write_checkpoint(tmp_path / "bert")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_padding_changes_no_probability(folder, pooling):
    narrow = build_text_classifier(folder, 6, 3, pooling=pooling)
    wide = build_text_classifier(folder, 12, 3, pooling=pooling)
    wide.set_weights(narrow.get_weights())
    probabilities = narrow(encode_texts(TEXTS, folder, 6))
    assert np.allclose(np.sum(probabilities, axis=1), 1, atol=1e-6)
    assert np.allclose(probabilities, wide(encode_texts(TEXTS, folder, 12)), atol=1e-5)


def test_the_checkpoints_own_weights_are_used(bert):
    tensors = load_file(bert / "model.safetensors")
    net = build_text_classifier(str(bert), 6, 2)
    found = [np.asarray(weight) for weight in net.weights if "token_embedding" in weight.path]
    assert np.array_equal(found[0], tensors["embeddings.word_embeddings.weight"])


def trained(folder, **kwargs):
    """Which parts of a net are trained."""
    net = build_text_classifier(str(folder), 6, 2, **kwargs)
    return {part for weight in net.trainable_weights for part in weight.path.split("/")}


def test_everything_is_trained_by_default(bert):
    assert {"token_embedding", "transformer_layer_0"} <= trained(bert)


def test_only_the_last_layers_are_trained_on_request(folder):
    parts = trained(folder, train_layers=1)
    assert not [part for part in parts if "embedding" in part]
    assert [part for part in parts if "layer_0" in part]


def test_no_layers_to_train_are_refused(bert):
    with pytest.raises(ParameterError, match="train_layers of at least 1, or None, got 0"):
        build_text_classifier(str(bert), 6, 2, train_layers=0)


def test_every_trainable_weight_gets_a_gradient(folder, recwarn):
    clf = KerasWrapperModel(
        build_text_classifier, {"encoder": folder, "max_length": 6, "n_classes": 2}
    )
    clf.fit(encode_texts(TEXTS, folder, 6), [1, 1, 0, 0])
    assert not [w for w in recwarn if "Gradients do not exist" in str(w.message)]


def test_it_learns_through_the_wrapper_and_its_arguments_can_be_tuned(bert):
    X = encode_texts(TEXTS * 8, bert, 6)
    y = np.array(["good", "good", "bad", "bad"] * 8)
    clf = KerasWrapperModel(
        build_text_classifier,
        model_kwargs={"encoder": str(bert), "max_length": 6, "n_classes": 2},
        compile_kwargs={"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
        params={"epochs": 60},
        random_state=0,
    )
    clf.set_params(model__dropout=0.0, compile__optimizer__learning_rate=0.02)
    assert clf.fit(X, y).score(X, y) == 1.0


def test_a_file_knows_which_layers_are_frozen(bert, tmp_path):
    X, y = encode_texts(TEXTS, bert, 6), [1, 1, 0, 0]
    arguments = {"encoder": str(bert), "max_length": 6, "n_classes": 2, "train_layers": 1}
    clf = KerasWrapperModel(
        build_text_classifier, arguments, {"optimizer": "adam"}, random_state=0
    ).fit(X, y)
    clf.save(tmp_path / "clf.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "clf.keraswrap")
    frozen = [weight.path for weight in clf.net.non_trainable_weights]
    assert [weight.path for weight in loaded.net.non_trainable_weights] == frozen
    expected = clf.partial_fit(X, y).predict_proba(X)
    assert (loaded.partial_fit(X, y).predict_proba(X) == expected).all()


def test_an_unknown_pooling_is_refused(bert):
    with pytest.raises(ParameterError, match=r"\('mean', 'cls'\), got 'max'"):
        build_text_classifier(str(bert), 6, 2, pooling="max")


def test_more_tokens_than_positions_are_refused(bert):
    with pytest.raises(InputError, match=f"at most {POSITIONS}.*got {POSITIONS + 1}"):
        build_text_classifier(str(bert), POSITIONS + 1, 2)
