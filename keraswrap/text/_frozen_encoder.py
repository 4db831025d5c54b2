"""Loaded encoders: one net per checkpoint and process, shared by all embedders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.pool import Pool

if TYPE_CHECKING:
    from keraswrap._engine import Network


class FrozenEncoder:
    """Compute a vector for each row of ids with a frozen encoder.

    Parameters
    ----------
    folder : str
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.
    pooling : {"mean", "cls", "pooler"}
    precision : {"float32", "bfloat16"}, default="float32"
        In which matrices are multiplied.

    Attributes
    ----------
    n_computed : int
        Number of rows computed so far.
    """

    def __init__(self, folder: str, pooling: str, precision: str = "float32") -> None:
        self.folder, self.pooling, self.n_computed = folder, pooling, 0
        self._policy = "float32" if precision == "float32" else f"mixed_{precision}"
        self._network: Network | None = None

    def __call__(self, ids: np.ndarray, batch_size: int) -> np.ndarray:
        """Compute the vectors of rows.

        Parameters
        ----------
        ids : ndarray of int32, shape (n, max_length)

        Returns
        -------
        ndarray of float32, shape (n, hidden)
        """
        from keraswrap._data import LONE, Rows

        rows = Rows({LONE: ids})
        with _encoders.lock:  # otherwise threads would trace the net at the same time
            self.n_computed += len(ids)
            arguments = {"batch_size": batch_size, "callbacks": None, "verbose": 0}
            return np.asarray(self.network.outputs(rows, arguments), dtype="float32")

    @property
    def network(self) -> Network:
        """The net, built when it is first asked for."""
        with _encoders.lock:
            self._network = self._network or self._build()
            return self._network

    def _build(self) -> Network:
        from keraswrap import _engine
        from keraswrap._data import LONE, Rows
        from keraswrap._targets.head import number_head
        from keraswrap.text._build_functions import build_text_encoder

        arguments = {"encoder": self.folder, "pooling": self.pooling, "trainable": "head"}
        recipe = _engine.FromFunction(build_text_encoder, arguments)
        rows = Rows({LONE: np.zeros((1, 1), "int32")})
        # A dtype policy that a user sets for training must not affect what is cached.
        network = _engine.Network(recipe, {}, rows, 0, self._policy)
        # Nothing is trained; compiling sets how the net is run.
        jit = _engine.default_jit()
        settings = {"optimizer": "sgd", "loss": "mse", "jit_compile": jit}
        network.compile(settings, number_head(network.width))
        return network


# MiniLM takes 90 MB.
_encoders: Pool[FrozenEncoder] = Pool(kept=2)


def frozen_encoder(
    folder: str, pooling: str, fingerprint: str, precision: str = "float32"
) -> FrozenEncoder:
    """Return the process's encoder for a checkpoint, whose net is loaded when first called."""
    make = partial(FrozenEncoder, folder, pooling, precision)
    return _encoders.get((folder, pooling, fingerprint, precision), make)
