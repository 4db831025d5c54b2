"""Losses and metrics are built before a step is traced, so that it is traced once."""

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap import KerasWrapperModel

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
CLASS = (X[:, 0] > 0).astype(int)
HEADS = {"sign": CLASS, "size": X[:, 1]}


class Counting(keras.Model):
    traced = 0

    def train_step(self, data):
        Counting.traced += 1
        return super().train_step(data)


def build(meta):
    inputs = keras.Input((4,))
    hidden = layers.Dense(5, activation="relu")(inputs)
    units = meta["n_units_"]
    if not isinstance(units, dict):
        return Counting(inputs, layers.Dense(units)(hidden))
    return Counting(inputs, {name: layers.Dense(n, name=name)(hidden) for name, n in units.items()})


class Own(keras.Model):
    """A net whose outputs are not known before it is called."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)


def fit(build, y, **settings):
    Counting.traced = 0
    made = {"optimizer": "adam", **settings}
    estimator = KerasWrapperModel(build, None, made, {"epochs": 2}, random_state=0).fit(X, y)
    return estimator.history_


@pytest.mark.parametrize(
    ("y", "settings", "names"),
    [
        (CLASS, {}, {"loss"}),
        (CLASS, {"metrics": ["accuracy", "auc"]}, {"loss", "accuracy", "auc"}),
        (CLASS, {"weighted_metrics": ["accuracy"]}, {"loss", "accuracy"}),
        (HEADS, {"metrics": {"sign": ["accuracy"]}},
         {"loss", "sign_loss", "size_loss", "sign_accuracy"}),
    ],
)  # fmt: skip
def test_a_step_is_traced_once(y, settings, names):
    history = fit(build, y, **settings)
    assert (Counting.traced, set(history)) == (1, names)


def test_a_net_of_its_own_class_trains_as_before():
    assert set(fit(lambda meta: Own(), CLASS, metrics=["accuracy"])) == {"loss", "accuracy"}


def test_what_cannot_be_built_is_told_by_keras():
    with pytest.raises(Exception, match="nonesuch"):
        fit(build, CLASS, metrics=["nonesuch"])
