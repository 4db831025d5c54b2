"""Turn a net into a model of OpenVINO, which computes without Keras and its backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    from keraswrap._engine.network import Network

_ANSWER = "answer_of_the_net"


def to_openvino(network: Network) -> Any:
    """Convert the predictions of a net with one input and one output.

    Parameters
    ----------
    network : Network

    Returns
    -------
    openvino.Model
        In float32, for inputs of any number of rows, and of any length where the net takes
        that.

    Raises
    ------
    ParameterError
        If the backend is another one.
    """
    if (backend := keras.backend.backend()) != "tensorflow":
        raise ParameterError(
            f"Expected Keras's backend to be TensorFlow to convert a net for OpenVINO, got "
            f"{backend!r}. Convert it once with TensorFlow, which is kept, or set runtime='keras'."
        )
    import openvino
    import tensorflow as tf

    with network.using() as net:
        (taken,) = net.inputs
        spec = tf.TensorSpec(taken.shape, taken.dtype)

        @tf.function(input_signature=[spec], autograph=False)
        def said(rows: tf.Tensor) -> tf.Tensor:
            return tf.identity(net(rows, training=False), name=_ANSWER)

        whole = openvino.convert_model(said.get_concrete_function())
    # Functions with gradients of their own, as a GELU, leave further outputs, also before this one.
    (answer,) = (part for part in whole.outputs if f"{_ANSWER}:0" in part.get_names())
    return openvino.Model([answer.get_node()], whole.get_parameters())
