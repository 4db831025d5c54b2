"""Make the metrics of one fit, each with the labels that it takes."""

from __future__ import annotations

import keras

from keraswrap._engine.serialization import duplicate
from keraswrap._engine.target_encoding import encoded
from keraswrap._targets.head import Head
from keraswrap.exceptions import ParameterError


def make_metrics(metrics: object, head: Head | None = None) -> object:
    """Copy metrics, in any nesting of lists and dicts."""
    if isinstance(metrics, list | tuple):
        return [make_metrics(metric, head) for metric in metrics]
    if isinstance(metrics, dict):
        return {name: make_metrics(metric, head) for name, metric in metrics.items()}
    if isinstance(metrics, type):
        return encoded(metrics(), head)
    if isinstance(metrics, keras.metrics.Metric):
        return encoded(duplicate(metrics), head)
    if metrics in ("accuracy", "acc") and head is not None and _is_binary(head):
        threshold = 0.0 if head.from_logits else 0.5
        return keras.metrics.BinaryAccuracy(threshold=threshold, name=metrics)
    _check_metric(metrics)
    return encoded(metrics, head)


def _is_binary(head: Head) -> bool:
    # Keras compares a single output with 0.5 even if it is a logit, and takes the largest of
    # several even if a row may have several labels.
    return head.target == "indicator" or (head.width == 1 and head.from_logits)


def _check_metric(metric: object) -> None:
    # Keras looks names up only when training begins, and chooses these two by their targets.
    if metric is None or str(metric).lower() in ("accuracy", "acc"):
        return
    try:
        keras.metrics.get(metric)
    except ValueError as error:
        raise ParameterError(
            f"Expected a metric of Keras, got {metric!r:.80}. See keras.metrics for their names."
        ) from error
