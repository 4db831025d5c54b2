"""What can be read off a net before it is trained: outputs, last activation, preprocessing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keraswrap._data import Feed, Rows
from keraswrap._engine.builders import named_inputs
from keraswrap._engine.preprocessing import adapt
from keraswrap._engine.state import get_tables
from keraswrap.exceptions import BuildError
from keraswrap.layers import PaddingMask

# Layers that change no value's meaning: what lies before them decides.
_PASSES = (
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Identity,
    keras.layers.Reshape,
)


def output_width(net: keras.Model, sample: Any) -> int:
    """Give the number of output units, calling the net on a sample if it must.

    Raises
    ------
    BuildError
        If the net has several outputs, or one that is not of shape (n, units).
    """
    outputs = getattr(net, "outputs", None)
    shapes = [tuple(t.shape) for t in outputs] if outputs else _called_shapes(net, sample)
    if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][1] is None:
        raise BuildError(
            f"Expected a net with one output of shape (n, units), got {shapes}. End it in a "
            "Dense layer, after Flatten or pooling."
        )
    return int(shapes[0][1])


def _called_shapes(net: keras.Model, sample: Any) -> list[tuple[Any, ...]]:
    try:
        raw = net(sample, training=False)
    except Exception as error:
        raise BuildError(
            f"The net cannot be called on the rows given: {type(error).__name__}: {error}"
        ) from error
    return [tuple(t.shape) for t in keras.tree.flatten(raw)]


def last_activation(net: keras.Model, sample: Any) -> str | None:
    """Name the activation that a net ends in; None where it cannot be seen.

    A functional net is read; a subclassed one is asked: rows that are
    non-negative and sum to 1 come from a softmax.
    """
    outputs = getattr(net, "outputs", None)
    seen = _activation(outputs[0]) if outputs else None
    return seen or _probe(net, sample)


def _activation(tensor: Any) -> str | None:
    operation = tensor._keras_history.operation
    if isinstance(operation, keras.Model) and getattr(operation, "outputs", None):
        return _activation(operation.outputs[0])
    if isinstance(operation, _PASSES):
        node = operation._inbound_nodes[tensor._keras_history.node_index]
        return _activation(node.input_tensors[0])
    name = type(operation).__name__.lower()
    if name in ("softmax", "sigmoid"):  # a layer or an operation of keras.ops
        return name
    function = getattr(operation, "activation", None)
    return getattr(function, "__name__", None)


def _probe(net: keras.Model, sample: Any) -> str | None:
    raw = np.asarray(net(sample, training=False), dtype="float64")
    sums = raw.shape[1] > 1 and np.allclose(raw.sum(axis=1), 1.0, atol=1e-3)
    return "softmax" if sums and (raw >= 0).all() else None


def adapt_layers(net: keras.Model, rows: Rows, feeds: Mapping[str, Feed]) -> None:
    """Let preprocessing layers at the inputs learn from the training rows.

    Only those that were not adapted already, and only from rows of this fit:
    a vocabulary learned before the split would leak.
    """
    for layer in net.layers:
        source = _input_name(net, layer)
        if source in feeds and hasattr(layer, "adapt") and not _adapted(layer):
            adapt(layer, feeds[source], rows)


def find_padding(net: keras.Model) -> dict[str, int]:
    """Give the inputs of any length whose padding the net tells from tokens.

    Returns
    -------
    dict of str to int
        What fills them up, by input.
    """
    inputs = named_inputs(net)
    found = {}
    for layer in net.layers:
        if isinstance(layer, PaddingMask):
            name = _input_name(net, layer)
            if name and tuple(inputs[name].shape) == (None, None):
                found[name] = layer.pad_id
    return found


def _input_name(net: keras.Model, layer: Any) -> str:
    """Name the input that a layer reads; empty where it reads none."""
    names = {id(tensor): name for name, tensor in named_inputs(net).items()}
    for node in getattr(layer, "_inbound_nodes", []):
        for tensor in node.input_tensors:
            if id(tensor) in names:
                return names[id(tensor)]
    return ""


def _adapted(layer: Any) -> bool:
    if isinstance(layer, keras.layers.Normalization):
        return layer.input_mean is not None or _moved(layer)
    return bool(get_tables(layer)) or getattr(layer, "output_mode", None) == "hashing"


def _moved(layer: Any) -> bool:
    # Keras keeps no flag: what was adapted is no longer at its initial 0 and 1.
    mean, variance = np.asarray(layer.adapt_mean), np.asarray(layer.adapt_variance)
    return bool((mean != 0).any() or (variance != 1).any())
