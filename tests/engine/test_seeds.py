"""Seeds are drawn as if there were no other threads."""

import random
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from keraswrap import KerasWrapperModel
from keraswrap._engine.seeds import reproducible


def default_seed():
    return keras.initializers.RandomNormal().seed


def elsewhere(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("disturb", [random.random, default_seed])
def test_other_threads_change_no_seed(disturb):
    found = []
    for between in (list, disturb):
        with reproducible(7, strict=False):
            first = default_seed()
            elsewhere(between)
            found.append((first, default_seed()))
    assert found[0] == found[1]


def test_every_generator_is_as_before():
    random.seed(0)
    expected = random.random(), default_seed()
    random.seed(0)
    with reproducible(7, strict=False):
        default_seed()
        with reproducible(8, strict=False):
            inner = default_seed(), random.random()
    with reproducible(8, strict=False):
        assert (default_seed(), random.random()) == inner
    assert (random.random(), default_seed()) == expected


def drawing():
    inputs = keras.Input((3,))
    start = tf.random.normal((3, 2)).numpy()  # an operation with a state of its own
    layer = keras.layers.Dense(2, kernel_initializer=lambda shape, dtype: start)
    return keras.Model(inputs, layer(inputs))


@pytest.mark.parametrize("between", [[], [5]])
def test_draws_of_tensorflow_s_own_are_reproducible(between):
    def outputs(seed):
        clf = KerasWrapperModel(drawing, random_state=seed)
        return clf.fit(np.eye(3), [0, 1, 0]).predict_proba(np.eye(3)).tolist()

    first = outputs(0)
    assert [outputs(seed) for seed in between] != [first]
    assert outputs(0) == first
    assert outputs(1) != first


def test_an_eager_fit_is_reproducible():
    class Noise(keras.layers.Layer):
        def call(self, x):
            return x + tf.random.normal(tf.shape(x))

    def build():
        inputs = keras.Input((3,))
        return keras.Model(inputs, keras.layers.Dense(2)(Noise()(inputs)))

    def history():
        clf = KerasWrapperModel(build, {}, {"run_eagerly": True}, random_state=0)
        return clf.fit(np.eye(3), [0, 1, 0]).history_

    assert history() == history()
