"""Define DeBERTa's block: attention between contents and distances, both ways."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keraswrap._blocks._encoder import EncoderBlock, seen_by_all


@keras.saving.register_keras_serializable("keraswrap")
class DistanceTable(keras.Layer):
    """A table with a vector for each distance between two tokens, optionally normalized.

    Parameters
    ----------
    epsilon : float, optional
        Of a layer norm over the rows; None for none.
    **kwargs
        ``name`` and ``dtype``, as for any layer.
    """

    def __init__(self, rows: int, epsilon: float | None = None, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.rows, self.epsilon = rows, epsilon

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Make the table, as wide as the states."""
        shape = (self.rows, inputs_shape[-1])
        self.embeddings = self.add_weight(shape=shape, initializer="zeros", name="embeddings")
        self.norm = None
        if self.epsilon is not None:
            self.norm = keras.layers.LayerNormalization(
                epsilon=self.epsilon, dtype=self.dtype_policy, name="norm"
            )
            self.norm.build(shape)
        self.built = True

    def call(self, states: keras.KerasTensor) -> keras.KerasTensor:
        """Return the table, of shape (1, rows, width), whatever the states are."""
        table = ops.cast(self.embeddings, self.compute_dtype)
        return (table if self.norm is None else self.norm(table))[None]

    def compute_output_shape(self, inputs_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (1, self.rows, inputs_shape[-1])

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the layer."""
        return {**super().get_config(), "rows": self.rows, "epsilon": self.epsilon}


@keras.saving.register_keras_serializable("keraswrap")
class DisentangledBlock(EncoderBlock):
    """A block whose attention scores also compare contents with distances.

    He et al., 2021, arXiv:2006.03654, with the buckets of version 2: distances
    are told apart up to half of the buckets, and beyond that ever less.

    Parameters
    ----------
    max_distance : int
        The greatest distance that is distinguished from others.
    buckets : int, default=0
        Rows of the table for each direction; 0 for one a distance.
    content_to_position, position_to_content : bool, default=True
        Which of the two scores are added.
    shared : bool, default=True
        Whether distances become queries and keys as contents do, or by dense
        layers of their own.
    **kwargs
        As for :class:`EncoderBlock`.
    """

    def __init__(
        self,
        max_distance: int,
        buckets: int = 0,
        content_to_position: bool = True,
        position_to_content: bool = True,
        shared: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_distance, self.buckets, self.shared = max_distance, buckets, shared
        self.content_to_position = content_to_position
        self.position_to_content = position_to_content

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Make the layers inside for states of a width."""
        super().build(inputs_shape)
        self._rows = rows_of_distances(self.max_distance, self.buckets)
        if not self.shared and self.content_to_position:
            self.position_key_dense = self._heads("position_key")
        if not self.shared and self.position_to_content:
            self.position_query_dense = self._heads("position_query")

    def call(
        self,
        inputs: keras.KerasTensor,
        padding_mask: keras.KerasTensor | None = None,
        distances: keras.KerasTensor | None = None,
        training: bool | None = None,
    ) -> keras.KerasTensor:
        """Return the states after the block, of the shape of `inputs`.

        Parameters
        ----------
        inputs, padding_mask, training
            As for :class:`EncoderBlock`.
        distances : tensor, shape (1, rows, width)
            What :class:`DistanceTable` returns.
        """
        kinds = 1 + self.content_to_position + self.position_to_content
        query, key = self.query_dense(inputs), self.key_dense(inputs)
        scores = self._scores(query, key)
        distances = self._drop(distances, training=training)
        length = ops.shape(inputs)[1]
        if self.content_to_position:
            make = self.key_dense if self.shared else self.position_key_dense
            scores = scores + self._by_distance(query, make(distances), length, -1)
        if self.position_to_content:
            make = self.query_dense if self.shared else self.position_query_dense
            turned = self._by_distance(key, make(distances), length, 1)
            scores = scores + ops.swapaxes(turned, 2, 3)
        scores = scores * (kinds * self._head_dim) ** -0.5
        attended = self._attend(scores, seen_by_all(padding_mask), inputs, training)
        return self._finish(inputs, attended, training)

    def _by_distance(
        self,
        contents: keras.KerasTensor,
        table: keras.KerasTensor,
        length: int | keras.KerasTensor,
        sign: int,
    ) -> keras.KerasTensor:
        # Scores of token i for the distance to token j, of shape (n, heads, length, length). Each
        # distance is scored once; then row i is shifted by i, so that token j is in column j.
        limit = self.max_distance
        steps = sign * (ops.arange(2 * length) - (length - 1))
        rows = ops.take(self._rows, ops.clip(steps, -limit, limit) + limit)
        scores = ops.einsum("bihd,rhd->bihr", contents, ops.take(table[0], rows, axis=0))
        scores = ops.reshape(ops.swapaxes(scores, 1, 2), (-1, self.num_heads, 2 * length * length))[
            :, :, : length * (2 * length - 1)
        ]
        moved = ops.reshape(scores, (-1, self.num_heads, length, 2 * length - 1))
        return moved[:, :, :, length - 1 :]

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the layer."""
        names = ("max_distance", "buckets", "content_to_position", "position_to_content", "shared")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def rows_of_distances(max_distance: int, buckets: int) -> np.ndarray:
    """Return the row of the table for each distance from -max_distance to max_distance.

    Examples
    --------
    >>> rows_of_distances(8, 4).tolist()
    [0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7]
    """
    distances = np.arange(-max_distance, max_distance + 1)
    if not buckets:
        return np.clip(distances + max_distance, 0, 2 * max_distance - 1)
    middle = buckets // 2
    far = np.maximum(np.abs(distances), middle)
    # In float32, as PyTorch computes it where checkpoints are trained.
    steps = np.log(far.astype("float32") / np.float32(middle))
    steps = steps / np.log(np.float32((max_distance - 1) / middle)) * np.float32(middle - 1)
    large = np.sign(distances) * (np.ceil(steps).astype(int) + middle)
    return np.clip(np.where(far <= middle, distances, large) + buckets, 0, 2 * buckets - 1)
