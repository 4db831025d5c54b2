"""Cache a net's traced steps, and trace them again if the net has changed.

A trace reads the net as it was: its variables, optimizer, loss and metrics, the
settings of its layers, and globals that the user's own code refers to. It is kept with
the net, which may be compiled, frozen, quantized or given LoRA in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import keras

from keraswrap._engine.model_signature import own_attributes
from keraswrap._engine.user_code import describe_code, own_code

_PLAIN = (bool, int, float, str)
_OF_A_NET = (
    *("optimizer", "_compile_loss", "_compile_metrics", "_loss_tracker"),
    *("jit_compile", "run_eagerly"),
)
_BY_KERAS = ("train_function", "test_function", "predict_function")

Trace = TypeVar("Trace")


def traced(net: keras.Model, key: Hashable, trace: Callable[[], Trace]) -> Trace:
    """Return a net's traced function; trace it if it is missing or the net has changed.

    Parameters
    ----------
    key : hashable
        What is traced.
    trace : callable
        Makes it.
    """
    # Stored through vars(), as Keras would look for layers in an attribute that is set.
    kept = vars(net).setdefault("_loops", {})
    if _has_changed(net, key) or key not in kept:
        kept[key] = trace()
    return kept[key]


def drop_stale(net: keras.Model, names: tuple[str, ...] = _BY_KERAS) -> None:
    """Drop the functions that Keras itself keeps with a net, if the net has changed."""
    for name in names:
        if _has_changed(net, name):
            setattr(net, name, None)


@dataclass
class _Seen:
    """A net as it was when something was traced for it."""

    held: dict[Hashable, object]
    code: list[object]
    written: str | None

    @classmethod
    def of(cls, net: keras.Model) -> _Seen:
        code = own_code(net)
        return cls(_held(net), code, describe_code(code))

    def is_still(self, net: keras.Model) -> bool:
        now = _held(net)
        same = now.keys() == self.held.keys() and all(_same(now[k], self.held[k]) for k in now)
        # The same code may read globals that have changed.
        return same and describe_code(self.code) == self.written


def _has_changed(net: keras.Model, key: Hashable) -> bool:
    """Return whether a net has changed since the last call; True the first time."""
    seen = vars(net).setdefault("_seen", {})
    changed = key not in seen or not seen[key].is_still(net)
    if changed:
        seen[key] = _Seen.of(net)
    return changed


def _same(one: object, other: object) -> bool:
    # For other objects, `==` may mean anything.
    return one is other or (type(one) is type(other) and isinstance(one, _PLAIN) and one == other)


def _held(net: keras.Model) -> dict[Any, object]:
    """Return what a trace depends on: plain values and objects, which are kept to compare by id."""
    optimizer = getattr(net, "optimizer", None)
    beside = optimizer.variables if optimizer is not None else []
    named = {name: getattr(net, name, None) for name in _OF_A_NET}
    return {**named, **dict(enumerate([*net.variables, *beside])), **dict(_settings(net))}


def _settings(net: keras.Model) -> Iterator[tuple[Hashable, object]]:
    for place, layer in enumerate(net._flatten_layers()):
        yield (place, "trainable"), layer.trainable
        yield (place, "policy"), layer.dtype_policy.name
        for name, value in own_attributes(layer):
            # Layers store tensors of the trace itself (a dropout mask), which are always new.
            if value is not None and type(value).__name__ != "SymbolicTensor":
                yield (place, name), value
