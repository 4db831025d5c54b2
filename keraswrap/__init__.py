"""Keras build functions as scikit-learn estimators, cleaned with cleanlab.

Names are loaded on first use: ``import keraswrap`` loads neither Keras nor TensorFlow,
which would take seconds.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

# Loaded after TensorFlow 2.21, this module would be bound to the SQLite inside TensorFlow, which
# has no full-text search: databases that a handler reads have to work either way.
with contextlib.suppress(ImportError):
    import sqlite3  # noqa: F401

from keraswrap import _moved

__version__ = "0.1.0"

# Where each public name lives.
_HOMES = {
    "KerasWrapperModel": "wrappers",
    "KerasWrapperRegressor": "wrappers",
    "KerasWrapperSequential": "wrappers",
    "config_context": "_config",
    "get_config": "_config",
    "set_config": "_config",
}

__all__ = ["__version__", *_HOMES]

_moved.find_by_old_names()


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"keraswrap.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'keraswrap' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
