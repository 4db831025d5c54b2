"""Models that are loaded: one net a process for all that name it, and whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from keraswrap._checkpoints.source import state_of
from keraswrap.llm.local._prefix_scorer import PrefixScorer
from keraswrap.llm.local._tree_scoring import Runner

__all__ = ["Net", "find_live", "keep_loaded", "net_of", "one_per_process", "release_models"]

# Of tasks that follow one another in a worker each brings its model anew: these stay loaded.
_KEPT = 2

_lock = threading.RLock()
_nets: WeakValueDictionary[tuple[Any, ...], Net] = WeakValueDictionary()
_models: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()
_kept: list[Any] = []


class Net:
    """A loaded net, what its prompts begin with, and whose turn it is."""

    def __init__(self, load: Callable[[], Runner]) -> None:
        self.lock = threading.RLock()
        self.tokens_a_second: float | None = None
        self._load = load
        self._scorer: PrefixScorer | None = None

    def scorer(self, batch_size: int | None, share: bool) -> PrefixScorer:
        """Give what scores; the lock is to be held."""
        if self._scorer is None:
            self._scorer = PrefixScorer(self._load())
        self._scorer.batch_size, self._scorer.share = batch_size, share
        return self._scorer


def net_of(key: tuple[Any, ...], load: Callable[[], Runner]) -> Net:
    """Give this process's net of a key, not loaded before it is used."""
    with _lock:
        net = _nets.get(key)
        if net is None:
            net = _nets[key] = Net(load)
        return net


def remember(model: Any, recipe: dict[str, Any]) -> None:
    """Let a model be the one of its recipe, unless there is one."""
    with _lock:
        if find_live(type(model), recipe) is None:
            _models[_key(type(model), recipe)] = model


def _key(kind: type, recipe: dict[str, Any]) -> tuple[Any, ...]:
    return (kind, tuple(sorted(recipe.items())))


def find_live(kind: type, recipe: dict[str, Any]) -> Any:
    """Give this process's model of a recipe; None without one, or if its files have changed."""
    model = _models.get(_key(kind, recipe))
    return model if model is not None and model._state == state_of(recipe["model"]) else None


def one_per_process(kind: type, recipe: dict[str, Any]) -> Any:
    """Give this process's model of a recipe, made when first asked for.

    Parameters
    ----------
    kind : type
    recipe : dict
        Arguments of `kind`.

    Returns
    -------
    LocalLM
    """
    with _lock:
        model = find_live(kind, recipe)
        if model is None:
            model = _models[_key(kind, recipe)] = kind(**recipe)
        return keep_loaded(model)


def keep_loaded(model: Any) -> Any:
    """Let a model stay loaded until others come, though nobody else holds it; give it back."""
    with _lock:
        _kept[:] = [*(each for each in _kept if each is not model), model][-_KEPT:]
    return model


def release_models() -> None:
    """Let go of every model that only this module holds, and of the memory of its net.

    Examples
    --------
    >>> release_models()
    """
    with _lock:
        _kept.clear()
