"""Nets compiled as a fit says, also those with a compile() of their own."""

import keras
import nets
import numpy as np
import pytest

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import ParameterError

X, INDEX = nets.groups(90)
LOSS = "sparse_categorical_crossentropy"


class Own(keras.Model):
    loss_of_own = LOSS

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, activation="softmax", kernel_initializer="ones")

    def call(self, inputs):
        return self.dense(inputs)

    def compile(self, optimizer):
        super().compile(optimizer=optimizer, loss=self.loss_of_own)


class OwnOneHot(Own):
    loss_of_own = "categorical_crossentropy"


class Demanding(Own):
    def compile(self, optimizer, teacher):
        raise AssertionError


@pytest.mark.parametrize("kind", [Own, OwnOneHot])
def test_a_net_may_have_a_compile_of_its_own(kind):
    run = {"epochs": 2, "batch_size": 16, "shuffle": False}
    clf = KerasWrapperModel(kind, None, {"optimizer": "adam"}, run).fit(X, INDEX)
    net = kind()
    net.compile("adam")
    labels = INDEX if kind is Own else np.eye(3)[INDEX]
    history = net.fit(X, labels, verbose=0, **run).history
    np.testing.assert_allclose(clf.history_["loss"], history["loss"], rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "compiled", "match"),
    [
        (Own, {"metrics": ["accuracy"]}, r"Own.compile\(\) has no parameter 'metrics'"),
        (Demanding, {}, r"Demanding.compile\(\) failed: .*teacher.*other parameters defaults"),
    ],
)
def test_what_a_compile_of_ones_own_does_not_take_is_refused(kind, compiled, match):
    with pytest.raises(ParameterError, match=match):
        KerasWrapperModel(kind, None, compiled).fit(X, INDEX)


def test_no_optimizer_is_kerass_default():
    ours, theirs = nets.both({}, {"epochs": 2})
    clf = KerasWrapperModel(nets.fixed, None, {"optimizer": None}, {"epochs": 2, "shuffle": False})
    assert clf.fit(X, INDEX).history_["loss"] == ours["loss"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
