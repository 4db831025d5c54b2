"""Adapt preprocessing layers to rows, which need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import keras
import numpy as np

from keraswrap._data import Feed, LazyColumn, Rows
from keraswrap._engine.batches import native
from keraswrap._engine.model_io import input_name
from keraswrap._engine.state import get_tables

# Layers that keep what they learn in a table, which may decide how wide their output is.
LOOKUPS = (
    keras.layers.TextVectorization,
    keras.layers.StringLookup,
    keras.layers.IntegerLookup,
    keras.layers.Discretization,
)

if TYPE_CHECKING:
    import tensorflow as tf
# Rows and bytes of numbers read at a time.
_CHUNK, _BYTES = 1024, 8 * 2**20
# Up to this many bytes of numbers are read at once, so that a layer learns bit for bit what it
# would from an array.
_WHOLE = 64 * 2**20


class Column(Protocol):
    """What a layer may learn from: the input that rows fill, or values computed from it."""

    @property
    def source(self) -> str:
        """The array that it is read from."""

    @property
    def dtype(self) -> str:
        """Its dtype, by Keras's name."""

    def __call__(self, rows: Rows, index: np.ndarray) -> np.ndarray:
        """Return the values of some rows."""


def adapt_layers(net: keras.Model, rows: Rows, feeds: Mapping[str, Feed]) -> None:
    """Adapt preprocessing layers at the inputs to the training rows.

    Only those that were not adapted already, and only from rows of this fit:
    a vocabulary learned before the split would leak.
    """
    for layer in net.layers:
        source = input_name(net, layer)
        if source in feeds and hasattr(layer, "adapt") and not is_adapted(layer):
            adapt(layer, feeds[source], rows)


def adapt(layer: keras.Layer, feed: Column, rows: Rows) -> None:
    """Adapt a layer to its input: all rows at once, or in parts if they are on disk.

    A vocabulary is the same either way. Mean and variance are equal up to
    rounding, the quantiles of `Discretization` up to its `epsilon`. A layer that
    is not Keras's own gets an array, as it may accept nothing else.

    Parameters
    ----------
    layer : keras.Layer
        With a method ``adapt``.
    feed : callable
        Returns its input for some rows.
    """
    if not _too_large(feed, rows) or not type(layer).__module__.startswith("keras."):
        layer.adapt(native(feed(rows, np.arange(rows.n))))
    elif isinstance(layer, keras.layers.Normalization):
        layer.adapt(_like(_parts(feed, rows)))
    else:
        layer.adapt(_as_dataset(feed, rows))


def _too_large(feed: Column, rows: Rows) -> bool:
    array = rows.arrays[feed.source]
    if not isinstance(array, LazyColumn):
        return False
    return array.is_text or array.size * array.dtype.itemsize > _WHOLE


def _parts(feed: Column, rows: Rows) -> Iterator[np.ndarray]:
    first = feed(rows, np.arange(1))
    size = _CHUNK if first.dtype.kind == "O" else max(1, min(8 * _CHUNK, _BYTES // first.nbytes))
    for start in range(0, rows.n, size):
        yield feed(rows, np.arange(start, min(start + size, rows.n)))


def _like(parts: Iterator[np.ndarray]) -> np.ndarray:
    """Return two rows with the mean and variance of all rows, position by position.

    Keras sums over batches in the net's precision, which may be bfloat16; this
    uses float64 and the update of Chan et al. (1979).
    """
    count, mean, squares = 0, np.zeros(()), np.zeros(())
    for part in parts:
        values = part.astype("float64")
        here, total = len(values), count + len(values)
        step = values.mean(axis=0) - mean
        squares = squares + values.var(axis=0) * here + step**2 * (count * here / total)
        mean, count = mean + step * (here / total), total
    spread = np.sqrt(squares / count)
    return np.stack([mean - spread, mean + spread])


def _as_dataset(feed: Column, rows: Rows) -> tf.data.Dataset:
    """Return the input in batches; a single value becomes a row of one, as with an array."""
    import tensorflow as tf

    first = feed(rows, np.arange(1))
    shape = first.shape[1:] or (1,)
    spec = tf.TensorSpec((None, *shape), tf.string if feed.dtype == "string" else first.dtype)
    return tf.data.Dataset.from_generator(
        lambda: (native(part.reshape(-1, *shape)) for part in _parts(feed, rows)),
        output_signature=spec,
    )


def is_adapted(layer: keras.Layer) -> bool:
    if isinstance(layer, keras.layers.Normalization):
        return layer.input_mean is not None or _moved(layer)
    return bool(get_tables(layer)) or getattr(layer, "output_mode", None) == "hashing"


def _moved(layer: keras.Layer) -> bool:
    # Keras keeps no flag: what was adapted is no longer at its initial 0 and 1.
    mean, variance = np.asarray(layer.adapt_mean), np.asarray(layer.adapt_variance)
    return bool((mean != 0).any() or (variance != 1).any())
