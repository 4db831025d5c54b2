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


def net_of(key: Hashable, load: Callable[[], Runner[Any]]) -> Net:
    """Return the net of a key, which is loaded when it is first used."""
    with nets.lock:
        return nets.find(key) or nets.add(key, Net(load))


def remember(model: LocalLM) -> None:
    """Register a model for its recipe, unless there is one already."""
    recipe = model._recipe or {}
    with models.lock:
        if find_live(type(model), recipe) is None:
            models.add(_key(type(model), recipe), model)


def _key(kind: type[LocalLM], recipe: Recipe) -> Hashable:
    return (kind, tuple(sorted(recipe.items())))


def find_live(kind: type[LocalLM], recipe: Recipe) -> LocalLM | None:
    """Return the model of a recipe; None if there is none, or its files have changed."""
    model = models.find(_key(kind, recipe))
    same = model is not None and model._state == state_of(str(recipe["model"]))
    return model if same else None


def one_per_process(kind: type[LocalLM], recipe: Recipe) -> LocalLM:
    """Return the model of a recipe, making it if there is none.

    Parameters
    ----------
    kind : type
    recipe : mapping
        Arguments of `kind`.

    Returns
    -------
    LocalLM
    """
    with models.lock:
        model = find_live(kind, recipe)
        if model is None:
            model = models.add(_key(kind, recipe), kind(**recipe))
        return models.keep(model)


def release_models() -> None:
    """Release every model that only this module holds, and its net's memory.

    Examples
    --------
    >>> release_models()
    """
    models.release()
