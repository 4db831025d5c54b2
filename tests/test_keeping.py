"""One traced net for many fits: the same numbers, and never another's net."""

import contextlib

import keras
import numpy as np
import pytest

from keraswrap import KerasWrapperModel
from keraswrap._engine import keep_nets
from keraswrap._engine.keeping import describe

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)).astype("float32")
y = (X[:, 0] > 0).astype(int)


def build(units=8, activation="relu"):
    inputs = keras.Input((4,))
    hidden = keras.layers.Dropout(0.2)(keras.layers.Dense(units, activation=activation)(inputs))
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(hidden))


def fit(seed=0, learning_rate=0.01, **kwargs):
    compile_kwargs = {"optimizer": "adam", "optimizer__learning_rate": learning_rate}
    clf = KerasWrapperModel(build, kwargs, compile_kwargs, {"epochs": 2}, random_state=seed)
    return clf.fit(X, y)


def outcome(clf):
    return clf.predict_proba(X).tolist(), clf.history_


def net_after(first, second):
    """Whether a second fit trains the net of a first one that is gone."""
    with keep_nets():
        kept = id(fit(**first).net)
        return id(fit(**second).net) == kept


@pytest.mark.parametrize("seed", [0, 1])
def test_a_kept_net_gives_the_same_bits_as_a_fresh_one(seed):
    fresh = outcome(fit(seed))
    with keep_nets():
        fit(7)
        clf = fit(seed)
        assert outcome(clf) == fresh


def test_the_next_fit_of_the_same_make_trains_the_same_net():
    assert net_after({}, {"seed": 1})


@pytest.mark.parametrize(
    "change", [{"units": 9}, {"activation": "tanh"}, {"learning_rate": 0.02}], ids=str
)
def test_another_make_gets_a_net_of_its_own(change):
    assert not net_after({}, change)


def test_a_net_whose_estimator_lives_is_left_alone():
    with keep_nets():
        first = fit(0)
        before = outcome(first)
        second = fit(1)
        assert second.net is not first.net
        assert outcome(first) == before


def test_outside_the_block_nothing_is_kept():
    with contextlib.suppress(ValueError), keep_nets():
        fit(0)
        raise ValueError
    before = fit(0).net
    assert fit(0).net is not before


def test_nets_with_code_or_tables_of_their_own_are_not_kept():
    inputs = keras.Input((4,))
    code = keras.Model(inputs, keras.layers.Lambda(lambda x: 2 * x)(inputs))
    table = keras.Model(inputs, keras.layers.Normalization()(inputs))
    for net in (code, table):
        net.compile(loss="mse")
        assert describe(net) is None


def test_a_loss_of_the_users_own_is_not_taken_for_another():
    def losses(scale):
        return lambda target, output: scale * keras.ops.mean((target - output) ** 2, axis=-1)

    marks = []
    for scale in (1.0, 2.0):
        net = build()
        net.compile(loss=losses(scale))
        marks.append(describe(net))
    assert marks[0] is None or marks[0] != marks[1]


def test_wiring_is_told_apart():
    def wired(order):
        inputs = keras.Input((4,))
        layers = [keras.layers.Dense(4), keras.layers.Activation("relu")]
        x = inputs
        for k in order:
            x = layers[k](x)
        net = keras.Model(inputs, x)
        net.compile(loss="mse")
        return describe(net)

    assert wired((0, 1)) == wired((0, 1)) != wired((1, 0))
