"""Language models as scikit-learn classifiers, without training."""

from __future__ import annotations

import importlib
from typing import Any

# Where each public name lives; each is loaded when it is first used.
_HOMES = {
    "AnswerCache": "cache",
    "AnswerCacheInfo": "cache",
    "Answers": "protocol",
    "Continuation": "protocol",
    "DEFAULT_PROMPT_FEW_SHOT": "prompting",
    "DEFAULT_PROMPT_MULTI_LABEL": "prompting",
    "DEFAULT_PROMPT_ZERO_SHOT": "prompting",
    "Estimate": "costs",
    "FakeLM": "fake",
    "FewShotClassifier": "few_shot",
    "KerasHubLM": "keras_hub_lm",
    "LanguageModel": "protocol",
    "Message": "protocol",
    "MultiLabelZeroShotClassifier": "multi_label",
    "OpenAICompatibleLM": "endpoint",
    "Piece": "protocol",
    "Prompt": "protocol",
    "TransformersLM": "transformers_lm",
    "ZeroShotClassifier": "zero_shot",
    "convert_gguf": "keraswrap._checkpoints.gguf",
    "load_model": "loading",
    "release_models": "live",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        home = _HOMES[name] if "." in _HOMES[name] else f"keraswrap.llm.{_HOMES[name]}"
        return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'keraswrap.llm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
