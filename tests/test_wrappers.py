"""What the wrappers promise of a fit: afresh, reproducible, and without side effects."""

import random

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from nets import (
    LEARNS,
    QUICK,
    classifier,
    groups,
    output_layer,
    text_layers,
    two_inputs,
)
from scipy import sparse
from sklearn.base import clone

from keraswrap import KerasWrapperModel, KerasWrapperSequential

X, INDEX = groups()
NAMES = np.array(["ant", "bee", "cat"])
Y = NAMES[INDEX]


@pytest.fixture(scope="module")
def fitted():
    return KerasWrapperModel(classifier, {"dropout": 0.3}, **QUICK).fit(X, Y)


def proba(estimator):
    return estimator.fit(X, Y).predict_proba(X)


# -- afresh, and reproducible ------------------------------------------------


def test_the_same_seed_gives_the_same_bits(fitted):
    assert (proba(clone(fitted)) == fitted.predict_proba(X)).all()
    assert (proba(clone(fitted).set_params(random_state=1)) != fitted.predict_proba(X)).any()


def test_a_second_fit_starts_afresh(fitted):
    again = clone(fitted).fit(X[:30], Y[:30])
    assert (proba(again) == fitted.predict_proba(X)).all()


def test_without_a_seed_the_drawn_one_repeats_the_fit():
    first = KerasWrapperModel(classifier, params={"epochs": 1}).fit(X, Y)
    second = clone(first).set_params(random_state=first.seed_)
    assert (proba(second) == first.predict_proba(X)).all()


def test_a_fit_equals_bare_keras(fitted):
    # The reference: the same seeds, the same rows in the same order, Keras by itself.
    bare = clone(fitted).set_params(shuffle=False, model__dropout=0.0).fit(X, Y)
    keras.utils.set_random_seed(0)
    net = classifier({"n_features_in_": 4, "n_classes_": 3})
    net.compile("rmsprop", "sparse_categorical_crossentropy", jit_compile=False)
    history = net.fit(X, INDEX, epochs=2, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_allclose(bare.predict_proba(X), net.predict(X, verbose=0), atol=1e-6)
    np.testing.assert_allclose(bare.history_["loss"], history.history["loss"], rtol=1e-5)


def draws():
    import tensorflow as tf

    seeds = keras.random.uniform((2,)), tf.random.uniform((2,))
    return [random.random(), *np.random.random(2), *(float(v) for s in seeds for v in s)]


@pytest.mark.parametrize("first", [False, True], ids=["used", "unused"])
def test_global_generators_are_left_as_found(fitted, first):
    keras.utils.set_random_seed(5)
    if not first:
        draws()
    expected = draws()
    keras.utils.set_random_seed(5)
    if not first:
        draws()
    clone(fitted).fit(X, Y).predict(X)
    assert draws() == expected


# -- without side effects ------------------------------------------------------


class Recorder(keras.callbacks.Callback):
    seen = None

    def on_epoch_end(self, epoch, logs=None):
        self.seen = epoch


def test_a_fit_changes_no_argument():
    optimizer, loss = keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy()
    metric, recorder = keras.metrics.SparseCategoricalAccuracy(), Recorder()
    compiled = {"optimizer": optimizer, "loss": loss, "metrics": [metric]}
    params = {"epochs": 1, "callbacks": [recorder]}
    pair = [KerasWrapperModel(classifier, {"units": 4}, compiled, params) for _ in range(2)]
    for estimator in [*pair, pair[0]]:
        estimator.fit(X, Y)
    assert compiled == {"optimizer": optimizer, "loss": loss, "metrics": [metric]}
    assert params == {"epochs": 1, "callbacks": [recorder]}
    assert not optimizer.built
    assert recorder.seen is None


def test_preprocessing_layers_learn_from_the_training_rows():
    layer = layers.Normalization()
    estimator = KerasWrapperSequential([layer, output_layer], **QUICK).fit(X, Y)
    np.testing.assert_allclose(np.ravel(estimator.net.layers[0].mean), X.mean(0), rtol=1e-4)
    assert not layer.built


# -- labels and probabilities ----------------------------------------------------


# -- inputs ------------------------------------------------------------------------

FORMS = {
    "list": lambda: X.tolist(),
    "frame": lambda: pd.DataFrame(X, columns=list("abcd")),
    "float64": lambda: X.astype("float64"),
    "objects": lambda: X.astype(object),
    "csr": lambda: sparse.csr_matrix(X),
    "coo array": lambda: sparse.coo_array(X),
    "fortran": lambda: np.asfortranarray(X),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_rows_gives_the_same_net(fitted, form):
    found = clone(fitted).fit(FORMS[form](), list(Y)).predict_proba(FORMS[form]())
    np.testing.assert_allclose(found, fitted.predict_proba(X), atol=1e-6)


TEXTS = ["good stuff", "bad stuff", "really good", "very bad"] * 10
MOODS = ["glad", "sad"] * 20


@pytest.mark.parametrize("form", [list, np.array, pd.Series, pd.DataFrame])
def test_raw_texts_reach_a_net_that_vectorizes(form):
    estimator = KerasWrapperSequential(text_layers(), **LEARNS).fit(form(TEXTS), MOODS)
    assert estimator.score(form(TEXTS), MOODS) == 1.0
    assert "good" in estimator.net.layers[0].get_vocabulary()


@pytest.mark.parametrize("form", [dict, pd.DataFrame])
def test_nets_with_several_inputs_take_dicts_and_frames(form):
    points, index = groups(60, 2, features=2)
    rows = form({"right": points[:, 0], "left": points[:, 1]})
    estimator = KerasWrapperModel(two_inputs, **LEARNS).fit(rows, index)
    assert estimator.score(rows, index) == 1.0


# -- weights, validation, callbacks ------------------------------------------------------


# -- regression ---------------------------------------------------------------------------
