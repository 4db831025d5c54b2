"""Turn layers, losses, metrics and optimizers into a form that can be pickled and copied.

Keras pickles its objects by registered name, which a user's own class does not
have. Here an object is represented by its class, which pickles by reference like
any class, and by what it was made from.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import keras
import numpy as np

from keraswrap._engine.layer_spec import LayerSpec
from keraswrap._engine.object_specs import (
    Configured,
    ObjectSpec,
    arguments_of,
    config_of,
    spec_of,
    trusted,
    unfaithful,
)
from keraswrap._params import check_known
from keraswrap.exceptions import ParameterError

__all__ = ["ObjectSpec", "copy_with", "duplicate", "from_spec", "to_spec"]

T = TypeVar("T")


def to_spec(value: Any) -> Any:
    """Turn Keras objects, also in lists and dicts, into specifications; leave all else unchanged.

    Raises
    ------
    ParameterError
        If an optimizer cannot be recreated faithfully.
    """
    if type(value) in (list, tuple):
        return type(value)(to_spec(entry) for entry in value)
    if type(value) is dict:
        return {name: to_spec(entry) for name, entry in value.items()}
    if isinstance(value, keras.Layer | keras.KerasTensor):
        return LayerSpec.of(value)
    if isinstance(value, keras.losses.Loss):
        return ObjectSpec(_Made(type(value)), to_spec(dict(vars(value))))
    if isinstance(value, keras.metrics.Metric):
        return _metric(value)
    if isinstance(value, keras.optimizers.Optimizer):
        spec = spec_of(value)
        if spec is None:
            raise unfaithful(value)
        return ObjectSpec(spec.make, to_spec(spec.given))
    return value


def from_spec(value: Any) -> Any:
    """Turn specifications back into objects; the inverse of `to_spec`."""
    if type(value) in (list, tuple):
        return type(value)(from_spec(entry) for entry in value)
    if type(value) is dict:
        return {name: from_spec(entry) for name, entry in value.items()}
    if isinstance(value, ObjectSpec):
        return value.make(from_spec(value.given))
    return value() if isinstance(value, LayerSpec) else value


def duplicate(value: T) -> T:
    """Copy a value that may hold Keras objects, with all of their arguments.

    Raises
    ------
    ParameterError
        If an optimizer cannot be recreated faithfully.
    """
    return from_spec(copy.deepcopy(to_spec(value)))


def copy_with(thing: Configured, changes: Mapping[str, object]) -> Configured:
    """Copy an optimizer or loss, with some arguments changed.

    Raises
    ------
    ParameterError
        If it cannot be recreated faithfully, or not with these arguments.
    """
    kind = type(thing).__name__
    check_known(changes, {*config_of(thing), *arguments_of(type(thing))}, kind)
    spec = spec_of(thing)
    if spec is None:
        raise unfaithful(thing)
    try:
        return spec.make({**duplicate(spec.given), **changes})
    except (ValueError, TypeError) as error:
        raise ParameterError(f"{kind} cannot be made with {dict(changes)!r}: {error}") from error


@dataclass
class _Made:
    # A loss is plain data, and its __init__ may not accept its configuration.
    kind: type

    def __call__(self, attributes: dict[str, object]) -> keras.losses.Loss:
        made: keras.losses.Loss = object.__new__(self.kind)
        made.__dict__.update(attributes)
        return made


@dataclass
class _Part:
    """Stands for a variable of a metric, a metric in it, or one of its methods."""

    of: str
    place: Any


@dataclass
class _MadeMetric:
    """Makes a metric whose configuration omits its arguments."""

    kind: type

    def __call__(self, given: dict[str, Any]) -> keras.metrics.Metric:
        made: keras.metrics.Metric = object.__new__(self.kind)
        keras.metrics.Metric.__init__(made, **given["base"])
        for variable in given["variables"]:
            made._tracker.add_to_store("variables", keras.Variable(trainable=False, **variable))
        for metric in given["metrics"]:
            made._tracker.add_to_store("metrics", metric)
        for name, value in given["attributes"].items():
            setattr(made, name, _placed(value, made))
        return made


def _metric(metric: keras.metrics.Metric) -> ObjectSpec:
    if trusted(metric):
        return ObjectSpec(type(metric).from_config, metric.get_config())
    try:
        # The copy must not include what the metric has counted so far.
        fresh = from_spec(copy.deepcopy(_contents(metric)))
        fresh.reset_state()
    except Exception:  # a user's own class may hold what cannot be copied
        fresh = metric
    spec = spec_of(fresh)
    return _contents(fresh) if spec is None else ObjectSpec(spec.make, to_spec(spec.given))


def _contents(metric: keras.metrics.Metric) -> ObjectSpec:
    base = {"name", "_dtype_policy", "_dtype", "_metrics", "_variables", "_tracker"}
    held = {k: _part(v, metric) for k, v in vars(metric).items() if k not in base}
    variables = [
        {"initializer": np.array(v), "dtype": v.dtype, "name": v.name} for v in metric._variables
    ]
    given: dict[str, object] = {
        "base": {"name": metric.name, "dtype": metric._dtype_policy},
        "variables": variables,
        "metrics": [to_spec(each) for each in metric._metrics],
        "attributes": held,
    }
    return ObjectSpec(_MadeMetric(type(metric)), given)


def _part(value: object, metric: keras.metrics.Metric) -> object:
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
    return to_spec(value)


def _placed(value: Any, metric: keras.metrics.Metric) -> object:
    if isinstance(value, _Part):
        if value.of == "methods":
            return getattr(metric, value.place)
        return getattr(metric, value.of)[value.place]
    if type(value) in (list, tuple):
        return type(value)(_placed(entry, metric) for entry in value)
    if type(value) is dict:
        return {name: _placed(entry, metric) for name, entry in value.items()}
    return value
