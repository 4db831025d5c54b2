"""A net's predictions by OpenVINO, in the state that it was in when it was converted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import keras
import numpy as np

from keraswrap._engine.step_functions import choose_rows
from keraswrap._engine.to_openvino import to_openvino
from keraswrap._processor import has_bfloat16
from keraswrap._runtimes import CompiledModel

if TYPE_CHECKING:
    from keraswrap._engine.batches import Batches
    from keraswrap._engine.network import Network


class CompiledNet:
    """What a net answers, computed without Keras.

    Parameters
    ----------
    network : Network
        It computes in bfloat16 if it was trained in it and the processor can, else in
        float32.
    held : str, optional
        The `weights_hash` of a net that its user holds, and may change at any time.

    Attributes
    ----------
    rows : int
        How many are asked about at a time unless somebody says otherwise.
    """

    def __init__(self, network: Network, held: str | None = None) -> None:
        self._run = CompiledModel(to_openvino(network), inner_precision(network.precision))
        self._outputs, self.held = network.net_outputs, held
        with network.using() as net:
            self.rows = choose_rows(net, network.sample)

    def outputs(self, batches: Batches) -> object:
        """Return an array of shape (n, ...), or a dict of them by output, in batch order."""
        answers = []
        for position in range(batches.num_batches):
            (rows,) = batches[position]
            answers.append(self._run(*(rows.values() if batches.as_dict else (rows,))))
        parts = [np.concatenate(part) for part in zip(*answers, strict=True)]
        named = dict(zip(self._outputs.shapes, parts, strict=True))
        return parts[0] if self._outputs.form == "lone" else named


def inner_precision(policy: str) -> str:
    """Return in which precision OpenVINO computes a net that Keras computes in a policy."""
    return "bfloat16" if "bfloat16" in policy and has_bfloat16() else "float32"


def weights_hash(net: keras.Model) -> str:
    """Return a hash of a net's variables."""
    digest = hashlib.blake2b()
    for variable in net.variables:
        digest.update(np.asarray(variable).tobytes())
    return digest.hexdigest()
