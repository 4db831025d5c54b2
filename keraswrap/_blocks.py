"""Transformer blocks that keras-hub does not have: with relative positions of three kinds.

Registered by name, so that files and models hold them without code. Each is
called with the arguments of ``keras_hub.layers.TransformerEncoder``, and more.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

_HIDDEN = -1e9  # the score of a token that is not looked at, in float32


@keras.saving.register_keras_serializable("keraswrap")
class EncoderBlock(keras.Layer):
    """BERT's block, with a bias on the scores of attention.

    Parameters
    ----------
    intermediate_dim, num_heads : int
        How wide the layers between are; heads of attention.
    dropout : float in [0, 1), default=0
        Of attention, and of what is added to the states.
    activation : str or callable, default="relu"
        Between the two dense layers.
    layer_norm_epsilon : float, default=1e-5
        Of both layer norms.
    kernel_initializer : str or initializer, default="glorot_uniform"
        Of all dense layers.
    use_bias, norm_bias : bool, default=True
        Whether dense layers and layer norms have a bias.
    **kwargs
        ``name`` and ``dtype``, as for any layer.
    """

    def __init__(
        self,
        intermediate_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        activation: Any = "relu",
        layer_norm_epsilon: float = 1e-5,
        kernel_initializer: Any = "glorot_uniform",
        use_bias: bool = True,
        norm_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.intermediate_dim, self.num_heads, self.dropout = intermediate_dim, num_heads, dropout
        self.activation = keras.activations.get(activation)
        self.layer_norm_epsilon = layer_norm_epsilon
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.use_bias, self.norm_bias = use_bias, norm_bias

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Make the layers inside for states of a width."""
        width = inputs_shape[-1] or 0
        self._width, self._head_dim = width, width // self.num_heads
        self.query_dense, self.key_dense, self.value_dense = map(
            self._heads, ("query", "key", "value")
        )
        self.output_dense = self._built(
            keras.layers.EinsumDense(
                "abcd,cde->abe",
                (None, width),
                bias_axes="e" if self.use_bias else None,
                **self._inner("attention_output"),
            ),
            (None, None, self.num_heads, self._head_dim),
        )
        self._build_norms_and_feed_forward()
        self._drop = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy, name="drop")
        self.built = True

    def _build_norms_and_feed_forward(self) -> None:
        self.attention_norm = self._norm("self_attention_layer_norm")
        self.up_dense = self._dense(
            "feedforward_intermediate_dense", self._width, self.intermediate_dim, self.activation
        )
        self.down_dense = self._dense(
            "feedforward_output_dense", self.intermediate_dim, self._width
        )
        self.output_norm = self._norm("feedforward_layer_norm")

    def call(
        self,
        inputs: Any,
        padding_mask: Any = None,
        position_bias: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Return the states after the block, of the shape of `inputs`.

        Parameters
        ----------
        inputs : tensor, shape (n, length, width)
        padding_mask : tensor, shape (n, length)
            1 for a token, 0 for padding.
        position_bias : tensor, shape (1, num_heads, length, length), optional
            Added to the scores that the tokens of the third axis have for
            those of the fourth.
        training : bool, optional
        """
        query, key = self.query_dense(inputs), self.key_dense(inputs)
        scores = self._scores(query * self._head_dim**-0.5, key)
        if position_bias is not None:
            scores = scores + position_bias
        attended = self._attend(scores, _seen(padding_mask), inputs, training)
        return self._finish(inputs, attended, training)

    def _scores(self, query: Any, key: Any) -> Any:
        return ops.einsum("bqhd,bkhd->bhqk", query, key)

    def _attend(self, scores: Any, seen: Any, states: Any, training: bool | None) -> Any:
        scores = ops.cast(scores, "float32")  # in 16 bits a sum of many is coarse
        if seen is not None:
            scores = ops.where(seen, scores, _HIDDEN)
        shares = ops.cast(ops.softmax(scores, axis=-1), self.compute_dtype)
        shares = self._drop(shares, training=training)
        mixed = ops.einsum("bhqk,bkhd->bqhd", shares, self.value_dense(states))
        return self._drop(self.output_dense(mixed), training=training)

    def _finish(self, inputs: Any, attended: Any, training: bool | None) -> Any:
        states = self.attention_norm(inputs + attended)
        fed = self._drop(self.down_dense(self.up_dense(states)), training=training)
        return self.output_norm(states + fed)

    def compute_output_shape(self, inputs_shape: tuple[int | None, ...]) -> Any:
        """Return the shape of what `call` returns: that of its input."""
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made again from."""
        names = ["intermediate_dim", "num_heads", "dropout", "layer_norm_epsilon"]
        names += ["use_bias", "norm_bias"]
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }

    def _heads(self, name: str) -> Any:
        layer = keras.layers.EinsumDense(
            "abc,cde->abde",
            (None, self.num_heads, self._head_dim),
            bias_axes="de" if self.use_bias else None,
            **self._inner(name),
        )
        return self._built(layer, (None, None, self._width))

    def _dense(self, name: str, inputs: int, outputs: int, activation: Any = None) -> Any:
        layer = keras.layers.Dense(
            outputs, activation=activation, use_bias=self.use_bias, **self._inner(name)
        )
        return self._built(layer, (None, None, inputs))

    def _norm(self, name: str) -> Any:
        layer = keras.layers.LayerNormalization(
            epsilon=self.layer_norm_epsilon,
            center=self.norm_bias,
            dtype=self.dtype_policy,
            name=name,
        )
        return self._built(layer, (None, None, self._width))

    def _inner(self, name: str) -> dict[str, Any]:
        make = type(self.kernel_initializer).from_config
        initializer = make(self.kernel_initializer.get_config())  # each draws by itself
        return {"kernel_initializer": initializer, "dtype": self.dtype_policy, "name": name}

    def _built(self, layer: Any, shape: tuple[int | None, ...]) -> Any:
        layer.build(shape)
        return layer


@keras.saving.register_keras_serializable("keraswrap")
class PositionBias(keras.Layer):
    """A bias on scores for each head and distance, with fewer buckets for greater distances.

    As in T5 (Raffel et al., 2020, arXiv:1910.10683): half of the buckets are for
    tokens before, half for those behind; half of these are for one distance
    each, and the rest grow like a logarithm up to `max_distance`.

    Parameters
    ----------
    num_heads, num_buckets : int
    max_distance : int, default=128
        Where the last bucket begins.
    **kwargs
        ``name`` and ``dtype``, as for any layer.
    """

    def __init__(
        self, num_heads: int, num_buckets: int, max_distance: int = 128, **kwargs: Any
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

    def call(self, states: Any) -> Any:
        """Return the bias for texts of this length, of shape (1, num_heads, length, length)."""
        places = ops.arange(ops.shape(states)[1])
        distances = places[None, :] - places[:, None]
        limit = self.max_distance
        numbers = ops.take(self._buckets, ops.clip(distances, -limit, limit) + limit)
        bias = ops.take(ops.cast(self.embeddings, self.compute_dtype), numbers, axis=0)
        return ops.transpose(bias, (2, 0, 1))[None]

    def compute_output_shape(self, inputs_shape: tuple[int | None, ...]) -> Any:
        """Return the shape of what `call` returns."""
        return (1, self.num_heads, inputs_shape[1], inputs_shape[1])

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made again from."""
        names = ("num_heads", "num_buckets", "max_distance")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def buckets_of_distances(num_buckets: int, max_distance: int) -> np.ndarray:
    """Return the bucket of each distance from -max_distance to max_distance.

    Examples
    --------
    >>> buckets_of_distances(8, 8).tolist()
    [3, 3, 3, 3, 2, 2, 2, 1, 0, 5, 6, 6, 6, 7, 7, 7, 7]
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


def _seen(padding_mask: Any) -> Any:
    """Turn a mask into which tokens are looked at, by all."""
    return None if padding_mask is None else ops.cast(padding_mask, "bool")[:, None, None, :]
