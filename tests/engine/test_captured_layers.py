"""Layers that a build function did not make: trained, they would outlive each fit."""

import keras
import numpy as np
import pytest
from keras import layers
from nets import QUICK, groups

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import BuildError

X, Y = groups()


def proba(estimator):
    return estimator.fit(X, Y).predict_proba(X)


HIDDEN = layers.Dense(4, activation="relu")


def reads_a_global(meta):
    return keras.Sequential([keras.Input((X.shape[1],)), HIDDEN, layers.Dense(3)])


def calls_what_reads_a_global(meta):
    return reads_a_global(meta)


def is_given(hidden, meta):
    return keras.Sequential([keras.Input((X.shape[1],)), *hidden, layers.Dense(3)])


class HasIt:
    def __init__(self):
        self.hidden = layers.Dense(4)

    def __call__(self, meta):
        return keras.Sequential([keras.Input((X.shape[1],)), self.hidden, layers.Dense(3)])


def reads_what_is_around_it():
    around = {"hidden": keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(4)])}
    return lambda meta: keras.Sequential([around["hidden"], layers.Dense(3)])


@pytest.mark.parametrize(
    ("build", "kwargs"),
    [
        (reads_a_global, None),
        (calls_what_reads_a_global, None),
        (is_given, {"hidden": [layers.Dense(4)]}),
        (reads_what_is_around_it(), None),
        (HasIt(), None),
    ],
)
def test_a_layer_from_outside_that_is_trained_is_refused(build, kwargs):
    with pytest.raises(BuildError, match=r"to make the layers that it trains, got .* from outside"):
        KerasWrapperModel(build, kwargs, **QUICK).fit(X, Y)


def test_what_stays_as_it_is_may_come_from_outside():
    scale = layers.Normalization()
    scale.adapt(X)
    base = keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(8, activation="relu")])
    base.trainable = False
    kept = [np.array(w) for w in base.get_weights()]

    def build(meta):
        inputs = keras.Input((X.shape[1],))
        return keras.Model(inputs, layers.Dense(3)(base(scale(inputs))))

    assert (
        proba(KerasWrapperModel(build, **QUICK)) == proba(KerasWrapperModel(build, **QUICK))
    ).all()
    for before, after in zip(kept, base.get_weights(), strict=True):
        np.testing.assert_array_equal(before, np.array(after))
