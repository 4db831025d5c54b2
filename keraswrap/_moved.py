"""Where modules of version 0.1 are now, for pickles and journals that name them.

May go in version 0.3.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

# Modules whose classes and functions have been public or part of a pickle.
MOVED = {
    "keraswrap._data.columns": "keraswrap._data.lazy_column",
    "keraswrap._data.feeds": "keraswrap._data.net_inputs",
    "keraswrap._data.files": "keraswrap._data.arrow_file",
    "keraswrap._data.located": "keraswrap._data.hub_file_offsets",
    "keraswrap._data.opening": "keraswrap._data.ingest",
    "keraswrap._data.pieces": "keraswrap._data.byte_ranges",
    "keraswrap._data.rows": "keraswrap._data.row_data",
    "keraswrap._data.tables": "keraswrap._data.hub_dataset",
    "keraswrap._data.views": "keraswrap._data.row_data",
    "keraswrap._engine.copying": "keraswrap._engine.old_pickles",
    "keraswrap._engine.portable": "keraswrap._engine.old_pickles",
    "keraswrap._engine.recipes": "keraswrap._engine.old_pickles",
    "keraswrap._head": "keraswrap._targets.head",
    "keraswrap._smollm": "keraswrap._checkpoints.pinned",
    "keraswrap.demo.job": "keraswrap.demo._job",
    "keraswrap.demo.report": "keraswrap.demo._text",
    "keraswrap.demo.results": "keraswrap.demo._result",
    "keraswrap.demo.settings": "keraswrap.demo._settings",
    "keraswrap.issues.cleaning": "keraswrap.issues.labels._clean_classifier",
    "keraswrap.issues.decisions": "keraswrap.issues.corrections._decisions",
    "keraswrap.issues.duplicates": "keraswrap.issues.rows._groups",
    "keraswrap.issues.estimates": "keraswrap.issues.labels._estimates",
    "keraswrap.issues.finding": "keraswrap.issues.labels._find",
    "keraswrap.issues.findings": "keraswrap.issues.rows._results",
    "keraswrap.issues.hashing": "keraswrap.issues.corrections._identity",
    "keraswrap.issues.outliers": "keraswrap.issues.rows._neighbors",
    "keraswrap.issues.pieces": "keraswrap.issues._chunks",
    "keraswrap.issues.refit": "keraswrap.issues.labels._refit",
    "keraswrap.issues.scores": "keraswrap.issues.labels._scores",
    "keraswrap.issues.strategies": "keraswrap.issues.labels._strategies",
    "keraswrap.issues.table": "keraswrap.issues.labels._label_issues",
    "keraswrap.issues.variants": "keraswrap.issues.corrections._variants",
    "keraswrap.llm.cache": "keraswrap.llm._cache",
    "keraswrap.llm.costs": "keraswrap.llm._query",
    "keraswrap.llm.endpoint": "keraswrap.llm.server._client",
    "keraswrap.llm.examples": "keraswrap.llm._examples",
    "keraswrap.llm.fake": "keraswrap.llm._fake",
    "keraswrap.llm.few_shot": "keraswrap.llm._few_shot",
    "keraswrap.llm.gguf": "keraswrap._checkpoints.gguf",
    "keraswrap.llm.keras_hub_lm": "keraswrap.llm.local._keras_hub",
    "keraswrap.llm.labels": "keraswrap.llm._label_words",
    "keraswrap.llm.live": "keraswrap.llm.local._live_models",
    "keraswrap.llm.loading": "keraswrap.llm._load",
    "keraswrap.llm.multi_label": "keraswrap.llm._multi_label",
    "keraswrap.llm.prompting": "keraswrap.llm._prompts",
    "keraswrap.llm.protocol": "keraswrap.llm._protocol",
    "keraswrap.llm.transformers_lm": "keraswrap.llm.local._transformers",
    "keraswrap.llm.zero_shot": "keraswrap.llm._zero_shot",
    "keraswrap.model_selection.predicting": "keraswrap.model_selection._cross_val_predict",
    "keraswrap.model_selection.search": "keraswrap.model_selection._search",
    "keraswrap.model_selection.splitting": "keraswrap.model_selection._last_rows",
    "keraswrap.report.notes": "keraswrap.report._notes",
    "keraswrap.report.report": "keraswrap.report._report",
    "keraswrap.text._texts": "keraswrap._texts",
    "keraswrap.text.backbones": "keraswrap.text._backbones",
    "keraswrap.text.base": "keraswrap.text._base",
    "keraswrap.text.building": "keraswrap.text._build_functions",
    "keraswrap.text.cache": "keraswrap.text._embedding_cache",
    "keraswrap.text.checkpoint": "keraswrap.text._checkpoint",
    "keraswrap.text.embedder": "keraswrap.text._embedder",
    "keraswrap.text.encoders": "keraswrap.text._encoders",
    "keraswrap.text.files": "keraswrap.text._model_files",
    "keraswrap.text.heads": "keraswrap.text._pretrained_heads",
    "keraswrap.text.lengths": "keraswrap.text._length_report",
    "keraswrap.text.matching": "keraswrap.text._head_classes",
    "keraswrap.text.presets": "keraswrap.text._presets",
    "keraswrap.text.recipe": "keraswrap.text._schedule",
    "keraswrap.text.regressor": "keraswrap.text._regressor",
    "keraswrap.text.telling": "keraswrap.text._text_notices",
    "keraswrap.text.tokenizer": "keraswrap.text._tokenizer",
    "keraswrap.text.tokens": "keraswrap.text._token_ids",
    "keraswrap.text.transformer": "keraswrap.text._classifier",
    "keraswrap.text.windows": "keraswrap.text._windows",
}

# What fingerprints call the modules of today: journals of 0.1 know them by their former names.
FORMER = {new: old for old, new in MOVED.items()}


class MovedModules:
    """Import a module of an earlier version as the one that took its place."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return a spec for a module that has moved; asked after all other finders."""
        return ModuleSpec(name, cls) if name in MOVED else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Leave it to Python to create a module, which the other one then replaces."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Put the module of today in the place of the one of its earlier name."""
        sys.modules[module.__name__] = importlib.import_module(MOVED[module.__name__])


def find_by_old_names() -> None:
    """Make imports find modules by their former names."""
    if MovedModules not in sys.meta_path:
        sys.meta_path.append(MovedModules)
