"""The rows of many fits in memory, those that several share only once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keraswrap._engine.batches import Batches
from keraswrap._engine.input_pipeline import Form, row_specs
from keraswrap._fingerprint import fingerprint

if TYPE_CHECKING:
    import tensorflow as tf


class StackRows:
    """Rows of fits that are put together alike, as tensors, and which of them each fit has.

    Parameters
    ----------
    batches : sequence of Batches
        One for each fit.

    Attributes
    ----------
    tensors : list of tf.Tensor
    key : tuple
        Equal for rows that one traced function can serve.
    """

    def __init__(self, batches: Sequence[Batches]) -> None:
        import tensorflow as tf

        self.batches, self.form = batches, Form(batches[0])
        self.size = tf.constant(batches[0].size, tf.int64)
        kept: dict[str | None, tuple[int, list[np.ndarray]]] = {}
        self._starts: list[int] = []
        total = 0
        for one in batches:
            arrays = self.form.arrays(one)
            key = fingerprint(arrays)
            if key not in kept:
                kept[key] = total, arrays
                total += one.rows.n
            self._starts.append(kept[key][0])
        columns = zip(*(arrays for _, arrays in kept.values()), strict=True)
        self.tensors = [tf.convert_to_tensor(np.concatenate(parts)) for parts in columns]
        self.key = self.form.key_of(self.tensors)

    def order(self, epoch: int) -> tf.Tensor:
        """Return the places of each fit's rows, in the order of an epoch, of shape (m, n)."""
        import tensorflow as tf

        for one in self.batches:
            one.begin_epoch(epoch)
        orders = [one.order + start for one, start in zip(self.batches, self._starts, strict=True)]
        longest = max(map(len, orders))  # those that are trained on are equally long
        return tf.convert_to_tensor(
            np.stack([np.pad(order, (0, longest - len(order)), "edge") for order in orders])
        )

    @property
    def specs(self) -> list[tf.TensorSpec]:
        """Shapes and dtypes of the tensors, for any number of rows."""
        return row_specs(self.tensors)

    def gather(self, index: tf.Tensor, tensors: Sequence[tf.Tensor]) -> tuple[Any, ...]:
        """Make the batches of all fits from the places of their rows, of shape (m, size)."""
        import tensorflow as tf

        return self.form.pack([tf.gather(tensor, index) for tensor in tensors])
