"""The way to the engine, which loads Keras and its backend: seconds, not before the first fit."""

from __future__ import annotations

from types import ModuleType


def engine() -> ModuleType:
    """Return the package `keraswrap._engine`, loading it if necessary."""
    from keraswrap import _engine

    return _engine
