"""Loaded language models: one net per checkpoint and process, used by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from keraswrap._checkpoints.pool import Pool
from keraswrap._checkpoints.source import state_of
from keraswrap.llm.local._prefix_scorer import PrefixScorer
from keraswrap.llm.local._runner import Runner

if TYPE_CHECKING:
    from keraswrap.llm.local._base import LocalLM

Recipe = Mapping[str, str | int | bool | None]


class Net:
    """A net that is loaded when first used, with its cached prefix and its lock."""

    def __init__(self, load: Callable[[], Runner[Any]]) -> None:
        self.lock = threading.RLock()
        self.tokens_a_second: float | None = None
        self._load = load
        self._scorer: PrefixScorer[Any] | None = None

    def scorer(self, batch_size: int | None, share: bool) -> PrefixScorer[Any]:
        """Return the scorer; the caller holds the lock."""
        if self._scorer is None:
            self._scorer = PrefixScorer(self._load())
        self._scorer.batch_size, self._scorer.share = batch_size, share
        return self._scorer


nets: Pool[Net] = Pool()
models: Pool[LocalLM] = Pool(kept=2)


def key_of(kind: type[LocalLM], recipe: Recipe) -> Hashable:
    """Return the key of a model, which changes with the files of its checkpoint."""
    return (kind, tuple(sorted(recipe.items())), state_of(str(recipe["model"])))


def one_per_process(kind: type[LocalLM], recipe: Recipe) -> LocalLM:
    """Return the model that `kind` makes of the arguments in a recipe, making it if necessary."""
    return models.get(key_of(kind, recipe), lambda: kind(**recipe))


def release_models() -> None:
    """Release every model that only this module holds, and its net's memory.

    Examples
    --------
    >>> release_models()
    """
    models.release()
