"""Describe all that decides what a compiled net computes, except its state, as one text.

Nets with the same signature are interchangeable: given the state of one, another
continues exactly as that one would, to the bit. So layers' names are part of it. A net
for which this is uncertain has no signature: it has tables that tracing puts into the
graph, code that draws random numbers by itself, or attributes whose content cannot be
read.
"""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Iterator

import keras
import numpy as np

from keraswrap._engine.model_io import net_config
from keraswrap._engine.user_code import has_call, keras_made, names_in
from keraswrap._fingerprint import _installed, fingerprint

_log = logging.getLogger("keraswrap")

# Names in a user's code that may draw from a generator outside the net's variables.
_DRAWS = {"random", "default_rng", "RandomState", "SeedGenerator", "randint", "normal", "uniform"}


class _UnknownError(Exception):
    """Raised internally, with the reason, if a net cannot be described."""


def signature_of(net: keras.Model, compiled: str | None) -> str | None:
    """Describe a compiled net, without its state.

    Parameters
    ----------
    compiled : str or None
        Fingerprint of what it was compiled with, except the optimizer.

    Returns
    -------
    str or None
        None if it cannot be known; the reason is logged at debug level.
    """
    try:
        if compiled is None:
            raise _UnknownError("its loss or metrics hold what cannot be compared")
        if getattr(net, "_distribute_strategy", None) is not None:
            raise _UnknownError("it is spread over devices")
        parts = [compiled, _wiring(net), *_layers(net), _optimizer(net.optimizer)]
    except _UnknownError as error:
        _log.debug("The net %s is rebuilt for each fit: %s.", net.name, error)
        return None
    variables = [(tuple(v.shape), str(v.dtype), v.trainable) for v in net.variables]
    return _known([*parts, variables], "its configuration cannot be compared")


def _known(value: object, otherwise: str) -> str:
    found = fingerprint(value)
    if found is None:
        raise _UnknownError(otherwise)
    return found


def _wiring(net: keras.Model) -> object:
    """Return how layers are connected; None for a subclassed model, whose code says that."""
    if not _is_functional(net):
        return None
    try:
        with warnings.catch_warnings():  # Keras warns that lambdas are hard to save
            warnings.simplefilter("ignore")
            # With the layers' names, as TensorFlow orders sums by them.
            return net_config(net)
    except Exception as error:  # a custom layer's get_config may fail in any way
        raise _UnknownError(f"a layer has no configuration ({error!s:.80})") from error


def _is_functional(net: keras.Model) -> bool:
    return (
        isinstance(net, keras.Sequential)
        or bool(getattr(net, "_functional", None))
        or (hasattr(net, "_operations") and _installed(type(net)))
    )


def _layers(net: keras.Model) -> Iterator[str]:
    for layer in net._flatten_layers():
        kind = type(layer)
        if hasattr(layer, "adapt"):
            raise _UnknownError(f"its layer {layer.name} learns a table, which tracing fixes")
        yield f"{kind.__module__}.{kind.__qualname__}"
        if _installed(kind):
            yield from _own_code(layer)
        else:
            _refuse_draws(kind, layer.name)
            yield _known(kind, f"the code of its layer {layer.name} cannot be compared")
            yield from _attributes(layer)


def _own_code(layer: keras.Layer) -> Iterator[str]:
    # A user's own activation or initializer: the configuration contains only its name.
    for name, value in vars(layer).items():
        if (callable(value) or has_call(value)) and not keras_made(value):
            _refuse_draws(value, layer.name)
            yield _known([name, value], f"{name} of its layer {layer.name} cannot be compared")


def _attributes(layer: keras.Layer) -> Iterator[str]:
    for name, value in own_attributes(layer):
        if not _tracked(value):
            yield _known([name, value], f"{name} of its layer {layer.name} cannot be compared")


def own_attributes(layer: keras.Layer) -> Iterator[tuple[str, object]]:
    """Yield the attributes of a layer beyond those that Keras gives every layer and net."""
    for name, value in vars(layer).items():
        # Attributes that begin with _self_ are TensorFlow's, for checkpoints.
        if name not in _of_every_net() and not name.startswith("_self_"):
            yield name, value


@functools.cache
def _of_every_net() -> frozenset[str]:
    """Return the attributes that Keras adds to layers and nets, also compiled and trained ones."""
    net = keras.Sequential([keras.layers.Dense(1)])
    net.compile(loss="mse")
    kept = {"history", "stop_training", "train_function", "test_function", "predict_function"}
    kept |= {"_eval_epoch_iterator", "_initial_epoch", "_obj_reference_counts_dict"}
    kept |= {"_loops", "_seen"}  # see `trace_cache`
    return frozenset({*vars(keras.Layer(name="base")), *vars(net), *kept})


def _tracked(value: object) -> bool:
    """Return whether Keras tracks an object: layers and variables describe themselves."""
    if isinstance(value, list | tuple):
        return bool(value) and all(_tracked(each) for each in value)
    if isinstance(value, dict):
        return bool(value) and all(_tracked(each) for each in value.values())
    return isinstance(
        value, keras.Layer | keras.Variable | keras.random.SeedGenerator | keras.KerasTensor
    )


def _refuse_draws(code: object, name: str) -> None:
    if _DRAWS & set(names_in(code)):
        raise _UnknownError(f"code of its layer {name} may draw random numbers of its own")


def _optimizer(optimizer: keras.optimizers.Optimizer) -> str:
    """Describe an optimizer; its learning rate, if a number, is a variable and so in its state."""
    try:
        config = optimizer.get_config()
    except NotImplementedError as error:
        raise _UnknownError("its optimizer has no configuration") from error
    if isinstance(config.get("learning_rate"), float | int | np.number):
        del config["learning_rate"]
    config.pop("name", None)
    return _known([type(optimizer), config], "its optimizer cannot be compared")
