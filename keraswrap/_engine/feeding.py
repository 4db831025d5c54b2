"""Rows into batches: sliced, made dense, cast and shuffled at the last moment."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keraswrap._data import Feed, Rows
from keraswrap._engine.lengths import Lengths


class Batches(keras.utils.PyDataset):
    """Batches of rows, in an order of their own in each epoch.

    Where the net tells padding from tokens, rows of similar length share a
    batch, and each batch is cut to its longest row.

    Parameters
    ----------
    rows : Rows
    feeds : mapping of str to Feed
        How each input of the net is filled.
    targets, weights : ndarray of shape (n, ...), optional
    batch_size : int, default=32
    seed : sequence of int, optional
        With the number of the epoch it decides the order; None keeps the rows in order.
    as_dict : bool, default=False
        Whether the net takes a dict; otherwise its one input is given bare.
    lengths : Lengths, optional
        How long each row is without its padding.
    group : bool, default=True
        Whether rows of similar length share a batch, where lengths are known.
    """

    def __init__(
        self,
        rows: Rows,
        feeds: Mapping[str, Feed],
        targets: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        batch_size: int | None = None,
        seed: Sequence[int] | None = None,
        as_dict: bool = False,
        lengths: Lengths | None = None,
        group: bool = True,
    ) -> None:
        super().__init__()
        self.rows, self.feeds, self.targets, self.weights = rows, feeds, targets, weights
        self.size = 32 if batch_size is None else int(batch_size)
        self.seed, self.as_dict, self.lengths, self.group = seed, as_dict, lengths, group
        self.begin_epoch(0)

    def begin_epoch(self, epoch: int) -> None:
        """Put the rows into the order of an epoch."""
        rng = None if self.seed is None else np.random.default_rng([*self.seed, epoch])
        if self.lengths is not None and self.group:
            self.order = self.lengths.order(self.size, rng)
        else:
            self.order = np.arange(self.rows.n) if rng is None else rng.permutation(self.rows.n)

    def padding(self) -> dict[str, float]:
        """Give the share of padding, as `Lengths.padding` does; empty where it is not known."""
        return {} if self.lengths is None else self.lengths.padding(self.order, self.size)

    def restore(self, outputs: np.ndarray) -> np.ndarray:
        """Bring what was computed in the order of the batches back into that of the rows."""
        restored = np.empty_like(outputs)
        restored[self.order] = outputs
        return restored

    @property
    def num_batches(self) -> int:
        return -(-self.rows.n // self.size)

    def __getitem__(self, position: int) -> tuple[Any, ...]:
        index = self.order[position * self.size : (position + 1) * self.size]
        inputs = {name: feed(self.rows, index) for name, feed in self.feeds.items()}
        if self.lengths is not None:
            inputs |= self.lengths.cut(inputs, index)
        inputs = {name: native(array) for name, array in inputs.items()}
        batch: list[Any] = [inputs if self.as_dict else next(iter(inputs.values()))]
        if self.targets is not None:
            batch.append(self.targets[index])
            if self.weights is not None:
                batch.append(self.weights[index])
        return tuple(batch)


class Reorder(keras.callbacks.Callback):
    """Bring batches into the order of each epoch as it begins.

    Not when the one before ends: Keras looks at a first batch before it trains,
    and batches are fetched ahead, so an end may come early.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Draw the order."""
        self.batches.begin_epoch(epoch)


def as_input(batches: Batches) -> Any:
    """Give batches in the form that the backend takes them in without waiting.

    tf.data tunes itself in a thread that sleeps 10, 20, 40 … ms, and dropping
    an iterator waits for it to wake up: an epoch of 5.2 s lasts 10.2 s. So for
    TensorFlow the dataset is made here, with the tuning off. It lives no longer
    than `batches`, which the caller holds.
    """
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    inputs, *rest = batches[0]
    cut = set() if batches.lengths is None else set(batches.lengths.of)
    named = inputs if batches.as_dict else {next(iter(batches.feeds)): inputs}
    specs = {
        name: tf.TensorSpec((None, *([None] if name in cut else array.shape[1:])), array.dtype)
        for name, array in named.items()
    }
    # TensorFlow never lets go of the function: held strongly, every fit's rows would stay.
    fed: Any = weakref.ref(batches)
    dataset = tf.data.Dataset.from_generator(
        lambda: (fed()[position] for position in range(fed().num_batches)),
        output_signature=(
            specs if batches.as_dict else next(iter(specs.values())),
            *(tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in rest),
        ),
    )
    counted = dataset.apply(tf.data.experimental.assert_cardinality(batches.num_batches))
    options = tf.data.Options()
    options.autotune.enabled = False
    return counted.prefetch(1).with_options(options)


def native(array: np.ndarray) -> Any:
    """Give a batch as Keras takes it: strings only as TensorFlow's own, whatever its backend."""
    if array.dtype.kind != "O":
        return array
    import tensorflow as tf

    return tf.constant(array.tolist(), dtype=tf.string)
