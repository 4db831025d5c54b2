"""Find the user's own code in a net: functions and classes, and the names that they read."""

from __future__ import annotations

import types
from collections.abc import Iterator

import keras

from keraswrap._fingerprint import _installed, fingerprint


def own_code(net: keras.Model) -> list[object]:
    """Find the user's own functions and classes in a compiled net."""
    return [code for code in _codes(net) if not keras_made(code)]


def describe_code(code: list[object]) -> str | None:
    """Describe code with the globals that it reads, ignoring what cannot be fingerprinted."""
    return fingerprint([fingerprint(each) for each in code]) if code else None


def _codes(net: keras.Model) -> Iterator[object]:
    for layer in net._flatten_layers():
        yield type(layer)
        yield from (value for value in vars(layer).values() if has_call(value))
    metrics = getattr(net, "_compile_metrics", None)
    given = [getattr(metrics, name, None) for name in ("_user_metrics", "_user_weighted_metrics")]
    optimizer = getattr(net, "optimizer", None)
    beside = [net.loss, optimizer, getattr(optimizer, "_learning_rate", None)]
    for value in keras.tree.flatten([given, beside]):
        function = getattr(value, "fn", None) or getattr(value, "_fn", None) or value
        if function is not None and not isinstance(function, str):
            yield function if hasattr(function, "__qualname__") else type(function)


def names_in(value: object) -> Iterator[str]:
    """Yield the names that user code reads, including nested functions."""
    if isinstance(value, type):
        for kind in value.__mro__:
            for member in () if _installed(kind) else vars(kind).values():
                yield from names_in(getattr(member, "__func__", member))
    elif isinstance(value, types.CodeType):
        yield from value.co_names
        for constant in value.co_consts:
            yield from names_in(constant)
    elif hasattr(value, "__code__"):
        yield from names_in(value.__code__)
    elif callable(value) and not _installed(type(value)):
        yield from names_in(type(value))


def has_call(value: object) -> bool:
    return callable(value) or hasattr(type(value), "get_config")


def keras_made(value: object) -> bool:
    owner = value if isinstance(value, type) or hasattr(value, "__qualname__") else type(value)
    return _installed(owner)
