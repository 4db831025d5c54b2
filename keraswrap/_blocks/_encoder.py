"""Define BERT's block, from which the others here are derived."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import ops

_HIDDEN = -1e9  # the score of a masked token, in float32


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
        activation: str | Callable[[keras.KerasTensor], keras.KerasTensor] = "relu",
        layer_norm_epsilon: float = 1e-5,
        kernel_initializer: str | keras.initializers.Initializer = "glorot_uniform",
        use_bias: bool = True,
        norm_bias: bool = True,
        **kwargs: object,
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
        inputs: keras.KerasTensor,
        padding_mask: keras.KerasTensor | None = None,
        position_bias: keras.KerasTensor | None = None,
        training: bool | None = None,
    ) -> keras.KerasTensor:
        """Return the states after the block, of the shape of `inputs`.

        Parameters
        ----------
        inputs : tensor, shape (n, length, width)
        padding_mask : tensor, shape (n, length)
            1 for a token, 0 for padding.
        position_bias : tensor, shape (1, num_heads, length, length), optional
            Added to the scores that the tokens of the third axis have for
            those of the fourth.
        """
        query, key = self.query_dense(inputs), self.key_dense(inputs)
        scores = self._scores(query * self._head_dim**-0.5, key)
        if position_bias is not None:
            scores = scores + position_bias
        attended = self._attend(scores, seen_by_all(padding_mask), inputs, training)
        return self._finish(inputs, attended, training)

    def _scores(self, query: keras.KerasTensor, key: keras.KerasTensor) -> keras.KerasTensor:
        return ops.einsum("bqhd,bkhd->bhqk", query, key)

    def _attend(
        self,
        scores: keras.KerasTensor,
        seen: keras.KerasTensor | None,
        states: keras.KerasTensor,
        training: bool | None,
    ) -> keras.KerasTensor:
        scores = ops.cast(scores, "float32")  # in 16 bits, the sum in the softmax is imprecise
        if seen is not None:
            scores = ops.where(seen, scores, _HIDDEN)
        shares = ops.cast(ops.softmax(scores, axis=-1), self.compute_dtype)
        shares = self._drop(shares, training=training)
        mixed = ops.einsum("bhqk,bkhd->bqhd", shares, self.value_dense(states))
        return self._drop(self.output_dense(mixed), training=training)

    def _finish(
        self, inputs: keras.KerasTensor, attended: keras.KerasTensor, training: bool | None
    ) -> keras.KerasTensor:
        states = self.attention_norm(inputs + attended)
        fed = self._drop(self.down_dense(self.up_dense(states)), training=training)
        return self.output_norm(states + fed)

    def compute_output_shape(self, inputs_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns: that of its input."""
        return inputs_shape

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the layer."""
        names = ["intermediate_dim", "num_heads", "dropout", "layer_norm_epsilon"]
        names += ["use_bias", "norm_bias"]
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }

    def _heads(self, name: str) -> keras.layers.EinsumDense:
        layer = keras.layers.EinsumDense(
            "abc,cde->abde",
            (None, self.num_heads, self._head_dim),
            bias_axes="de" if self.use_bias else None,
            **self._inner(name),
        )
        return self._built(layer, (None, None, self._width))

    def _dense(
        self,
        name: str,
        inputs: int,
        outputs: int,
        activation: Callable[[keras.KerasTensor], keras.KerasTensor] | None = None,
    ) -> keras.layers.Dense:
        layer = keras.layers.Dense(
            outputs, activation=activation, use_bias=self.use_bias, **self._inner(name)
        )
        return self._built(layer, (None, None, inputs))

    def _norm(self, name: str) -> keras.layers.LayerNormalization:
        layer = keras.layers.LayerNormalization(
            epsilon=self.layer_norm_epsilon,
            center=self.norm_bias,
            dtype=self.dtype_policy,
            name=name,
        )
        return self._built(layer, (None, None, self._width))

    def _inner(self, name: str) -> dict[str, object]:
        make = type(self.kernel_initializer).from_config
        initializer = make(self.kernel_initializer.get_config())  # each layer draws its own weights
        return {"kernel_initializer": initializer, "dtype": self.dtype_policy, "name": name}

    def _built(self, layer: keras.Layer, shape: tuple[int | None, ...]) -> keras.Layer:
        layer.build(shape)
        return layer


def seen_by_all(padding_mask: keras.KerasTensor | None) -> keras.KerasTensor | None:
    """Turn a padding mask into an attention mask that is the same for all tokens."""
    return None if padding_mask is None else ops.cast(padding_mask, "bool")[:, None, None, :]
