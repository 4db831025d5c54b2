"""Turn a net into a model of OpenVINO, which computes without Keras and its backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras

from keraswrap._engine.model_io import named_inputs
from keraswrap._engine.seeds import reproducible
from keraswrap._optional import require
from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    import tensorflow as tf

    from keraswrap._engine.network import Network

_ROWS, _ANSWER = "rows_of_the_net_", "answer_of_the_net_"


def to_openvino(network: Network) -> Any:
    """Convert the predictions of a net.

    Parameters
    ----------
    network : Network

    Returns
    -------
    openvino.Model
        In float32, for any number of rows, of any length where the net takes that. Its
        inputs are in the order of `network.feeds`, its outputs in that of
        `network.net_outputs`.

    Raises
    ------
    ParameterError
        If the backend is another one, or the net cannot be converted.
    MissingExtraError
        If OpenVINO is not installed.
    """
    openvino = require("openvino", "openvino")
    if (backend := keras.backend.backend()) != "tensorflow":
        raise ParameterError(
            f"Expected Keras's backend to be TensorFlow to convert a net for OpenVINO, got "
            f"{backend!r}. Convert it once with TensorFlow, which is kept, or set runtime='keras'."
        )
    with _in_float32(network) as net:
        if not named_inputs(net):
            raise ParameterError(
                "Expected a net that declares its inputs to convert it for OpenVINO, got a "
                "subclass of keras.Model. Return keras.Model(inputs, outputs), or set "
                "runtime='keras'."
            )
        try:
            whole = _converted(_traced(network, net).graph)
            inputs = _in_order(whole.inputs, _ROWS, len(network.feeds))
            answers = _in_order(whole.outputs, _ANSWER, len(network.net_outputs.shapes))
        except Exception as error:  # its errors have no class in common
            raise ParameterError(
                "Expected a net that OpenVINO can compute, got one that it cannot convert: "
                f"{type(error).__name__}: {_told(error)} Set runtime='keras'."
            ) from error
    # Functions with gradients of their own, as a GELU, leave further outputs, also before these.
    return openvino.Model([port.get_node() for port in answers], [p.get_node() for p in inputs])


@contextmanager
def _in_float32(network: Network) -> Iterator[keras.Model]:
    """Provide the net as computing in the precision of its weights.

    OpenVINO rounds by itself, and merges no operations across a net's own rounding.
    """
    if network.precision == "float32":
        with network.using() as net:
            yield net
        return
    with reproducible(network.seed, strict=False):
        net = network.build(network.state)
    for layer in net._flatten_layers():
        layer.dtype_policy = layer.variable_dtype
    yield net


def _traced(network: Network, net: keras.Model) -> Any:
    import tensorflow as tf

    taken, outputs = named_inputs(net), network.net_outputs
    specs = [
        tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, f"{_ROWS}{place}")
        for place, tensor in enumerate(taken.values())
    ]

    @tf.function(input_signature=specs, autograph=False)
    def said(*rows: tf.Tensor) -> list[tf.Tensor]:
        given = dict(zip(taken, rows, strict=True)) if network.as_dict else rows[0]
        raw = net(given, training=False)
        return [
            tf.identity(outputs.pick(raw, name), name=f"{_ANSWER}{place}")
            for place, name in enumerate(outputs.shapes)
        ]

    return said.get_concrete_function()


def _converted(graph: tf.Graph) -> Any:
    """Convert a graph as `openvino.convert_model` does, but for what it does besides.

    That function reports to a server of Intel's unless somebody has opted out, and where it
    fails, Python's root logger drops warnings from then on. And the model must not share
    the memory of weights, which other fits will overwrite.
    """
    from openvino.frontend import FrontEndManager
    from openvino.frontend.tensorflow.graph_iterator import GraphIteratorTFGraph

    operations = GraphIteratorTFGraph(graph, False)  # read until all is converted
    frontend = FrontEndManager().load_by_framework("tf")
    return frontend.convert(frontend.load(operations, False))


def _in_order(ports: Any, name: str, count: int) -> list[Any]:
    """Find what was named on the way in or out; whatever else there is was not."""
    found = {part.partition(":")[0]: port for port in ports for part in port.get_names()}
    if missing := [k for k in range(count) if f"{name}{k}" not in found]:
        raise ValueError(f"There is no {name}{missing[0]}.")
    return [found[f"{name}{k}"] for k in range(count)]


def _told(error: Exception) -> str:
    """Return the line that names operations, if there is one, else the beginning."""
    lines = str(error).strip().splitlines() or [""]
    return next((line for line in lines if "operations" in line), lines[0])[:300]
