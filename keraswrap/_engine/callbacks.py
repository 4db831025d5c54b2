"""Copies of callbacks: each belongs to one fit."""

from __future__ import annotations

import copy

import keras

from keraswrap._engine.serialization import duplicate
from keraswrap.exceptions import ParameterError


def make_callbacks(callbacks: object) -> list[keras.callbacks.Callback]:
    """Copy callbacks, and make instances of classes among them.

    Raises
    ------
    ParameterError
        If one is no callback, or cannot be copied.
    """
    if callbacks is None:
        return []
    given = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    return [_make_callback(callback) for callback in given]


def _make_callback(callback: object) -> keras.callbacks.Callback:
    try:
        made = callback() if isinstance(callback, type) else callback
    except TypeError as error:
        raise ParameterError(
            f"The callback {callback!r:.80} cannot be made without arguments: {error}. Pass an "
            "instance."
        ) from error
    if not isinstance(made, keras.callbacks.Callback):
        raise ParameterError(f"Expected a keras.callbacks.Callback, got {callback!r:.80}.")
    try:
        # Keras's objects in it would copy themselves by their configurations.
        parts = {id(part): duplicate(part) for part in vars(made).values() if _is_part(part)}
        return made if made is not callback else copy.deepcopy(callback, parts)
    except Exception as error:
        raise ParameterError(
            f"The callback {callback!r:.80} cannot be copied, and each fit needs its own: "
            f"{error}. Pass its class, or give it a __deepcopy__."
        ) from error


def _is_part(value: object) -> bool:
    return isinstance(value, keras.losses.Loss | keras.metrics.Metric | keras.optimizers.Optimizer)
