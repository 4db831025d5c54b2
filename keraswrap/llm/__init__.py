"""Language models as scikit-learn classifiers, without training."""

from __future__ import annotations

import importlib
from typing import Any

# Where each public name lives; each is loaded when it is first used.
_HOMES = {
    "OpenAICompatibleLM": "endpoint",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"keraswrap.llm.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'keraswrap.llm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
