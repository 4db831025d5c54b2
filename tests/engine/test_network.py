"""A built net: fed, asked and read, whatever kind of model it is."""

import re

import keras
import numpy as np
import pytest
from keras import layers
from nets import LEARNS, QUICK, classifier, groups
from sklearn.base import clone

from keraswrap import KerasWrapperModel

X, INDEX = groups()
NAMES = np.array(["ant", "bee", "cat"])
Y = NAMES[INDEX]


@pytest.fixture(scope="module")
def fitted():
    return KerasWrapperModel(classifier, {"dropout": 0.3}, **QUICK).fit(X, Y)


def carries_state(meta):
    inputs = keras.Input(batch_shape=(10, X.shape[1], 1))
    hidden = layers.GRU(4, stateful=True)(inputs)
    return keras.Model(inputs, layers.Dense(meta["n_classes_"], activation="softmax")(hidden))


def test_answers_do_not_depend_on_what_a_stateful_layer_saw_before():
    steps, settings = X[:, :, None], {"epochs": 2, "batch_size": 10}
    made = KerasWrapperModel(carries_state, params=settings, random_state=0).fit(steps, Y)
    first = made.predict_proba(steps[:20])
    np.testing.assert_array_equal(made.predict_proba(steps[:20]), first)
    made.net.layers[1].reset_state()
    bare = made.net.predict(steps[:20], batch_size=10, verbose=0)
    np.testing.assert_allclose(first, bare, rtol=1e-6)
    again = clone(made).fit(steps[:10], Y[:10]).fit(steps, Y)
    np.testing.assert_array_equal(again.predict_proba(steps[:20]), first)


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.out = layers.Dense(units, activation="softmax")

    def call(self, inputs):
        return self.out(inputs)


def test_a_subclassed_model_is_asked_what_it_gives():
    estimator = KerasWrapperModel(lambda meta: Subclassed(meta["n_classes_"]), **LEARNS)
    assert estimator.fit(X, Y).score(X, Y) == 1.0
    assert estimator.predict_proba(X).max() > 0.8


def test_arguments_for_predict_alone_reach_it(fitted, capsys):
    estimator = clone(fitted).set_params(predict__verbose=2).fit(X, Y)
    assert not re.search(r"step", capsys.readouterr().out)
    estimator.predict(X)
    assert re.search(r"\d/\d", capsys.readouterr().out)
