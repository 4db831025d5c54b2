"""Which fits must train alone, and why."""

import re

import keras
import nets
import numpy as np
import pytest
from keras import layers
from scipy import sparse

from keraswrap import KerasWrapperModel
from keraswrap._engine.stacks._why_alone import why_alone, why_net_alone
from keraswrap._estimator import Call

X, Y = nets.groups(30)


class Own(keras.callbacks.Callback):
    pass


class OwnLayer(layers.Layer):
    def call(self, inputs):
        return inputs


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class OwnModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs):
        return self.dense(inputs)


def prepare(model=nets.classifier, X=X, compiled=None, call=None, **params):
    clf = KerasWrapperModel(model, None, compiled, {"epochs": 1, **params}, random_state=0)
    return clf._prepare(X, Y, None, call or Call())


def test_a_plain_fit_need_not():
    assert prepare().why_alone() is None
    assert prepare(X=sparse.csr_matrix(X)).why_alone() is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"verbose": 2}, "verbose is set"),
        ({"steps_per_epoch": 1}, "steps_per_epoch is set"),
        ({"validation_freq": 2}, "validation_freq is set"),
        ({"callbacks": [Own()]}, r"a callback \(Own\) may look"),
        ({"callbacks": keras.callbacks.TerminateOnNaN}, r"a callback \(TerminateOnNaN\) may look"),
        ({"compiled": {"run_eagerly": True}}, "eagerly"),
        ({"compiled": {"jit_compile": True}}, "XLA"),
        ({"call": Call(train=False)}, "goes on"),
    ],
)
def test_a_fit_is_called_in_a_way_of_its_own(settings, reason):
    assert re.search(reason, prepare(**settings).why_alone())


def test_a_fit_that_goes_on_is_alone():
    clf = KerasWrapperModel(nets.classifier, params={"epochs": 1}, random_state=0).fit(X, Y)
    assert "earlier" in clf._prepare(X, Y, None, Call(proceed=True)).why_alone()


def test_other_backends_are_alone(monkeypatch):
    made = prepare()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    parts = made.network, made.data, made.validation, made.arguments
    assert why_alone(*parts) == "the backend is jax"


def net(*hidden, outputs=3, kind=keras.Model, optimizer="adam", dtype="float32", shape=(4,)):
    inputs = keras.Input(shape, dtype="int32" if len(shape) == 2 else dtype)
    last = inputs
    for layer in hidden:
        last = layer(last)
    made = kind(inputs, layers.Dense(outputs, dtype=dtype)(last))
    made.compile(optimizer, "mse")
    return made


def called(model):
    model(np.zeros((2, 4)))
    model.compile("adam", "mse")
    return model


def frozen():
    made = net()
    made.trainable = False
    made.compile("adam", "mse")
    return made


def exempting():
    made = net(optimizer="adamw")
    made.optimizer.exclude_from_weight_decay(var_names=["bias"])
    return made


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: net(kind=OwnStep), "train_step of its own"),
        (lambda: called(OwnModel()), "subclassed"),
        (lambda: net(outputs=60_000), "240,000|300,000"),
        (lambda: net(OwnLayer()), "the user's own"),
        (lambda: net(layers.Embedding(5, 2), layers.Flatten(), shape=(4,)), "embedding"),
        (lambda: net(layers.Dense(2, kernel_constraint="non_neg")), "constraints"),
        (lambda: net(dtype="float64"), "not of float32"),
        (frozen, "all frozen"),
        (lambda: net(optimizer=keras.optimizers.Lamb()), "Lamb"),
        (lambda: net(optimizer=keras.optimizers.SGD(clipnorm=1.0)), "clipnorm"),
        (lambda: net(optimizer=keras.optimizers.SGD(use_ema=True)), "use_ema"),
        (exempting, "exempts"),
    ],
)
def test_a_net_trains_in_a_way_of_its_own(make, reason):
    assert re.search(reason, why_net_alone(make()))


def test_a_plain_net_can_be_trained_with_others():
    made = net(layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.1))
    assert why_net_alone(made) is None
