"""What is read off a net: inputs, outputs, the last activation, its configuration."""

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap._data import LONE, Rows
from keraswrap._engine import model_io
from keraswrap._engine.net_outputs import NetOutputs, describe_outputs

ROWS = Rows({LONE: np.ones((5, 3), "float32")})
SAMPLE = ROWS.arrays[LONE]


class Subclassed(keras.Model):
    def __init__(self, activation):
        super().__init__()
        self.dense = layers.Dense(2, activation=activation)

    def call(self, rows):
        return self.dense(rows)


def functional(*after):
    inputs = keras.Input((3,), name="rows")
    outputs = inputs
    for layer in after:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


@pytest.mark.parametrize(
    ("net", "activation"),
    [
        (functional(layers.Dense(2, activation="softmax")), "softmax"),
        (functional(layers.Dense(2), layers.Softmax()), "softmax"),
        (functional(layers.Dense(2, activation="sigmoid"), layers.Dropout(0.5)), "sigmoid"),
        (functional(functional(layers.Dense(2, activation="relu"))), "relu"),
        (Subclassed("softmax"), "softmax"),
        (Subclassed("linear"), None),
    ],
)
def test_the_last_activation(net, activation):
    outputs = describe_outputs(net, SAMPLE)
    assert outputs == NetOutputs.lone((net.count_params() and 2,))
    assert model_io.last_activation(net, SAMPLE, outputs) == activation


def test_inputs_go_by_their_names():
    specs, as_dict = model_io.input_specs(functional(layers.Dense(2)), ROWS)
    assert [(spec.name, spec.shape, spec.dtype) for spec in specs] == [("rows", (3,), "float32")]
    assert not as_dict
    assert model_io.input_specs(Subclassed("relu"), ROWS)[0][0].name == LONE


class Plain(keras.optimizers.schedules.LearningRateSchedule):
    """Has no configuration."""

    def __call__(self, step):
        return 0.1


def test_a_configuration_does_without_that_of_a_schedule():
    net = functional(layers.Dense(2))
    before = model_io.net_config(net)
    net.compile(keras.optimizers.SGD(Plain()), "mse")
    assert model_io.net_config(net) == before
    assert net.compiled
    net.fit(SAMPLE, np.ones((5, 2)), verbose=0)
