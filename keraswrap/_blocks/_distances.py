"""Define a bias for distances, shared by all blocks of a net."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("keraswrap")
class PositionBias(keras.Layer):
    """A bias on scores for each head and distance, with fewer buckets for greater distances.

    As in T5 (Raffel et al., 2020, arXiv:1910.10683): half of the buckets are for
    tokens before, half for those behind; half of these are for one distance
    each, and the rest grow like a logarithm up to `max_distance`.

    Parameters
    ----------
    max_distance : int, default=128
        Where the last bucket begins.
    **kwargs
        ``name`` and ``dtype``, as for any layer.
    """

    def __init__(
        self, num_heads: int, num_buckets: int, max_distance: int = 128, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.num_heads, self.num_buckets, self.max_distance = num_heads, num_buckets, max_distance

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Make the table: a number for each bucket and head."""
        self._buckets = buckets_of_distances(self.num_buckets, self.max_distance)
        self.embeddings = self.add_weight(
            shape=(self.num_buckets, self.num_heads), initializer="zeros", name="embeddings"
        )
        self.built = True

    def call(self, states: keras.KerasTensor) -> keras.KerasTensor:
        """Return the bias for texts of this length, of shape (1, num_heads, length, length)."""
        places = ops.arange(ops.shape(states)[1])
        distances = places[None, :] - places[:, None]
        limit = self.max_distance
        numbers = ops.take(self._buckets, ops.clip(distances, -limit, limit) + limit)
        bias = ops.take(ops.cast(self.embeddings, self.compute_dtype), numbers, axis=0)
        return ops.transpose(bias, (2, 0, 1))[None]

    def compute_output_shape(self, inputs_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (1, self.num_heads, inputs_shape[1], inputs_shape[1])

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the layer."""
        names = ("num_heads", "num_buckets", "max_distance")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def buckets_of_distances(num_buckets: int, max_distance: int) -> np.ndarray:
    """Return the bucket of each distance from -max_distance to max_distance.

    Examples
    --------
    >>> buckets_of_distances(8, 10).tolist()
    [3, 3, 3, 3, 3, 3, 2, 2, 2, 1, 0, 5, 6, 6, 6, 7, 7, 7, 7, 7, 7]
    """
    distances = np.arange(-max_distance, max_distance + 1)
    half = num_buckets // 2
    exact = half // 2
    far = np.abs(distances)
    # In float32, as PyTorch computes it where checkpoints are trained.
    ratio = np.log(np.maximum(far, 1).astype("float32") / np.float32(exact))
    steps = ratio / np.float32(math.log(max_distance / exact)) * np.float32(half - exact)
    large = np.minimum(exact + steps.astype(int), half - 1)
    return np.where(distances > 0, half, 0) + np.where(far < exact, far, large)
