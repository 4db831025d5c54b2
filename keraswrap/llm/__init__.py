"""Language models as scikit-learn classifiers without training."""

from __future__ import annotations

import importlib

# Where each public name lives; each is loaded when it is first used.
_HOMES = {
    "AnswerCache": "llm._cache",
    "AnswerCacheInfo": "llm._cache",
    "Answers": "llm._protocol",
    "Choices": "llm._sampling",
    "Continuation": "llm._protocol",
    "DEFAULT_PROMPT_FEW_SHOT": "llm._prompts",
    "DEFAULT_PROMPT_MULTI_LABEL": "llm._prompts",
    "DEFAULT_PROMPT_ZERO_SHOT": "llm._prompts",
    "Estimate": "llm._query",
    "FakeLM": "llm._fake",
    "FeatureComparison": "llm.features._comparison",
    "FeatureGain": "llm.features._comparison",
    "FewShotClassifier": "llm._few_shot",
    "Generated": "llm._sampling",
    "KerasHubLM": "llm.local._keras_hub",
    "LanguageModel": "llm._protocol",
    "LanguageModelFeatures": "llm.features._transformer",
    "Message": "llm._protocol",
    "MultiLabelZeroShotClassifier": "llm._multi_label",
    "OpenAICompatibleLM": "llm.server._client",
    "Piece": "llm._protocol",
    "Prompt": "llm._protocol",
    "Question": "llm.features._question",
    "Regex": "llm._sampling",
    "Sampling": "llm._sampling",
    "TextExtractor": "llm.texts._extractor",
    "TextGenerator": "llm._generator",
    "TextRewriter": "llm.texts._rewriter",
    "TextSummarizer": "llm.texts._summarizer",
    "TextTranslator": "llm.texts._translator",
    "TransformersLM": "llm.local._transformers",
    "ZeroShotClassifier": "llm._zero_shot",
    "compare_features": "llm.features._comparison",
    "convert_gguf": "_checkpoints.gguf",
    "emotion": "llm.features._question",
    "load_model": "llm._load",
    "opinion_of": "llm.features._question",
    "propose_questions": "llm.features._proposal",
    "release_models": "llm.local._live_models",
    "sentiment": "llm.features._question",
    "urgency": "llm.features._question",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"keraswrap.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'keraswrap.llm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
