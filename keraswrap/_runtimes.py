"""Which runtime computes what a net answers, and how OpenVINO is run."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np

from keraswrap._optional import require
from keraswrap._processor import allowed_threads
from keraswrap.exceptions import ParameterError

RUNTIMES = ("keras", "openvino")
_VARIABLE = "KERASWRAP_RUNTIME"
_TYPES = {"float32": "f32", "bfloat16": "bf16"}


def name_runtime(runtime: str) -> str:
    """Name the runtime that a parameter chooses, or else the environment, or else Keras.

    Raises
    ------
    ParameterError
        If one of the two has another value.
    MissingExtraError
        If OpenVINO is chosen, and not installed.

    Examples
    --------
    >>> name_runtime("keras")
    'keras'
    """
    asked, source, known = runtime, "runtime", ("auto", *RUNTIMES)
    if runtime == "auto":  # code that names a runtime means it
        asked, source = os.environ.get(_VARIABLE) or "auto", _VARIABLE
    if asked not in known:
        raise ParameterError(f"Expected {source} to be one of {known}, got {asked!r:.60}.")
    if asked == "openvino":
        require("openvino", "openvino")
    return "keras" if asked == "auto" else asked


class CompiledModel:
    """Run a model of OpenVINO on the CPU, for one thread at a time.

    Parameters
    ----------
    model : openvino.Model
    precision : {"float32", "bfloat16"}
        In which it computes; what it answers is float32.
    """

    def __init__(self, model: Any, precision: str) -> None:
        openvino = require("openvino", "openvino")
        from openvino.properties import hint, inference_num_threads

        settings = {
            hint.inference_precision: getattr(openvino.Type, _TYPES[precision]),
            hint.performance_mode: hint.PerformanceMode.LATENCY,
        }
        if (threads := allowed_threads()) is not None:
            settings[inference_num_threads] = threads
        compiled = openvino.Core().compile_model(model, "CPU", settings)
        self._ask, self._count = compiled.create_infer_request(), len(compiled.outputs)
        self._lock = threading.Lock()

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return an array for each output, given one for each input, in the model's order."""
        with self._lock:
            said = self._ask.infer([np.ascontiguousarray(one) for one in inputs])
            return [said[place] for place in range(self._count)]
