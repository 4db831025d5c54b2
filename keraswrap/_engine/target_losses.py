"""Define losses for targets that Keras has none for."""

from __future__ import annotations

import math

import keras
from keras import ops

from keraswrap._targets.head import SCALE_FLOOR


@keras.saving.register_keras_serializable("keraswrap")
class GaussianLikelihood(keras.losses.Loss):
    """The negative log-likelihood of numbers under normal distributions.

    Parameters
    ----------
    each : bool, default=False
        Whether to return a loss for each number in place of the mean of each row.
    **kwargs
        As for ``keras.losses.Loss``.

    Notes
    -----
    Outputs are the means of all columns, then their scales before a softplus:
    log σ + (y - µ)² / (2 σ²) + log(2π) / 2, with σ = softplus(s) + 1e-6.
    """

    def __init__(self, each: bool = False, name: str = "gaussian_likelihood", **kwargs: object):
        super().__init__(name=name, **kwargs)
        self.each = each

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return losses of the shape of y, or their mean over the last axis."""
        mean, scale = ops.split(y_pred, 2, axis=-1)
        scale = ops.softplus(scale) + SCALE_FLOOR
        off = (y_true - mean) / scale
        losses = ops.log(scale) + 0.5 * ops.square(off) + 0.5 * math.log(2 * math.pi)
        return losses if self.each else ops.mean(losses, axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the loss."""
        return {**super().get_config(), "each": self.each}


@keras.saving.register_keras_serializable("keraswrap")
class OrderedCrossentropy(keras.losses.Loss):
    """The cross-entropies of whether a row is of a higher class, for each class but the last.

    Parameters
    ----------
    from_logits : bool, default=False
    **kwargs
        As for ``keras.losses.Loss``.

    Notes
    -----
    Labels are ranks from 0 to k - 1, outputs are of shape (n, k - 1). The sum over
    classes, as in CORAL: Cao et al., "Rank Consistent Ordinal Regression for Neural
    Networks with Application to Age Estimation", 2020, equation 4.
    """

    def __init__(
        self, from_logits: bool = False, name: str = "ordered_crossentropy", **kwargs: object
    ):
        super().__init__(name=name, **kwargs)
        self.from_logits = from_logits

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return a loss for each row."""
        ranks = ops.reshape(ops.cast(y_true, "int32"), (-1, 1))
        is_higher = ops.cast(ranks > ops.arange(y_pred.shape[-1], dtype="int32"), y_pred.dtype)
        return ops.sum(ops.binary_crossentropy(is_higher, y_pred, self.from_logits), axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the loss."""
        return {**super().get_config(), "from_logits": self.from_logits}


TARGET_LOSSES = (GaussianLikelihood, OrderedCrossentropy)
