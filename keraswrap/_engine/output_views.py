"""Adapt the loss and metrics to outputs that are not one value for each row and class.

Keras weights rows, and passes the weights only to `weighted_metrics`. If y has
gaps, weights are by position or number, and a gap, whose weight is 0, counts in no
metric. If a net outputs means and scales, metrics see the means.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

import keras
from keras import ops

from keraswrap._engine.target_losses import TARGET_LOSSES
from keraswrap._targets.head import Head
from keraswrap.exceptions import BuildError


class NumberLoss(keras.losses.Loss):
    """A loss with a value for each number, where Keras's losses return a mean for each row.

    Parameters
    ----------
    loss : keras.losses.Loss, str or callable
    dtype : str, optional
    """

    def __init__(
        self,
        loss: keras.losses.Loss | str | Callable[..., keras.KerasTensor],
        dtype: str | None = None,
    ) -> None:
        loss = keras.losses.get(loss)
        super().__init__(name=getattr(loss, "name", None) or "loss", dtype=dtype)
        self.loss = loss.call if isinstance(loss, keras.losses.Loss) else loss

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return losses of the shape of y."""
        return self.loss(y_true[..., None], y_pred[..., None])


def adapt_to_head(
    arguments: Mapping[str, object], head: Head, dtype: str | None = None
) -> dict[str, object]:
    """Make the loss and metrics of compile see outputs as the head reads them.

    Parameters
    ----------
    arguments : mapping
        With the loss and metrics made for the fit.
    head : Head
    dtype : str, optional
        Dtype of the loss.

    Returns
    -------
    dict
        Unchanged if the head reads outputs as Keras does.
    """
    see = _SEEN.get(head.link)
    if not (head.each or see):
        return dict(arguments)
    by_number = head.each == "number"
    width = 1 if by_number else head.width if head.each else None
    plain = [_seeing(m, head, width, counted=True) for m in _listed(arguments["metrics"])]
    weighted = [_seeing(m, head, width) for m in _listed(arguments["weighted_metrics"])]
    if head.each:
        plain, weighted = [], plain + weighted
    loss = arguments["loss"]
    if by_number and not isinstance(loss, TARGET_LOSSES):
        loss = NumberLoss(loss, dtype)
    return {**arguments, "loss": loss, "metrics": plain, "weighted_metrics": weighted}


def _means(outputs: keras.KerasTensor, head: Head) -> keras.KerasTensor:
    return ops.split(outputs, 2, axis=-1)[0]


def _by_rank(outputs: keras.KerasTensor, head: Head) -> keras.KerasTensor:
    """Return the probability of each class, from the lowest to the highest."""
    higher = ops.sigmoid(outputs) if head.from_logits else outputs
    least = [ops.ones_like(higher[:, 0])]
    for j in range(head.width - 1):
        least.append(ops.minimum(least[-1], higher[:, j]))
    least.append(ops.zeros_like(least[0]))
    return ops.stack([least[j] - least[j + 1] for j in range(head.width)], axis=-1)


def _median_accuracy(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    lower = ops.cumsum(y_pred, axis=-1)[:, :-1] < 0.5
    ranks = ops.sum(ops.cast(lower, "int32"), axis=-1)
    return ops.cast(ops.reshape(ops.cast(y_true, "int32"), (-1,)) == ranks, y_pred.dtype)


# What metrics see, by the link of the head.
_SEEN: dict[str, Callable[[keras.KerasTensor, Head], keras.KerasTensor]] = {
    "gaussian": _means,
    "ordered": _by_rank,
}


def _listed(metrics: object) -> Iterator[object]:
    if isinstance(metrics, Mapping):
        metrics = list(metrics.values())
    if isinstance(metrics, list | tuple):
        for metric in metrics:
            yield from _listed(metric)
    elif metrics is not None:
        yield metrics


def _seeing(
    metric: keras.metrics.Metric | str | Callable[..., keras.KerasTensor],
    head: Head,
    width: int | None,
    *,
    counted: bool = False,
) -> keras.metrics.Metric:
    """Make a metric see outputs as the head reads them and, with a width, each part as a row.

    With `counted`, each part weighs 1, or 0 if it is a gap.
    """
    see = _SEEN.get(head.link)
    metric = _as_metric(metric, head, width)
    update = metric.update_state
    taken = inspect.signature(update).parameters.values()
    if width and not any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in taken):
        raise BuildError(
            f"Expected update_state of the metric {metric.name!r} to take sample_weight, which is "
            "0 for gaps in y. Give it one, or leave the metric out."
        )

    def update_state(
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> keras.KerasTensor:
        y_pred = see(y_pred, head) if see else y_pred
        if width:
            shape = (-1, width) if len(y_true.shape) == len(y_pred.shape) else (-1,)
            y_true, y_pred = ops.reshape(y_true, shape), ops.reshape(y_pred, (-1, width))
        if sample_weight is None:
            return update(y_true, y_pred)
        if width:
            sample_weight = ops.reshape(sample_weight, (-1,))
        if width and counted:
            sample_weight = ops.cast(sample_weight != 0, sample_weight.dtype)
        return update(y_true, y_pred, sample_weight=sample_weight)

    metric.update_state = update_state
    return metric


def _as_metric(
    metric: keras.metrics.Metric | str | Callable[..., keras.KerasTensor],
    head: Head,
    width: int | None,
) -> keras.metrics.Metric:
    if isinstance(metric, str) and metric.lower() in ("accuracy", "acc"):
        if head.link == "ordered":
            return keras.metrics.MeanMetricWrapper(_median_accuracy, name=metric)
        if width == 1:
            return keras.metrics.BinaryAccuracy(name=metric)
        one_hot, index = keras.metrics.CategoricalAccuracy, keras.metrics.SparseCategoricalAccuracy
        return (one_hot if head.target == "one_hot" else index)(name=metric)
    found = keras.metrics.get(metric)
    name = metric if isinstance(metric, str) else getattr(found, "__name__", "metric")
    if not isinstance(found, keras.metrics.Metric):
        return keras.metrics.MeanMetricWrapper(found, name=name)
    if isinstance(metric, str):
        found.name = metric
    return found
