"""The precision of nets: when it is chosen, where it holds, and what it leaves alone."""

import contextlib

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap._engine import device, precision
from keraswrap.exceptions import ParameterError


def dense(**kwargs):
    inputs = keras.Input((4,))
    hidden = layers.Dense(8, **kwargs)(inputs)
    return keras.Model(inputs, layers.Activation("softmax")(layers.Dense(2)(hidden)))


def transformer(width=512, block=layers.MultiHeadAttention):
    inputs = keras.Input((3, width))
    states = block(2, width // 2)(inputs, inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(states)))


class Mine(layers.MultiHeadAttention):
    """A layer of the user's own."""


@pytest.fixture
def quick_in_bfloat16(monkeypatch):
    seconds = {"float32": 1.0, "mixed_bfloat16": 0.5}
    monkeypatch.setattr(precision, "timings", lambda: seconds)
    monkeypatch.delenv("KERASWRAP_PRECISION", raising=False)


def build(make, name="auto"):
    return precision.build(make, name, contextlib.nullcontext)


def test_the_policy_holds_while_the_net_is_built_and_no_longer():
    net, kept = build(dense, "mixed_bfloat16")
    assert keras.config.dtype_policy().name == "float32"
    assert kept == precision.precision_of(net) == "mixed_bfloat16"
    assert precision.precision_of(precision.rebuild(dense, kept)) == "mixed_bfloat16"


def test_the_policy_is_put_back_where_the_build_function_fails():
    with pytest.raises(ZeroDivisionError, match="zero"):
        build(lambda: 1 / 0, "bfloat16")
    assert keras.config.dtype_policy().name == "float32"


def test_a_dtype_of_the_build_function_s_own_wins():
    net, _ = build(lambda: dense(dtype="float64"), "mixed_bfloat16")
    assert [layer.dtype_policy.name for layer in net.layers[1:3]] == ["float64", "float32"]


def test_outputs_are_computed_in_float32():
    net, _ = build(dense, "mixed_bfloat16")
    outputs = np.asarray(net(np.ones((1, 4), "float32")))
    assert outputs.dtype == "float32"
    assert [layer.compute_dtype for layer in net.layers[1:]] == ["bfloat16", "float32", "float32"]
    assert abs(outputs.sum() - 1) < 1e-6


def test_a_large_transformer_gets_what_is_quicker(quick_in_bfloat16):
    net, kept = build(transformer)
    assert kept == precision.precision_of(net) == "mixed_bfloat16"


@pytest.mark.parametrize(
    "make",
    [
        lambda: transformer(width=64),
        lambda: transformer(block=Mine),
        lambda: keras.Sequential([keras.Input((1000,)), layers.Dense(1001)]),
    ],
    ids=["small", "with code of the user's own", "no transformer"],
)
def test_other_nets_stay_in_float32_and_nothing_is_measured(make, monkeypatch):
    monkeypatch.setattr(precision, "timings", None)
    monkeypatch.delenv("KERASWRAP_PRECISION", raising=False)
    net, kept = build(make)
    assert kept is None
    assert precision.precision_of(net) == "float32"
    assert precision.auto_jit(net) is False


def test_a_policy_that_the_user_set_for_keras_stays(quick_in_bfloat16):
    keras.config.set_dtype_policy("float64")
    try:
        net, kept = build(transformer)
    finally:
        keras.config.set_dtype_policy("float32")
    assert (precision.precision_of(net), kept) == ("float64", None)


def test_a_net_that_only_float32_suits_stays_in_it(quick_in_bfloat16):
    def stubborn():
        if keras.config.dtype_policy().name != "float32":
            raise TypeError("float32 alone")
        return transformer()

    assert build(stubborn)[1] is None


def test_the_environment_goes_before_a_measurement(monkeypatch):
    monkeypatch.setattr(precision, "timings", None)
    monkeypatch.setenv("KERASWRAP_PRECISION", "bfloat16")
    assert precision.auto_precision(precision.LARGE) == "bfloat16"
    assert precision.auto_precision(precision.LARGE - 1) == "float32"
    monkeypatch.setenv("KERASWRAP_PRECISION", "half")
    with pytest.raises(ParameterError, match="KERASWRAP_PRECISION to be one of 'auto', 'float32'"):
        precision.auto_precision(precision.LARGE)


def test_xla_is_taken_where_it_was_measured_to_be_quicker(monkeypatch):
    monkeypatch.delenv("KERASWRAP_PRECISION", raising=False)
    monkeypatch.setattr(precision, "timings", lambda: {"float32": 2.0, "float32 jit": 1.0})
    assert precision.auto_jit(transformer()) is not bool(device.gpus())


@pytest.mark.parametrize("wrong", ["half", "mixed_int8", "", 16, None])
def test_a_wrong_precision_is_refused(wrong):
    with pytest.raises(ParameterError, match="Expected precision to be one of 'auto', 'float32'"):
        precision.check_precision(wrong)


def test_layers_made_before_take_the_policy_where_they_name_none():
    config = layers.Bidirectional(layers.LSTM(2)).get_config()
    named = layers.Dense(2, dtype="float64").get_config()
    with precision.policy("mixed_bfloat16"):
        again = layers.Bidirectional.from_config(precision.in_policy(config))
        assert precision.in_policy(named) == named
    assert again.forward_layer.dtype_policy.name == "mixed_bfloat16"
    assert precision.in_policy(config) == config
