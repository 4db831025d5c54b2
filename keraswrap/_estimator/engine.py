"""Import the engine only at the first fit, as it loads Keras and its backend for seconds."""

from __future__ import annotations

from types import ModuleType


def engine() -> ModuleType:
    """Return the package `keraswrap._engine`, loading it if necessary."""
    from keraswrap import _engine

    return _engine
