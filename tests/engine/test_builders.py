"""How a fresh net comes about, from a function or a list of layers."""

import keras
import numpy as np
import pytest
from keras import layers
from nets import LEARNS, QUICK, groups, output_layer
from sklearn.base import clone

import keraswrap
from keraswrap import KerasWrapperModel, KerasWrapperSequential

X, INDEX = groups()
NAMES = np.array(["ant", "bee", "cat"])
Y = NAMES[INDEX]


def test_a_clone_of_a_fitted_layer_list_carries_no_weights():
    given = [layers.Dense(8, activation="relu"), layers.Dense(3)]
    first = KerasWrapperSequential(given, **QUICK).fit(X, INDEX)
    assert not any(layer.built for layer in given)
    start = clone(first).set_params(compile__optimizer__learning_rate=0.0).fit(X, INDEX)
    untrained = KerasWrapperSequential(given, **QUICK)
    untrained.set_params(compile__optimizer__learning_rate=0.0).fit(X[:16], INDEX[:16])
    assert (start.predict_proba(X) == untrained.predict_proba(X)).all()


def test_layers_that_came_with_something_keep_it():
    frozen, scaled = layers.Dense(8, trainable=False), layers.Normalization()
    frozen.build((None, 4))
    scaled.adapt(X + 100)
    estimator = KerasWrapperSequential([scaled, frozen, output_layer], **QUICK).fit(X, Y)
    kept = estimator.net.layers
    np.testing.assert_array_equal(kept[1].kernel, frozen.kernel)
    np.testing.assert_allclose(np.ravel(kept[0].mean), X.mean(0) + 100, rtol=1e-5)


def test_images_keep_their_shape():
    images = np.random.default_rng(0).random((20, 5, 5, 1))
    net = [layers.Conv2D(2, 3), layers.Flatten(), output_layer]
    assert KerasWrapperSequential(net, **QUICK).fit(images, INDEX[:20]).predict(images).shape == (
        20,
    )


def embeds(meta):
    inputs = keras.Input((2,), dtype="int32")
    flat = layers.Flatten()(layers.Embedding(2**25 + 2, 1)(inputs))
    return keras.Model(inputs, layers.Dense(2)(flat))


def nested(meta):
    inner = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dropout(0.2)])
    outer = keras.Sequential([keras.Sequential([inner]), layers.Dense(meta["n_classes_"])])
    outer.build((None, meta["n_features_in_"]))
    return outer


@pytest.mark.parametrize("kept", [0, 4])
def test_a_model_nested_in_a_sequential_trains_as_its_layers_do(kept):
    def flat(meta):
        hidden = [layers.Dense(8, activation="relu"), layers.Dropout(0.2)]
        return keras.Sequential([keras.Input((X.shape[1],)), *hidden, layers.Dense(3)])

    with keraswrap.config_context(kept_networks=kept):
        fits = [KerasWrapperModel(build, **LEARNS).fit(X, Y) for build in (nested, flat, nested)]
    assert fits[0].history_ == fits[2].history_
    np.testing.assert_allclose(fits[0].history_["loss"], fits[1].history_["loss"], rtol=1e-4)


def test_a_model_in_a_list_of_layers_brings_its_weights():
    base = keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(8, activation="relu")])
    base.trainable = False
    made = KerasWrapperSequential([base, output_layer], **LEARNS).fit(X, Y)
    assert made.score(X, Y) > 0.9
    for ours, theirs in zip(made.net.layers[0].get_weights(), base.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_large_ids_reach_an_embedding_whole():
    # As float32 the two would be one and the same row of the table.
    ids = np.array([[2**25, 0], [2**25 + 1, 0]] * 8)
    net = KerasWrapperModel(embeds, params={"epochs": 1}, random_state=0).fit(ids, [0, 1] * 8).net
    table = np.asarray(net.layers[1].embeddings)
    assert (net.layers[1](ids[:2, :1]).numpy().ravel() == table[[2**25, 2**25 + 1], 0]).all()
