"""Losses and metrics that take each position, or each number, of a row by itself.

Keras weighs rows, and lets only the metrics called weighted know of it. Where
y has gaps, weights are by position or number, and a gap, whose weight is 0,
counts in no metric.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from keraswrap.exceptions import BuildError


class NumberLoss(keras.losses.Loss):
    """A loss of single numbers: it gives one value for each, where Keras's give a mean of each row.

    Parameters
    ----------
    loss : keras.losses.Loss, str or callable
    dtype : str, optional
    """

    def __init__(self, loss: Any, dtype: str | None = None) -> None:
        loss = keras.losses.get(loss)
        super().__init__(name=getattr(loss, "name", None) or "loss", dtype=dtype)
        self.loss = loss.call if isinstance(loss, keras.losses.Loss) else loss

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return losses of the shape of y."""
        return self.loss(y_true[..., None], y_pred[..., None])


def weigh_each(
    arguments: Mapping[str, Any], each: str, width: int, dtype: str | None
) -> dict[str, Any]:
    """Let the loss and the metrics of compile take weights for each part of a row.

    Parameters
    ----------
    arguments : mapping
        With loss and metrics as they are made for the fit.
    each : {'position', 'number'}
    width : int
        Output units.
    dtype : str, optional
        What the loss computes in.

    Returns
    -------
    dict
    """
    width = 1 if each == "number" else width
    plain = [_flat(metric, width, counted=True) for metric in _listed(arguments["metrics"])]
    weighted = [_flat(metric, width) for metric in _listed(arguments["weighted_metrics"])]
    loss = arguments["loss"]
    loss = NumberLoss(loss, dtype) if each == "number" else loss
    return {**arguments, "loss": loss, "metrics": None, "weighted_metrics": plain + weighted}


def _listed(metrics: Any) -> Iterator[Any]:
    if isinstance(metrics, Mapping):
        metrics = list(metrics.values())
    if isinstance(metrics, list | tuple):
        for metric in metrics:
            yield from _listed(metric)
    elif metrics is not None:
        yield metrics


def _flat(metric: Any, width: int, *, counted: bool = False) -> keras.metrics.Metric:
    """Let a metric see each part as a row; `counted` as one that weighs 1, or 0 for a gap."""
    metric = _as_metric(metric, width)
    update = metric.update_state
    taken = inspect.signature(update).parameters.values()
    if not any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in taken):
        raise BuildError(
            f"Expected update_state of the metric {metric.name!r} to take sample_weight, which is "
            "0 for gaps in y. Give it one, or leave the metric out."
        )

    def update_state(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        shape = (-1, width) if len(y_true.shape) == len(y_pred.shape) or width == 1 else (-1,)
        rows = keras.ops.reshape(y_true, shape), keras.ops.reshape(y_pred, (-1, width))
        if sample_weight is None:
            return update(*rows)
        weights = keras.ops.reshape(sample_weight, (-1,))
        if counted:
            weights = keras.ops.cast(weights != 0, weights.dtype)
        return update(*rows, sample_weight=weights)

    metric.update_state = update_state
    return metric


def _as_metric(metric: Any, width: int) -> keras.metrics.Metric:
    if isinstance(metric, str) and metric.lower() in ("accuracy", "acc"):
        several, one = keras.metrics.SparseCategoricalAccuracy, keras.metrics.BinaryAccuracy
        return (one if width == 1 else several)(name=metric)
    found = keras.metrics.get(metric)
    name = metric if isinstance(metric, str) else getattr(found, "__name__", "metric")
    if not isinstance(found, keras.metrics.Metric):
        return keras.metrics.MeanMetricWrapper(found, name=name)
    if isinstance(metric, str):
        found.name = metric
    return found
