"""The layers and activations that nets may hold: against numpy in float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from keraswrap.layers import OrderedLogits, gelu

x = np.linspace(-6, 6, 1001)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 2e-14)])
def test_gelu_is_exact(dtype, tolerance):
    found = gelu(tf.constant(x, dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, x * norm.cdf(x), rtol=0, atol=tolerance)


def test_gelu_in_bfloat16_errs_by_one_rounding():
    given = tf.cast(x, "bfloat16")
    exact = tf.cast(given, "float64").numpy()
    found = tf.cast(gelu(given), "float64").numpy()
    assert gelu(given).dtype == "bfloat16"
    np.testing.assert_allclose(found, exact * norm.cdf(exact), rtol=2**-8, atol=1e-6)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("bfloat16", 2**-8)])
def test_the_gradient_of_gelu_is_that_of_the_formula(dtype, tolerance):
    given = tf.cast(x, dtype)
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = gelu(given)
    slope = tf.cast(tape.gradient(total, given), "float64").numpy()
    exact = tf.cast(given, "float64").numpy()
    expected = norm.cdf(exact) + exact * norm.pdf(exact)
    np.testing.assert_allclose(slope, expected, rtol=tolerance, atol=1e-6)


def test_a_net_that_holds_gelu_is_made_again_from_its_configuration():
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation=gelu)])
    again = keras.models.model_from_json(net.to_json())
    assert again.layers[-1].activation is gelu


def test_the_layer_begins_with_classes_as_likely():
    made = OrderedLogits(4)
    higher = 1 / (1 + np.exp(-np.asarray(made(np.zeros((1, 5))))))
    np.testing.assert_allclose(higher, [[0.75, 0.5, 0.25]], rtol=1e-6)
    assert OrderedLogits.from_config(made.get_config()).n_classes == 4
    with pytest.raises(ValueError, match="n_classes of at least 2, got 1"):
        OrderedLogits(1)
