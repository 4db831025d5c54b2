"""Weights of one network in another that has one layer more."""

import keras
import numpy as np
import pytest

from keraswrap._data import LONE, Rows
from keraswrap._engine import FromFunction, Network, transfer
from keraswrap._params import predict_arguments
from keraswrap._targets.head import number_head
from keraswrap.exceptions import BuildError

ROWS = Rows({LONE: np.random.default_rng(0).normal(size=(6, 5)).astype("float32")})
KERNEL, BIAS = np.arange(6.0, dtype="float32").reshape(3, 2), np.ones(2, "float32")


def body(units=3):
    inputs = keras.Input((5,))
    dense = keras.layers.Dense(units, "tanh")(inputs)
    return keras.Model(inputs, keras.layers.Dropout(0.5)(dense))


def whole(units=3):
    below = body(units)
    return keras.Model(below.input, keras.layers.Dense(2)(below.output))


def network(build, seed, **arguments):
    made = Network(FromFunction(build, arguments), {}, ROWS, seed)
    made.compile({"optimizer": "sgd", "loss": "mse"}, number_head(made.width))
    return made


def test_the_other_computes_on_what_the_first_does():
    source, target = network(body, 0), network(whole, 1)
    transfer(source, target, [KERNEL, BIAS])
    vectors, scores = (each.outputs(ROWS, predict_arguments({})) for each in (source, target))
    np.testing.assert_allclose(scores, vectors @ KERNEL + BIAS, rtol=1e-5)


def test_another_shape_is_refused_before_anything_changes():
    source, target = network(body, 0, units=4), network(whole, 1)
    before = target.state.variables
    with pytest.raises(BuildError, match=r"Expected a net with the 3 variables of another and 2"):
        transfer(source, target, [KERNEL, BIAS])
    for old, new in zip(before, target.state.variables, strict=True):
        np.testing.assert_array_equal(old, new)
