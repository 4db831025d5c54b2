"""Layers, losses, metrics and optimizers in a form that pickles and copies.

Keras pickles its objects by registered name, and a class of the user's own has
none. Here an object is its class, which pickles by reference as any class
does, and what it was made from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keraswrap._engine.recipes import LayerRecipe


@dataclass
class ObjectRecipe:
    """A class, how to make an instance of it, and from what."""

    make: Callable[..., Any]
    given: dict[str, Any]

    def __call__(self) -> Any:
        """Make the object again."""
        return self.make(self.given)


def portable(value: Any) -> Any:
    """Turn Keras's objects, in lists and dicts too, into recipes; all else stays as it is."""
    if type(value) in (list, tuple):
        return type(value)(portable(entry) for entry in value)
    if type(value) is dict:
        return {name: portable(entry) for name, entry in value.items()}
    if isinstance(value, keras.Layer | keras.KerasTensor):
        return LayerRecipe.of(value)
    if isinstance(value, keras.losses.Loss):
        return ObjectRecipe(_Made(type(value)), dict(vars(value)))
    if isinstance(value, keras.metrics.Metric):
        return ObjectRecipe(type(value).from_config, value.get_config())
    if isinstance(value, keras.optimizers.Optimizer):
        return ObjectRecipe(type(value).from_config, _optimizer_config(value))
    return value


def live(value: Any) -> Any:
    """Turn recipes back into objects; the inverse of `portable`."""
    if type(value) in (list, tuple):
        return type(value)(live(entry) for entry in value)
    if type(value) is dict:
        return {name: live(entry) for name, entry in value.items()}
    return value() if isinstance(value, LayerRecipe | ObjectRecipe) else value


@dataclass
class _Made:
    # A loss is plain data, and its __init__ need not take what its configuration says.
    kind: type

    def __call__(self, attributes: dict[str, Any]) -> Any:
        made: Any = object.__new__(self.kind)
        made.__dict__.update(attributes)
        return made


def _optimizer_config(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    config = dict(optimizer.get_config())
    schedule = getattr(optimizer, "_learning_rate", None)
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        config["learning_rate"] = schedule  # pickles by itself, and needs no name
    return config
