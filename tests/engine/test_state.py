"""All that training changes in a net, as arrays and back."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keraswrap._engine.state import freeze, get_state, set_state
from keraswrap.exceptions import SavedFileError

TEXTS = np.array(["good item", "bad item", "good thing here"])
NUMBERS = np.arange(9.0)[:, None]
ADAPTABLE = {
    "tf_idf": (lambda: layers.TextVectorization(output_mode="tf_idf"), TEXTS),
    "padded": (
        lambda: layers.TextVectorization(9, output_mode="tf_idf", pad_to_max_tokens=True),
        TEXTS,
    ),
    "words": (lambda: layers.StringLookup(output_mode="count"), TEXTS[:, None]),
    "bins": (lambda: layers.Discretization(num_bins=3), NUMBERS),
    "scale": (layers.Normalization, NUMBERS),
}


@pytest.mark.parametrize("name", ADAPTABLE)
def test_what_a_layer_learned_comes_back_to_the_bit(name):
    make, rows = ADAPTABLE[name]
    texts = rows is not NUMBERS
    nets = []
    for seen in (rows, rows[::2]):
        layer, inputs = make(), keras.Input((1,), dtype="string" if texts else "float32")
        layer.adapt(rows if texts else seen)
        nets.append(keras.Model(inputs, layer(inputs)))
    set_state(nets[1], get_state(nets[0]))
    asked = tf.constant([["good zebra"], ["bad item"]] if texts else NUMBERS / 3)
    np.testing.assert_array_equal(*(net.predict(asked, verbose=0) for net in nets))


def dense(units=2):
    net = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(units)])
    net.compile("adam", "mse")
    return net


def test_training_goes_on_where_it_was():
    rows, targets = np.eye(3, dtype="float32"), np.ones((3, 2))
    first, second = dense(), dense()
    first.layers[0].trainable = False
    first.compile("adam", "mse")
    first.fit(rows, targets, epochs=3, verbose=0)
    state = get_state(first)
    freeze(second, state)
    second.compile("adam", "mse")
    second.optimizer.build(second.trainable_variables)
    set_state(second, state)
    for net in (first, second):
        net.fit(rows, targets, epochs=2, verbose=0, shuffle=False)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_state_of_another_net_is_refused():
    with pytest.raises(SavedFileError, match="has variables of shapes"):
        set_state(dense(), get_state(dense(units=3)))
