"""Which runtime computes the vectors of a frozen encoder, and in which precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keraswrap._checkpoints.pool import Pool
from keraswrap._processor import has_bfloat16
from keraswrap._runtimes import name_runtime
from keraswrap.exceptions import ParameterError
from keraswrap.text._compiled_encoder import CompiledEncoder, Encode, KeptModel
from keraswrap.text._frozen_encoder import frozen_encoder

PRECISIONS = ("float32", "bfloat16")

# MiniLM takes 90 MB.
_compiled: Pool[CompiledEncoder] = Pool(kept=2)


@dataclass(frozen=True)
class Runtime:
    """What computes vectors.

    Parameters
    ----------
    name : {"keras", "openvino"}
    precision : {"float32", "bfloat16"}

    Examples
    --------
    >>> Runtime("keras", "float32").space, Runtime("openvino", "float32").space
    ('', '')
    >>> Runtime("openvino", "bfloat16").space
    ' openvino bfloat16'
    """

    name: str
    precision: str

    @property
    def space(self) -> str:
        """What tells vectors apart that differ by more than rounding in float32."""
        return "" if self.precision == "float32" else f" {self.name} {self.precision}"


def choose_runtime(runtime: str, precision: str) -> Runtime:
    """Choose by an embedder's parameters, and what the processor can do.

    Raises
    ------
    ParameterError
        If one of them, or the environment variable, has another value.
    MissingExtraError
        If OpenVINO is chosen, and not installed.
    """
    name = name_runtime(runtime)
    if precision not in ("auto", *PRECISIONS):
        raise ParameterError(
            f"Expected precision to be one of {('auto', *PRECISIONS)}, got {precision!r:.60}."
        )
    if precision == "auto":
        precision = PRECISIONS[name == "openvino" and has_bfloat16()]
    return Runtime(name, precision)


@dataclass(frozen=True)
class Frozen:
    """A frozen encoder that may be run in several ways.

    Parameters
    ----------
    folder : str
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.
    pooling : {"mean", "cls", "pooler"}
    fingerprint : str
        Hash of the checkpoint.
    pad_id : int
        What fills rows up.
    """

    folder: str
    pooling: str
    fingerprint: str
    pad_id: int

    def encode(self, runtime: Runtime) -> Encode:
        """Return what computes vectors by a runtime.

        Raises
        ------
        ParameterError
            If the encoder must be converted, and Keras's backend is not TensorFlow.
        """
        if runtime.name == "keras":
            return frozen_encoder(self.folder, self.pooling, self.fingerprint, runtime.precision)
        make = lambda: CompiledEncoder(self._model(), runtime.precision, self.pad_id)  # noqa: E731
        return _compiled.get((self, runtime), make)

    def _model(self) -> Any:
        """Return OpenVINO's model, which an earlier process may have made."""
        kept = KeptModel(f"{self.fingerprint[:16]}-{self.pooling}")
        if (model := kept.read()) is not None:
            return model
        from keraswrap._engine import to_openvino

        model = to_openvino(frozen_encoder(self.folder, self.pooling, self.fingerprint).network)
        kept.keep(model)
        return model
