"""One net of a stack as callbacks see it, which expect a Keras model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np


class Seat:
    """What `EarlyStopping` and callbacks of the learning rate ask a model for, and change.

    Parameters
    ----------
    read : callable
        Returns its weights as they are now, in Keras's order.
    metrics : list of keras.metrics.Metric
    rate : float, optional
        Learning rate; None where a schedule decides it.

    Attributes
    ----------
    stop_training : bool
        Whether a callback ended the training.
    replaced : list of ndarray, optional
        The weights that a callback set.
    """

    def __init__(
        self,
        read: Callable[[], list[np.ndarray]],
        metrics: Sequence[keras.metrics.Metric],
        rate: float | None,
    ) -> None:
        self._read, self.metrics = read, metrics
        self.optimizer = _Optimizer() if rate is None else _Optimizer(rate)
        self.stop_training = False
        self.replaced: list[np.ndarray] | None = None

    def get_weights(self) -> list[np.ndarray]:
        """Copy the weights."""
        return self._read() if self.replaced is None else self.replaced

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Replace the weights."""
        self.replaced = weights

    def ended(
        self, callbacks: Sequence[keras.callbacks.Callback], logs: Mapping[str, Any] | None
    ) -> list[np.ndarray] | None:
        """Return the weights that callbacks would set if training ended now; None if none."""
        other = copy.copy(self)
        for callback in callbacks:
            ending = copy.copy(callback)
            ending.set_model(other)
            ending.on_train_end(logs)
        return other.replaced


class _Optimizer:
    """A learning rate where callbacks look for it, rounded as in Keras's variable."""

    def __init__(self, *rate: float) -> None:
        for value in rate:
            self.learning_rate = value

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, np.float32(value))
