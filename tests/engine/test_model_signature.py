"""Two nets have one signature if they compute the same from the same state, and only then."""

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap._engine.layer_names import numbered_anew
from keraswrap._engine.model_signature import signature_of


class Own(layers.Dense):
    def call(self, rows):
        return 2 * super().call(rows)


@numbered_anew()
def net(units=4, activation="relu", name=None, optimizer="adam", layer=layers.Dense):
    inputs = keras.Input((3,))
    hidden = layer(units, activation=activation, name=name)(inputs)
    made = keras.Model(inputs, layers.Dense(2)(hidden))
    made.compile(optimizer, "mse")
    made.optimizer.build(made.trainable_variables)
    return made


@pytest.mark.parametrize("same", [{}, {"optimizer": keras.optimizers.Adam(0.5)}])
def test_the_learning_rate_is_not_part_of_it(same):
    found = signature_of(net(**same), "mse")
    assert found is not None
    assert found == signature_of(net(), "mse")


@pytest.mark.parametrize(
    "other",
    [
        {"units": 5},
        {"name": "hidden"},
        {"activation": "tanh"},
        {"activation": lambda x: x},
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.Adam(beta_1=0.5)},
        {"layer": Own},
    ],
)
def test_what_changes_a_result_changes_it(other):
    found = signature_of(net(**other), "mse")
    assert found is not None
    assert found != signature_of(net(), "mse")


def draws(rows):
    return rows * np.random.uniform()


def test_what_cannot_be_known_has_none():
    assert signature_of(net(activation=draws), "mse") is None
    assert signature_of(net(), None) is None


def test_outputs_of_other_names_are_told_apart():
    @numbered_anew()
    def described(*names):
        inputs = keras.Input((3,))
        net = keras.Model(inputs, [keras.layers.Dense(1, name=name)(inputs) for name in names])
        net.compile("sgd", ["mse", "mse"])
        return signature_of(net, "as given")

    assert described("topic", "price") == described("topic", "price")
    assert described("topic", "price") != described("price", "topic")
