"""Encoders that are loaded: one net a process for each, shared by every embedder."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np

# Nets that stay loaded; MiniLM takes 90 MB.
_KEPT = 2

_lock = threading.RLock()


class LiveEncoder:
    """A frozen encoder: rows of ids in, one vector for each out.

    Parameters
    ----------
    folder : str
        A directory that :func:`~keraswrap.text.resolve_encoder` gave.
    pooling : {"mean", "cls", "pooler"}

    Attributes
    ----------
    n_computed : int
        Rows that went through the net so far.
    """

    def __init__(self, folder: str, pooling: str) -> None:
        self.folder, self.pooling, self.n_computed = folder, pooling, 0
        self._network: Any = None

    def __call__(self, ids: np.ndarray, batch_size: int) -> np.ndarray:
        """Compute the vectors of rows.

        Parameters
        ----------
        ids : ndarray of int32, shape (n, max_length)
        batch_size : int

        Returns
        -------
        ndarray of float32, shape (n, hidden)
        """
        from keraswrap._data import LONE, Rows

        rows = Rows({LONE: ids})
        with _lock:  # one net, which threads would trace at once
            network = self._network = self._network or self._build(rows)
            self.n_computed += len(ids)
            arguments = {"batch_size": batch_size, "callbacks": None, "verbose": 0}
            return np.asarray(network.outputs(rows, arguments), dtype="float32")

    def _build(self, rows: Any) -> Any:
        from keraswrap import _engine
        from keraswrap.text.building import build_text_encoder

        arguments = {"encoder": self.folder, "pooling": self.pooling, "trainable": "head"}
        recipe = _engine.FromFunction(build_text_encoder, arguments)
        # What is kept must not hang on a policy that a user set for training.
        network = _engine.Network(recipe, {}, rows, 0, "float32")
        # Nothing is trained, but so it is said how the net is run.
        jit = _engine.default_jit()
        network.compile({"optimizer": "sgd", "loss": "mse", "jit_compile": jit}, None)
        return network


@lru_cache(maxsize=_KEPT)
def _kept(folder: str, pooling: str, fingerprint: str) -> LiveEncoder:
    return LiveEncoder(folder, pooling)


def live_encoder(folder: str, pooling: str, fingerprint: str) -> LiveEncoder:
    """Give this process's one encoder of a checkpoint.

    Parameters
    ----------
    folder : str
    pooling : {"mean", "cls", "pooler"}
    fingerprint : str
        Of the checkpoint: another one in the same folder is another encoder.

    Returns
    -------
    LiveEncoder
        Not loaded before it is first called.
    """
    with _lock:
        return _kept(folder, pooling, fingerprint)
