"""Loaded encoders: one net per checkpoint and process, shared by all embedders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.pool import Pool

if TYPE_CHECKING:
    from keraswrap._data import Rows
    from keraswrap._engine import Network


class FrozenEncoder:
    """Compute a vector for each row of ids with a frozen encoder.

    Parameters
    ----------
    folder : str
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.
    pooling : {"mean", "cls", "pooler"}

    Attributes
    ----------
    n_computed : int
        Number of rows computed so far.
    """

    def __init__(self, folder: str, pooling: str) -> None:
        self.folder, self.pooling, self.n_computed = folder, pooling, 0
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
            network = self._network = self._network or self._build(rows)
            self.n_computed += len(ids)
            arguments = {"batch_size": batch_size, "callbacks": None, "verbose": 0}
            return np.asarray(network.outputs(rows, arguments), dtype="float32")

    def _build(self, rows: Rows) -> Network:
        from keraswrap import _engine
        from keraswrap._targets.head import number_head
        from keraswrap.text._build_functions import build_text_encoder

        arguments = {"encoder": self.folder, "pooling": self.pooling, "trainable": "head"}
        recipe = _engine.FromFunction(build_text_encoder, arguments)
        # A dtype policy that a user sets for training must not affect what is cached.
        network = _engine.Network(recipe, {}, rows, 0, "float32")
        # Nothing is trained; compiling sets how the net is run.
        jit = _engine.default_jit()
        settings = {"optimizer": "sgd", "loss": "mse", "jit_compile": jit}
        network.compile(settings, number_head(network.width))
        return network


# MiniLM takes 90 MB.
_encoders: Pool[FrozenEncoder] = Pool(kept=2)


def frozen_encoder(folder: str, pooling: str, fingerprint: str) -> FrozenEncoder:
    """Return the process's encoder for a checkpoint, whose net is loaded when first called."""
    return _encoders.get((folder, pooling, fingerprint), partial(FrozenEncoder, folder, pooling))
