"""Define ModernBERT's block: rotated queries and keys, a window, and a gate."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keraswrap._blocks._encoder import EncoderBlock, seen_by_all


@keras.saving.register_keras_serializable("keraswrap")
class RotaryBlock(EncoderBlock):
    """A block that norms first, rotates queries and keys by position, and gates its dense layers.

    Warner et al., 2024, arXiv:2412.13663; the rotation is that of Su et al.,
    2021, arXiv:2104.09864, and the gate that of Shazeer, 2020, arXiv:2002.05202.

    Parameters
    ----------
    theta : float
        The longest wave of the rotation, over 2π.
    window : int, optional
        How far a token sees in both directions; None for everywhere.
    norms_attention : bool, default=True
        Whether there is a layer norm before attention too.
    **kwargs
        As for :class:`EncoderBlock`.
    """

    def __init__(
        self,
        theta: float,
        window: int | None = None,
        norms_attention: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.theta, self.window, self.norms_attention = theta, window, norms_attention

    def _build_norms_and_feed_forward(self) -> None:
        self.attention_norm = None
        if self.norms_attention:
            self.attention_norm = self._norm("self_attention_layer_norm")
        inner = self.intermediate_dim
        self.up_dense = self._dense(
            "feedforward_intermediate_dense", self._width, inner, self.activation
        )
        self.gate_dense = self._dense("feedforward_gate_dense", self._width, inner)
        self.down_dense = self._dense("feedforward_output_dense", inner, self._width)
        self.output_norm = self._norm("feedforward_layer_norm")

    def call(  # type: ignore[override]  # no bias comes in
        self,
        inputs: keras.KerasTensor,
        padding_mask: keras.KerasTensor | None = None,
        training: bool | None = None,
    ) -> keras.KerasTensor:
        """Return the states after the block, of the shape of `inputs`.

        Parameters
        ----------
        inputs, padding_mask, training
            As for :class:`EncoderBlock`.
        """
        normed = inputs if self.attention_norm is None else self.attention_norm(inputs)
        places = ops.arange(ops.shape(inputs)[1])
        query, key = (
            self._rotate(dense(normed), places) for dense in (self.query_dense, self.key_dense)
        )
        scores = self._scores(query * self._head_dim**-0.5, key)
        seen = seen_by_all(padding_mask)
        if self.window is not None:
            near = ops.abs(places[None, :] - places[:, None]) <= self.window
            seen = near if seen is None else ops.logical_and(seen, near)
        return self._finish(inputs, self._attend(scores, seen, normed, training), training)

    def _rotate(self, states: keras.KerasTensor, places: keras.KerasTensor) -> keras.KerasTensor:
        half = self._head_dim // 2
        waves = self.theta ** (-ops.arange(half, dtype="float32") / half)
        angles = ops.cast(places, "float32")[:, None, None] * waves
        cosine, sine = ops.cos(angles), ops.sin(angles)
        first, second = ops.split(ops.cast(states, "float32"), 2, axis=-1)
        turned = [first * cosine - second * sine, second * cosine + first * sine]
        return ops.cast(ops.concatenate(turned, axis=-1), self.compute_dtype)

    def _finish(
        self, inputs: keras.KerasTensor, attended: keras.KerasTensor, training: bool | None
    ) -> keras.KerasTensor:
        states = inputs + attended
        normed = self.output_norm(states)
        gated = self._drop(self.up_dense(normed) * self.gate_dense(normed), training=training)
        return states + self.down_dense(gated)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the layer."""
        names = ("theta", "window", "norms_attention")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
