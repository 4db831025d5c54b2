"""Rows into batches: sliced, made dense, cast and shuffled at the last moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keraswrap._data import Feed, Rows


class Batches(keras.utils.PyDataset):
    """Batches of rows, in an order drawn anew each epoch from a generator of its own.

    Parameters
    ----------
    rows : Rows
    feeds : mapping of str to Feed
        How each input of the net is filled.
    targets, weights : ndarray of shape (n, ...), optional
    batch_size : int, default=32
    rng : numpy.random.Generator, optional
        Shuffles; None keeps the rows in order.
    as_dict : bool, default=False
        Whether the net takes a dict; otherwise its one input is given bare.
    """

    def __init__(
        self,
        rows: Rows,
        feeds: Mapping[str, Feed],
        targets: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        batch_size: int | None = None,
        rng: np.random.Generator | None = None,
        as_dict: bool = False,
    ) -> None:
        super().__init__()
        self.rows, self.feeds, self.targets, self.weights = rows, feeds, targets, weights
        self.size = 32 if batch_size is None else int(batch_size)
        self.rng, self.as_dict = rng, as_dict
        self._order = self._draw()

    def _draw(self) -> np.ndarray:
        return np.arange(self.rows.n) if self.rng is None else self.rng.permutation(self.rows.n)

    @property
    def num_batches(self) -> int:
        return -(-self.rows.n // self.size)

    def __getitem__(self, position: int) -> tuple[Any, ...]:
        index = self._order[position * self.size : (position + 1) * self.size]
        inputs = {name: native(feed(self.rows, index)) for name, feed in self.feeds.items()}
        batch: list[Any] = [inputs if self.as_dict else next(iter(inputs.values()))]
        if self.targets is not None:
            batch.append(self.targets[index])
            if self.weights is not None:
                batch.append(self.weights[index])
        return tuple(batch)

    def on_epoch_end(self) -> None:
        self._order = self._draw()


def native(array: np.ndarray) -> Any:
    """Give a batch as Keras takes it: strings only as TensorFlow's own, whatever its backend."""
    if array.dtype.kind != "O":
        return array
    import tensorflow as tf

    return tf.constant(array.tolist(), dtype=tf.string)
