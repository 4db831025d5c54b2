"""Read a net's inputs and outputs before it is trained."""

from __future__ import annotations

import json

import keras
import numpy as np

from keraswrap._data import LONE, InputSpec, LazyColumn, Rows
from keraswrap._engine.net_outputs import LONE_OUTPUT, NetOutputs, symbolic_output
from keraswrap.layers import PaddingMask

# Layers that do not change what values mean: the layer before them decides.
_PASSES = (
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Identity,
    keras.layers.Reshape,
)


def input_specs(net: keras.Model, rows: Rows) -> tuple[list[InputSpec], bool]:
    """Return what a net's inputs expect, and whether it takes them as a dict.

    A subclassed model declares no inputs before its first call, so it is fed the
    rows as they are.
    """
    tensors = named_inputs(net)
    if not tensors:
        specs = [
            InputSpec(name, array.shape[1:], _loose_dtype(array))
            for name, array in rows.arrays.items()
        ]
        return specs, set(rows.arrays) != {LONE}
    specs = [
        InputSpec(name, tuple(t.shape[1:]), keras.backend.standardize_dtype(t.dtype))
        for name, t in tensors.items()
    ]
    return specs, len(specs) > 1 or isinstance(getattr(net, "_inputs_struct", None), dict)


def named_inputs(net: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the symbolic inputs of a functional net, keyed by the names it is fed by."""
    struct = getattr(net, "_inputs_struct", None)
    if isinstance(struct, dict):
        return dict(struct)
    return {tensor.name: tensor for tensor in getattr(net, "inputs", None) or []}


def _loose_dtype(array: np.ndarray | LazyColumn) -> str:
    if array.dtype.kind == "O":
        return "string"
    return "int32" if array.dtype.kind in "iu" else keras.backend.floatx()


def last_activation(
    net: keras.Model,
    sample: np.ndarray | dict[str, np.ndarray],
    outputs: NetOutputs,
    name: str = LONE_OUTPUT,
) -> str | None:
    """Return the final activation of one of a net's outputs; None if it cannot be determined.

    A functional net's layers tell; otherwise the net is called on the sample:
    outputs that are non-negative and sum to 1 come from a softmax.
    """
    tensor = symbolic_output(net, name, outputs)
    seen = None if tensor is None else _activation(tensor)
    return seen or _probe(outputs.pick(net(sample, training=False), name))


def _activation(tensor: keras.KerasTensor) -> str | None:
    operation = tensor._keras_history.operation
    if isinstance(operation, keras.Model) and getattr(operation, "outputs", None):
        return _activation(operation.outputs[tensor._keras_history.tensor_index])
    if isinstance(operation, _PASSES):
        node = operation._inbound_nodes[tensor._keras_history.node_index]
        return _activation(node.input_tensors[0])
    name = type(operation).__name__.lower()
    if name in ("softmax", "sigmoid"):  # a layer or an operation of keras.ops
        return name
    function = getattr(getattr(operation, "layer", operation), "activation", None)
    return getattr(function, "__name__", None)


def _probe(output: keras.KerasTensor) -> str | None:
    raw = np.asarray(output, dtype="float64")
    sums = raw.shape[-1] > 1 and np.allclose(raw.sum(axis=-1), 1.0, atol=1e-3)
    return "softmax" if sums and (raw >= 0).all() else None


def find_padding(net: keras.Model) -> dict[str, int]:
    """Return the variable-length inputs whose padding the net can recognize.

    Returns
    -------
    dict of str to int
        The value that pads them, by input.
    """
    inputs = named_inputs(net)
    found = {}
    for layer in net.layers:
        if isinstance(layer, PaddingMask):
            name = input_name(net, layer)
            if name and tuple(inputs[name].shape) == (None, None):
                found[name] = layer.pad_id
    return found


def input_name(net: keras.Model, layer: keras.Layer) -> str:
    """Name the input that a layer reads; empty where it reads none."""
    names = {id(tensor): name for name, tensor in named_inputs(net).items()}
    for node in getattr(layer, "_inbound_nodes", []):
        for tensor in node.input_tensors:
            if id(tensor) in names:
                return names[id(tensor)]
    return ""


def net_config(net: keras.Model) -> dict[str, object]:
    """Return a net's configuration as data, without how it was compiled.

    Its optimizer may hold a schedule that has no configuration.
    """
    compiled = vars(net).pop("_compile_config", None)
    try:
        data = json.loads(net.to_json())
    finally:
        if compiled is not None:
            vars(net)["_compile_config"] = compiled
    data.pop("compile_config", None)
    return data
