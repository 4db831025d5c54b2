"""Copy optimizers, losses, metrics and schedules without losing an argument.

Keras copies them by their configuration, and that of a user's own class may
leave arguments out: the copy then silently falls back to its defaults. Here the
object that a configuration makes is compared with the original.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras
import numpy as np

from keraswrap._engine.seeds import reproducible
from keraswrap._fingerprint import _installed, fingerprint
from keraswrap.exceptions import ParameterError

Schedule = keras.optimizers.schedules.LearningRateSchedule
# Objects that Keras copies by their configuration.
Configured: TypeAlias = (
    "keras.optimizers.Optimizer | keras.losses.Loss | keras.metrics.Metric"
    " | keras.optimizers.schedules.LearningRateSchedule"
)
# Attributes in which Keras keeps track of variables and names, not arguments.
_BOOKKEEPING = {"name", "_name", "_tracker", "_variables", "built", "_lock"}
_OF_EVERY_OBJECT = {"name", "dtype", "reduction"}
_OF_EVERY_LAYER = {"name", "dtype", "trainable", "activity_regularizer"}
# Arguments of layers that have a configuration of their own.
_PARTS = (
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)
_LEARNED = {"_iterations", "_trainable_variables_indices"}


@dataclass
class ObjectSpec:
    """How to make an object, and from what."""

    make: Callable[..., object]
    given: dict[str, object]

    def __call__(self) -> object:
        """Make the object again."""
        return self.make(dict(self.given))  # Keras modifies a configuration that it is given


@dataclass
class Called:
    """Calls a class with arguments by name."""

    kind: type

    def __call__(self, arguments: dict[str, object]) -> object:
        """Make an instance."""
        return self.kind(**arguments)


def config_of(thing: Configured) -> dict[str, object]:
    """Return an object's configuration; empty if it has none.

    The schedule of an optimizer stays an object, as it may have no name or configuration.
    """
    rate = vars(thing).get("_learning_rate")
    if callable(rate) and not isinstance(rate, keras.Variable):
        twin = object.__new__(type(thing))
        twin.__dict__.update(vars(thing), _learning_rate=None)
        return {**config_of(twin), "learning_rate": rate}
    try:
        return dict(thing.get_config())
    except NotImplementedError:
        return {}


def spec_of(thing: Configured) -> ObjectSpec | None:
    """Find how to make an equal object.

    Parameters
    ----------
    thing : keras.optimizers.Optimizer, keras.losses.Loss, keras.metrics.Metric or schedule

    Returns
    -------
    ObjectSpec or None
        None if neither its configuration nor attributes named like the
        arguments of its class make an equal object.
    """
    for spec in _candidates(thing):
        if trusted(thing) or _gives(spec, thing):
            return spec
    return None


def has_whole_config(thing: Configured) -> bool:
    """Return whether an object's configuration, as data, rebuilds an equivalent object."""
    rate = vars(thing).get("_learning_rate")
    if isinstance(rate, Schedule) and not has_whole_config(rate):
        return False
    if trusted(thing):
        return True
    spec = spec_of(thing)
    return spec is not None and not isinstance(spec.make, Called)


def lost_arguments(layer: keras.Layer) -> list[str]:
    """Name the arguments of a layer, and of layers in it, that no configuration contains.

    Layers that a user's own class makes for itself are not checked. A ``from_config``
    that such a class defines is trusted.
    """
    if not _installed(type(layer)):
        return _left_out(layer)
    held = vars(layer).values()
    parts = [v for v in held if isinstance(v, _PARTS) and not has_whole_config(v)]
    found = [f"those of {type(part).__name__}" for part in parts]
    for inner in layer._layers:
        found += lost_arguments(inner)
    return found


def _left_out(layer: keras.Layer) -> list[str]:
    kind = type(layer)
    believed = next(each for each in kind.__mro__ if "from_config" in vars(each))
    if not _installed(believed):
        return []
    try:
        config = layer.get_config()
        with reproducible(0, strict=False):
            made = kind.from_config(dict(config))
    except Exception:  # rebuilding it raises a clearer error later
        return []
    names = [name for name in arguments_of(kind) if name not in {*config, *_OF_EVERY_LAYER}]
    given, copied = _given(layer), _given(made)
    return [n for n in names if n in given and not _same(given[n], copied.get(n))]


def _given(layer: keras.Layer) -> dict[str, object]:
    """Return a layer's arguments, as far as Keras or attributes of the same name keep them."""
    auto = getattr(layer, "_auto_config", None)
    own = _attributes(layer) | (dict(auto.config) if auto else {})
    return {k: v for k, v in own.items() if not isinstance(v, keras.Layer)}


def unfaithful(thing: Configured) -> ParameterError:
    """Make the error for an object that cannot be copied."""
    kind = type(thing).__name__
    return ParameterError(
        f"{kind} cannot be copied, and each fit needs its own: its get_config leaves out "
        f"arguments of its __init__, so that a copy would have the defaults of {kind}. Define "
        "get_config to give each of them, or keep each as an attribute of its name."
    )


def arguments_of(kind: type) -> dict[str, inspect.Parameter]:
    """Return the named parameters of a class, including its bases' if it takes any name."""
    found: dict[str, inspect.Parameter] = {}
    for each in kind.__mro__:
        if "__init__" not in vars(each):
            continue
        parameters = list(inspect.signature(vars(each)["__init__"]).parameters.values())[1:]
        named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        found = {**{p.name: p for p in named}, **found}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found


def _candidates(thing: Configured) -> Iterator[ObjectSpec]:
    config = config_of(thing)
    yield ObjectSpec(type(thing).from_config, config)
    # As in scikit-learn, each argument may be an attribute of the same name.
    known = {**config, **_attributes(thing)}
    yield ObjectSpec(
        Called(type(thing)), {k: known[k] for k in arguments_of(type(thing)) if k in known}
    )


def _attributes(thing: Configured) -> dict[str, object]:
    # A variable is made from an argument, but is not the argument itself.
    held = {**vars(thing), **(vars(thing).get("_fn_kwargs") or {})}
    plain = {k: v for k, v in held.items() if not isinstance(v, keras.Variable)}
    return {name.removeprefix("_"): value for name, value in plain.items()} | plain


def trusted(thing: Configured) -> bool:
    """Return whether an object is all Keras's own, with all arguments in its configuration.

    Some Keras classes leave one out: Huber its ``delta``, CosineSimilarity its ``axis``.
    """
    if not _installed(type(thing)):
        return False
    config = config_of(thing)
    given = arguments_of(type(thing)).keys() - _OF_EVERY_OBJECT
    return given <= config.keys() and all(map(_is_kerass, config.values()))


def _is_kerass(value: object) -> bool:
    if isinstance(value, dict):
        root = str(value.get("module")).partition(".")[0]
        own = "class_name" not in value or root == "keras"
        return own and all(map(_is_kerass, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_kerass, value))
    return not isinstance(value, Schedule) or trusted(value)


def _gives(spec: ObjectSpec, thing: Configured) -> bool:
    try:
        made = spec()
        if isinstance(made, keras.metrics.Metric):
            made.reset_state()
    except Exception:  # a constructor of the user's own may fail in any way
        return False
    return _same(made, thing)


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are certainly equal, including variables and their holders."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, keras.Variable):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and np.array_equal(np.array(one), np.array(other), equal_nan=True)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if hasattr(one, "get_config") and hasattr(one, "__dict__"):
        return _same(_contents(one), _contents(other))
    found = fingerprint(one)
    return found is not None and found == fingerprint(other)


def _contents(thing: Configured) -> dict[str, object]:
    held = {k: v for k, v in vars(thing).items() if k not in _BOOKKEEPING}
    held = {k: v for k, v in held.items() if not k.startswith("_self_")}  # TensorFlow's
    if isinstance(thing, keras.optimizers.Optimizer):  # what it has learned is not compared
        held = {k: v for k, v in held.items() if k not in _LEARNED and not _of_variables(v)}
    return held


def _of_variables(value: object) -> bool:
    listed = isinstance(value, list | tuple) and all(
        v is None or isinstance(v, keras.Variable) for v in value
    )
    return listed or (isinstance(value, dict) and not value)
