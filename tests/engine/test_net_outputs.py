"""Outputs of nets: by the names that Keras knows them by, in the net's own form."""

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap._engine.net_outputs import NetOutputs, describe_outputs
from keraswrap.exceptions import BuildError

X = np.ones((5, 3), "float32")


def functional(form):
    inputs = keras.Input((3,))
    topic, stars = layers.Dense(4, name="topic")(inputs), layers.Dense(1, name="stars")(inputs)
    return keras.Model(inputs, {"dict": {"b": topic, "a": stars}, "list": [topic, stars]}[form])


class Subclassed(keras.Model):
    def __init__(self, form):
        super().__init__()
        self.form, self.topic, self.stars = form, layers.Dense(4), layers.Dense(1)

    def call(self, x):
        topic, stars = self.topic(x), self.stars(x)
        return {"topic": topic, "stars": stars} if self.form == "dict" else [topic, stars]


@pytest.mark.parametrize(
    ("net", "names", "form"),
    [
        (functional("dict"), ["b", "a"], "dict"),
        (functional("list"), ["topic", "stars"], "list"),
        (Subclassed("dict"), ["topic", "stars"], "dict"),
    ],
)
def test_arrays_go_by_name_and_back(net, names, form):
    outputs = describe_outputs(net, X)
    assert outputs == NetOutputs(dict(zip(names, [(4,), (1,)], strict=True)), form)
    raw = net.predict(X, verbose=0)
    named = outputs.unpack(raw)
    assert {name: array.shape for name, array in named.items()} == dict(
        zip(names, [(5, 4), (5, 1)], strict=True)
    )
    packed = outputs.pack(named)
    keras.tree.map_structure(
        np.testing.assert_array_equal,
        list(keras.tree.flatten(packed)),
        list(keras.tree.flatten(raw)),
    )
    np.testing.assert_array_equal(outputs.pick(raw, names[1]), named[names[1]])


def test_one_output_has_no_name():
    net = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    outputs = describe_outputs(net, X)
    assert outputs == NetOutputs.lone((2,))
    assert outputs.pack(X) is X
    assert outputs.names is None


class Nested(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return {"a": {"b": self.dense(x)}}


def same_layer_twice():
    inputs, dense = keras.Input((3,)), layers.Dense(2)
    return keras.Model(inputs, [dense(inputs), dense(layers.Dense(3)(inputs))])


@pytest.mark.parametrize(
    ("net", "match"),
    [
        (Subclassed("list"), r"outputs have names, got \[\(5, 4\), \(5, 1\)\].*Return a dict"),
        (same_layer_twice(), "outputs have names"),
        (Nested(), "outputs are a dict of tensors"),
    ],
)
def test_outputs_without_names_are_refused(net, match):
    with pytest.raises(BuildError, match=match):
        describe_outputs(net, X)
