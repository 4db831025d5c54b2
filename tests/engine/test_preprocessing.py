"""Preprocessing layers learn from a file what they would from an array."""

import keras
import numpy as np
import pytest

from keraswrap._data import LONE, Feed, Rows
from keraswrap._engine import preprocessing
from keraswrap.data import row_view

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 2, 3)).astype("float32") * [1, 10, 1e-3] + [0, 1000, 5]
WORDS = np.array(["a", "b", "bb", "c d", "d a b", "é"], dtype=object)
TEXTS = WORDS[RNG.integers(0, 6, 300)]
WHOLE = RNG.integers(0, 9, (300, 2))


class Own(keras.layers.Layer):
    """A layer of the user's own, which takes an array."""

    def adapt(self, array):
        self.rows = array.shape


def learned(layer, values, folder=None):
    """Give a layer that learned from an array, or from a file in a folder."""
    rows = Rows({LONE: values})
    if folder is not None:
        rows = row_view(iter([values]), batched=True, folder=folder).X.rows
    preprocessing.adapt(
        layer, Feed(LONE, "string" if values.dtype == "O" else str(values.dtype)), rows
    )
    return layer


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(preprocessing, "_WHOLE", 0)
    monkeypatch.setattr(preprocessing, "_CHUNK", 7)


@pytest.mark.parametrize(
    ("axis", "over"), [(-1, (0, 1)), (1, (0, 2)), ((1, 2), 0), (None, (0, 1, 2))]
)
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_mean_and_variance(axis, over, precision, tmp_path):
    layer = learned(keras.layers.Normalization(axis, dtype=precision), X, tmp_path)
    exact = X.astype("float64")
    mean, variance = exact.mean(over).ravel(), exact.var(over).ravel()
    errors = (np.ravel(layer.adapt_mean) - mean) / np.sqrt(variance)
    np.testing.assert_allclose(errors, 0, atol=1e-4)
    np.testing.assert_allclose(np.ravel(layer.adapt_variance), variance, rtol=1e-5)


def test_few_numbers_are_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(preprocessing, "_WHOLE", X.nbytes)
    layers = [learned(keras.layers.Normalization(), X, folder) for folder in (None, tmp_path)]
    np.testing.assert_array_equal(layers[0].adapt_mean, layers[1].adapt_mean)
    np.testing.assert_array_equal(layers[0].adapt_variance, layers[1].adapt_variance)


@pytest.mark.parametrize("mode", ["int", "multi_hot", "tf_idf"])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_words(mode, shape, tmp_path):
    texts = TEXTS.reshape(-1, *shape)
    made = [
        learned(keras.layers.TextVectorization(6, output_mode=mode), texts, folder)
        for folder in (None, tmp_path)
    ]
    assert made[0].get_vocabulary() == made[1].get_vocabulary()
    outputs = [np.asarray(layer(keras.ops.convert_to_tensor(WORDS))) for layer in made]
    np.testing.assert_array_equal(*outputs)


def test_whole_numbers(tmp_path):
    layers = [learned(keras.layers.IntegerLookup(), WHOLE, folder) for folder in (None, tmp_path)]
    assert layers[0].get_vocabulary() == layers[1].get_vocabulary()


def test_quantiles(tmp_path):
    layer = learned(keras.layers.Discretization(num_bins=4), X[:, 0, :1], tmp_path)
    expected = np.quantile(X[:, 0, 0], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(layer.bin_boundaries, expected, atol=0.1)


def test_a_layer_of_the_users_own_gets_an_array(tmp_path):
    assert learned(Own(), X, tmp_path).rows == (300, 2, 3)
