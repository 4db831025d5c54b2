"""Nets kept warm: one traced net that serves fit after fit of the same make.

A search fits one net many times over. Most of a short fit is tracing, the same
each time: 13 seconds for six transformer layers, of which training needs five.
Inside :func:`keep_nets` a net whose estimator is gone is kept, and the next fit
of the same make trains it in place of its own, from its own initial state. The
result is the same to the bit. It is not the default: whoever holds on to a net
beyond its estimator would see it trained by another.
"""

from __future__ import annotations

import gc
import json
import threading
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from keraswrap._engine.state import get_state, set_state

# Reentrant: a finalizer may run wherever memory is collected, in these very blocks too.
_LOCK = threading.RLock()


class _Shelf:
    """Room for one idle net, with what it is a copy of."""

    def __init__(self) -> None:
        self.make: str | None = None
        self.net: Any = None

    def put(self, make: str, net: Any) -> None:
        with _LOCK:
            self.make, self.net = make, net

    def take(self, make: str) -> Any:
        with _LOCK:
            net = self.net if self.make == make else None
            self.make = self.net = None
            return net


_shelf: _Shelf | None = None


@contextmanager
def keep_nets() -> Iterator[None]:
    """Let fits inside the block share one traced net, one after another."""
    global _shelf
    before, _shelf = _shelf, _Shelf()
    try:
        yield
    finally:
        _shelf = before


def warm(net: keras.Model, owner: Any) -> keras.Model:
    """Give an idle net of the same make in the state of `net`, or `net` itself.

    Parameters
    ----------
    net : keras.Model
        Freshly built and compiled.
    owner : object
        Whose end makes the net idle again.

    Returns
    -------
    keras.Model
    """
    shelf = _shelf
    make = describe(net) if shelf is not None else None
    if shelf is None or make is None:
        return net
    idle = shelf.take(make)
    if idle is not None:
        set_state(idle, get_state(net))
        net = idle
        gc.collect()  # a net refers to itself in many ways, and is large
    weakref.finalize(owner, shelf.put, make, net).atexit = False
    return net


def describe(net: keras.Model) -> str | None:
    """Describe all that decides what a net computes, its state aside.

    Returns
    -------
    str or None
        None where it cannot be known: code of the user's own, or layers that
        learn tables, which tracing puts into the graph.
    """
    if any(hasattr(layer, "adapt") for layer in net._flatten_layers()):
        return None
    try:
        with warnings.catch_warnings():  # that a lambda is hard to save is no news here
            warnings.simplefilter("ignore")
            config = json.loads(net.to_json())
    except Exception:  # a custom layer's get_config may fail in any way
        return None
    if not _plain(config):
        return None
    variables = [(tuple(v.shape), str(v.dtype), v.trainable) for v in net.variables]
    return json.dumps([_unnamed(config), variables], sort_keys=True)


def _plain(config: Any) -> bool:
    """Tell whether every object in a configuration is Keras's own."""
    if isinstance(config, dict):
        root = str(config.get("module") or "keras").partition(".")[0]
        own = root not in ("keras", "keras_hub", "keraswrap", "builtins")
        if own or config.get("class_name") in ("Lambda", "function", "__lambda__"):
            return False
        return all(_plain(value) for value in config.values())
    return all(_plain(value) for value in config) if isinstance(config, list) else True


def _unnamed(config: Any) -> Any:
    """Put numbers in place of names, which Keras makes up anew for each net."""
    names: dict[str, str] = {}
    _collect(config, names)
    return _renamed(config, names)


def _collect(config: Any, names: dict[str, str]) -> None:
    for value in _children(config):
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            names.setdefault(value["name"], f"#{len(names)}")
        _collect(value, names)


def _renamed(config: Any, names: dict[str, str]) -> Any:
    if isinstance(config, dict):
        return {key: _renamed(value, names) for key, value in config.items()}
    if isinstance(config, list):
        return [_renamed(value, names) for value in config]
    return names.get(config, config) if isinstance(config, str) else config


def _children(config: Any) -> list[Any]:
    if isinstance(config, dict):
        return list(config.values())
    return config if isinstance(config, list) else []
