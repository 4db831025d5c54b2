"""Code of the user's own in a net, and the names that it reads."""

import keras
import pytest
from keras import layers

from keraswrap._engine.user_code import describe_code, names_in, own_code

SCALE = 2.0


def doubled(rows):
    return SCALE * keras.ops.abs(rows)


class Own(keras.layers.Layer):
    def call(self, rows):
        return [doubled(each) for each in rows]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (doubled, {"SCALE", "keras", "ops", "abs"}),
        (Own, {"doubled"}),
        (lambda rows: (lambda each: hidden(each))(rows), {"hidden"}),  # noqa: F821
        (keras.layers.Dense, set()),
    ],
)
def test_names_that_code_reads(code, names):
    assert set(names_in(code)) == names


def test_own_code_is_told_from_kerass(monkeypatch):
    inputs = keras.Input((3,))
    net = keras.Model(inputs, layers.Dense(2)(layers.Dense(2, activation=doubled)(inputs)))
    net.compile("adam", "mse")
    assert own_code(net) == [doubled]
    before = describe_code(own_code(net))
    monkeypatch.setitem(doubled.__globals__, "SCALE", 3.0)
    assert describe_code(own_code(net)) != before
