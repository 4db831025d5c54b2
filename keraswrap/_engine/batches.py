"""Turn rows into batches: slice, densify, cast and shuffle them at the last moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keraswrap._data import Feed, LazyColumn, Rows
from keraswrap._engine.length_groups import Lengths

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass
class TrainingData:
    """Rows with targets and weights of the same length; for a prediction, only rows.

    Parameters
    ----------
    plan : callable, optional
        Returns the positions of the rows of an epoch, by its number, in the order in which
        they are trained on. Rows may be repeated or left out; each epoch has as many.
    """

    rows: Rows
    targets: np.ndarray | dict[str, np.ndarray] | None = None
    weights: np.ndarray | dict[str, np.ndarray] | None = None
    plan: Callable[[int], np.ndarray] | None = None

    def take(self, index: np.ndarray) -> TrainingData:
        """Select rows by position."""
        beside = (None if a is None else rows_of(a, index) for a in (self.targets, self.weights))
        return TrainingData(self.rows.take(index), *beside)


class Batches(keras.utils.PyDataset):
    """Batches of rows, in a new order each epoch.

    If the net can tell padding from tokens, rows of similar length share a
    batch, and each batch is cut to its longest row.

    Parameters
    ----------
    rows : Rows
    feeds : mapping of str to Feed
        How each input of the net is filled.
    targets, weights : ndarray of shape (n, ...), or a dict or tuple of them, optional
    batch_size : int, default=32
    seed : sequence of int, optional
        Determines the order together with the epoch number; None keeps the rows in order.
    as_dict : bool, default=False
        Whether the net takes a dict; otherwise its only input is passed on its own.
    lengths : Lengths, optional
        Length of each row without its padding.
    group : bool, default=True
        Whether rows of similar length share a batch, where lengths are known.
    plan : callable, optional
        As for `TrainingData`, in place of `seed` and `group`.
    """

    def __init__(
        self,
        rows: Rows,
        feeds: Mapping[str, Feed],
        targets: object = None,
        weights: object = None,
        batch_size: int | None = None,
        seed: Sequence[int] | None = None,
        as_dict: bool = False,
        lengths: Lengths | None = None,
        group: bool = True,
        plan: Callable[[int], np.ndarray] | None = None,
    ) -> None:
        super().__init__()
        self.rows, self.feeds, self.targets, self.weights = rows, feeds, targets, weights
        self.size = 32 if batch_size is None else int(batch_size)
        self.seed, self.as_dict, self.lengths, self.group = seed, as_dict, lengths, group
        self.plan = plan
        self.begin_epoch(0)

    def begin_epoch(self, epoch: int) -> None:
        """Reorder the rows for an epoch."""
        if self.plan is not None:
            self.order = self.plan(epoch)
            return
        rng = None if self.seed is None else np.random.default_rng([*self.seed, epoch])
        if self.lengths is not None and self.group:
            self.order = self.lengths.order(self.size, rng)
        else:
            self.order = np.arange(self.rows.n) if rng is None else rng.permutation(self.rows.n)

    def padding(self) -> dict[str, float]:
        """Return the share of padding, as `Lengths.padding` does; empty if unknown."""
        return {} if self.lengths is None else self.lengths.padding(self.order, self.size)

    def restore(self, outputs: np.ndarray) -> np.ndarray:
        """Put outputs that were computed in batch order back into the order of the rows."""
        restored = np.empty_like(outputs)
        restored[self.order] = outputs
        return restored

    def widths(self) -> dict[str, np.ndarray]:
        """Return the width that each batch is trimmed to, by input; empty if none is."""
        return {} if self.lengths is None else self.lengths.cuts(self.order, self.size)

    def target_specs(self) -> object | None:
        """Return symbolic targets of any number of rows, as a net is given them; None if none."""
        if self.targets is None:
            return None
        return keras.tree.map_structure(
            lambda array: keras.KerasTensor((None, *array.shape[1:]), array.dtype.name),
            self.targets,
        )

    @property
    def num_batches(self) -> int:
        return -(-len(self.order) // self.size)

    @property
    def in_memory(self) -> bool:
        """Whether all rows are in memory, none on disk."""
        return not any(isinstance(array, LazyColumn) for array in self.rows.arrays.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all inputs, dense and cast as the net takes them."""
        first = [feed(self.rows, self.order[:1]) for feed in self.feeds.values()]
        return self.rows.n * sum(array.nbytes for array in first)

    def __getitem__(self, position: int) -> tuple[Any, ...]:
        index = self.order[position * self.size : (position + 1) * self.size]
        inputs = {name: feed(self.rows, index) for name, feed in self.feeds.items()}
        if self.lengths is not None:
            inputs |= self.lengths.cut(inputs, index)
        inputs = {name: native(array) for name, array in inputs.items()}
        batch: list[Any] = [inputs if self.as_dict else next(iter(inputs.values()))]
        if self.targets is not None:
            batch.append(rows_of(self.targets, index))
            if self.weights is not None:
                batch.append(rows_of(self.weights, index))
        return tuple(batch)


def rows_of(arrays: object, index: np.ndarray) -> Any:
    """Take rows of an array, or of all arrays in a dict or tuple."""
    return keras.tree.map_structure(lambda array: array[index], arrays)


def native(array: np.ndarray) -> np.ndarray | tf.Tensor:
    """Convert a batch to what Keras accepts: strings to TensorFlow tensors, on any backend."""
    if array.dtype.kind != "O":
        return array
    import tensorflow as tf

    return tf.constant(array.tolist(), dtype=tf.string)
