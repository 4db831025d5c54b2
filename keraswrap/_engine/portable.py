"""Layers, losses, metrics and optimizers in a form that pickles and copies.

Keras pickles its objects by registered name, and a class of the user's own has
none. Here an object is its class, which pickles by reference as any class
does, and what it was made from.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keraswrap._engine.copying import (
    ObjectRecipe,
    arguments_of,
    config_of,
    recipe_of,
    trusted,
    unfaithful,
)
from keraswrap._engine.recipes import LayerRecipe
from keraswrap._params import check_known
from keraswrap.exceptions import ParameterError

__all__ = ["ObjectRecipe", "duplicate", "live", "portable", "remake"]


def portable(value: Any) -> Any:
    """Turn Keras's objects, in lists and dicts too, into recipes; all else stays as it is.

    Raises
    ------
    ParameterError
        If an optimizer cannot be made again as it is.
    """
    if type(value) in (list, tuple):
        return type(value)(portable(entry) for entry in value)
    if type(value) is dict:
        return {name: portable(entry) for name, entry in value.items()}
    if isinstance(value, keras.Layer | keras.KerasTensor):
        return LayerRecipe.of(value)
    if isinstance(value, keras.losses.Loss):
        return ObjectRecipe(_Made(type(value)), portable(dict(vars(value))))
    if isinstance(value, keras.metrics.Metric):
        return _metric(value)
    if isinstance(value, keras.optimizers.Optimizer):
        recipe = recipe_of(value)
        if recipe is None:
            raise unfaithful(value)
        return ObjectRecipe(recipe.make, portable(recipe.given))
    return value


def live(value: Any) -> Any:
    """Turn recipes back into objects; the inverse of `portable`."""
    if type(value) in (list, tuple):
        return type(value)(live(entry) for entry in value)
    if type(value) is dict:
        return {name: live(entry) for name, entry in value.items()}
    if isinstance(value, ObjectRecipe):
        return value.make(live(value.given))
    return value() if isinstance(value, LayerRecipe) else value


def duplicate(value: Any) -> Any:
    """Copy what may hold Keras's objects, each to the last argument.

    Raises
    ------
    ParameterError
        If an optimizer cannot be made again as it is.
    """
    return live(copy.deepcopy(portable(value)))


def remake(thing: Any, changes: Mapping[str, Any]) -> Any:
    """Copy an optimizer or loss, with some arguments changed.

    Raises
    ------
    ParameterError
        If it cannot be made again as it is, or not with these.
    """
    kind = type(thing).__name__
    check_known(changes, {*config_of(thing), *arguments_of(type(thing))}, kind)
    recipe = recipe_of(thing)
    if recipe is None:
        raise unfaithful(thing)
    try:
        return recipe.make({**duplicate(recipe.given), **changes})
    except (ValueError, TypeError) as error:
        raise ParameterError(f"{kind} cannot be made with {dict(changes)!r}: {error}") from error


@dataclass
class _Made:
    # A loss is plain data, and its __init__ need not take what its configuration says.
    kind: type

    def __call__(self, attributes: dict[str, Any]) -> Any:
        made: Any = object.__new__(self.kind)
        made.__dict__.update(attributes)
        return made


@dataclass
class _Part:
    """Stands for a variable of a metric, a metric in it, or a method of its own."""

    of: str
    place: Any


@dataclass
class _MadeMetric:
    """Makes a metric whose configuration is silent about what it was made with."""

    kind: type

    def __call__(self, given: dict[str, Any]) -> Any:
        made: Any = object.__new__(self.kind)
        keras.metrics.Metric.__init__(made, **given["base"])
        for variable in given["variables"]:
            made._tracker.add_to_store("variables", keras.Variable(trainable=False, **variable))
        for metric in given["metrics"]:
            made._tracker.add_to_store("metrics", metric)
        for name, value in given["attributes"].items():
            setattr(made, name, _placed(value, made))
        return made


def _metric(metric: Any) -> ObjectRecipe:
    if trusted(metric):
        return ObjectRecipe(type(metric).from_config, metric.get_config())
    try:
        # What it counted so far is not what it is.
        fresh = live(copy.deepcopy(_contents(metric)))
        fresh.reset_state()
    except Exception:  # what a class of the user's own holds may be such that it has no copy
        fresh = metric
    recipe = recipe_of(fresh)
    return _contents(fresh) if recipe is None else ObjectRecipe(recipe.make, portable(recipe.given))


def _contents(metric: Any) -> ObjectRecipe:
    base = {"name", "_dtype_policy", "_dtype", "_metrics", "_variables", "_tracker"}
    held = {k: _part(v, metric) for k, v in vars(metric).items() if k not in base}
    variables = [
        {"initializer": np.array(v), "dtype": v.dtype, "name": v.name} for v in metric._variables
    ]
    given = {
        "base": {"name": metric.name, "dtype": metric._dtype_policy},
        "variables": variables,
        "metrics": [portable(each) for each in metric._metrics],
        "attributes": held,
    }
    return ObjectRecipe(_MadeMetric(type(metric)), given)


def _part(value: Any, metric: Any) -> Any:
    for of in ("_variables", "_metrics"):
        for place, each in enumerate(getattr(metric, of)):
            if each is value:
                return _Part(of, place)
    if isinstance(value, types.MethodType) and value.__self__ is metric:
        return _Part("methods", value.__name__)
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        entries = [_part(entry, metric) for entry in value]
        return tuple(entries) if isinstance(value, tuple) else entries
    if isinstance(value, dict):
        return {name: _part(entry, metric) for name, entry in value.items()}
    return portable(value)


def _placed(value: Any, metric: Any) -> Any:
    if isinstance(value, _Part):
        if value.of == "methods":
            return getattr(metric, value.place)
        return getattr(metric, value.of)[value.place]
    if type(value) in (list, tuple):
        return type(value)(_placed(entry, metric) for entry in value)
    if type(value) is dict:
        return {name: _placed(entry, metric) for name, entry in value.items()}
    return value
