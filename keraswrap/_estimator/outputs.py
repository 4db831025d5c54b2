"""Cache a net's outputs for some rows, for a second request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._data import Rows
from keraswrap._fingerprint import fingerprint
from keraswrap._target_view import each

if TYPE_CHECKING:
    from keraswrap._engine import Network

# Outputs by network, and by what identifies its rows.
Memory = dict[tuple["Network", "str | None"], object]
_MEMORY: ContextVar[Memory | None] = ContextVar("outputs", default=None)


@contextmanager
def remember_outputs(known: Memory | None = None) -> Iterator[None]:
    """Compute the outputs for equal rows once inside the block.

    A scorer asks for labels, and then somebody for the probabilities of the
    same rows. Nothing may be trained inside the block.

    Parameters
    ----------
    known : dict, optional
        Outputs that were computed already, by network and `outputs_key`.
    """
    token = _MEMORY.set(dict(known or {}))
    try:
        yield
    finally:
        _MEMORY.reset(token)


def outputs(network: Network, rows: Rows, arguments: Mapping[str, object], runtime: str) -> object:
    """Return a net's outputs for rows, or those of the last time inside `remember_outputs`.

    Returns
    -------
    ndarray of shape (n, ...), or dict of them by name
    """
    memory = _MEMORY.get()
    key = None if memory is None else outputs_key(rows, arguments)
    if memory is None or key is None:
        return network.outputs(rows, arguments, runtime)
    if (network, key) not in memory:
        memory[network, key] = network.outputs(rows, arguments, runtime)
    return each(np.copy, memory[network, key])


def outputs_key(rows: Rows, arguments: Mapping[str, object]) -> str | None:
    """Return what identifies rows that a network is asked about; None if nothing does."""
    return fingerprint([rows.arrays, arguments["batch_size"]])
