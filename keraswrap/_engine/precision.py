"""Choose the precision in which a net is built and computes, and whether XLA compiles it.

A precision is the name of one of Keras's dtype policies. It applies while a net is
built: layers with an explicit dtype keep it, and Keras's global policy is restored
afterwards.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

import keras

from keraswrap._engine.device import choose_jit, choose_precision, gpus, timings
from keraswrap._fingerprint import fingerprint
from keraswrap.exceptions import ParameterError

_log = logging.getLogger("keraswrap")

# Weights in matrix products from which a net is worth a measurement, as bfloat16 may pay off:
# with blocks of width 128 it gained 8%, with 256 25%, with 384 58%.
LARGE = 1_000_000
_OURS = ("keras", "keras_hub", "keraswrap")
_NAMES = ("auto", "float32", "mixed_bfloat16", "bfloat16", "mixed_float16", "float16", "float64")
_VARIABLE = "KERASWRAP_PRECISION"

# Precisions found for builders, by fingerprint, if they differ from Keras's policy.
_found: dict[str | None, str] = {}
_MOST = 64

# The policy that an estimator asked for, to apply to configurations of layers made before.
_asked: ContextVar[str | None] = ContextVar("asked", default=None)


def check_precision(precision: object, source: str = "precision") -> None:
    """Check that it is ``"auto"`` or the name of a dtype policy.

    Raises
    ------
    ParameterError
    """
    try:
        if not isinstance(precision, str):
            raise TypeError
        if precision not in _NAMES:
            keras.dtype_policies.get(precision)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"Expected {source} to be one of {', '.join(map(repr, _NAMES))}, or the name of "
            f"another dtype policy of Keras, got {precision!r:.80}."
        ) from error


@contextmanager
def policy(name: str) -> Iterator[None]:
    """Make layers with a dtype policy inside the block."""
    before = keras.config.dtype_policy()
    token = _asked.set(name)
    keras.config.set_dtype_policy(name)  # for this thread only
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
        _asked.reset(token)


def in_policy(config: object) -> object:
    """Put the requested policy into a layer's configuration, unless it names another one.

    The configuration of a layer made without a dtype has Keras's default, float32.
    """
    name = _asked.get()
    return config if name in (None, "float32") else _replaced(config, name)


def _replaced(config: object, name: str) -> object:
    if isinstance(config, list | tuple):
        return type(config)(_replaced(value, name) for value in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy" and config["config"] == {"name": "float32"}:
        return {**config, "config": {"name": name}}
    return {key: _replaced(value, name) for key, value in config.items()}


def build(
    make: Callable[[], keras.Model],
    precision: str,
    afresh: Callable[[], AbstractContextManager[object]],
    builder: object = None,
) -> tuple[keras.Model, str | None]:
    """Build a net in a precision, or in the one that suits it.

    Parameters
    ----------
    make : callable
        Builds the net.
    precision : str
        ``"auto"`` builds it with Keras's policy, and once more if bfloat16 is
        faster on this device.
    afresh : callable
        Returns a context in which building starts from the same random state.
    builder : object, optional
        What is built; the next time, it is built in the right precision at once.

    Returns
    -------
    net : keras.Model
    policy : str or None
        The policy that it was built with; None for Keras's own.
    """
    known = _known(builder) if precision == "auto" else precision
    if known is not None:
        return _build_in(make, known), known
    net = make()
    wanted = auto_precision(matrix_weights(net))
    if wanted == keras.config.dtype_policy().name:
        return net, None
    try:
        with afresh():
            net = _build_in(make, wanted)
    except Exception as error:  # a user's own function may assume float32
        _log.debug("The net %s stays in float32: %s.", net.name, error)
        return net, None
    _remember(builder, wanted)
    return net, wanted


def _known(builder: object) -> str | None:
    # Most processes build nothing twice, and need no fingerprints.
    default = keras.config.dtype_policy().name == "float32"
    return _found.get(_key(builder)) if _found and default else None


def _remember(builder: object, precision: str) -> None:
    key = _key(builder)
    if key is not None:
        _found[key] = precision
        if len(_found) > _MOST:
            del _found[next(iter(_found))]


def _key(builder: object) -> str | None:
    given = os.environ.get(_VARIABLE)
    return None if builder is None else fingerprint([builder, given])


def rebuild(make: Callable[[], keras.Model], name: str | None) -> keras.Model:
    """Build a net with the policy that `build` found."""
    return make() if name is None else _build_in(make, name)


def _build_in(make: Callable[[], keras.Model], name: str) -> keras.Model:
    with policy(name):
        net = make()
    _widen_outputs(net)
    return net


def auto_precision(weights: int) -> str:
    """Choose a precision for a net with this many weights in matrix products.

    Returns
    -------
    str
        Keras's policy, unless that is the default and bfloat16 is faster.
        ``KERASWRAP_PRECISION`` takes precedence over a measurement.

    Raises
    ------
    ParameterError
        If that variable holds something else.
    """
    now = keras.config.dtype_policy().name
    if now != "float32" or weights < LARGE:
        return now
    given = os.environ.get(_VARIABLE, "auto")
    check_precision(given, f"the environment variable {_VARIABLE}")
    return choose_precision(timings()) if given == "auto" else given


def auto_jit(net: keras.Model) -> bool | str:
    """Choose whether XLA compiles a net.

    Returns
    -------
    bool or 'auto'
        As :func:`default_jit`, unless XLA on a CPU was measured to be faster
        for such a net.
    """
    default = default_jit()
    if default or _VARIABLE in os.environ or matrix_weights(net) < LARGE:
        return default
    return choose_jit(timings(), precision_of(net))


def default_jit() -> bool | str:
    """Choose whether XLA compiles nets, without a measurement.

    Returns
    -------
    bool or 'auto'
        False on a CPU, where Keras itself would choose XLA although it is
        slower.
    """
    return "auto" if keras.backend.backend() != "tensorflow" or gpus() else False


def matrix_weights(net: keras.Model) -> int:
    """Count the weights in matrix products, if a net resembles the one measured.

    Returns
    -------
    int
        0 for nets without attention, or with the user's own code, which may
        assume float32.
    """
    layers = list(net._flatten_layers())
    attention = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
    ours = all(type(layer).__module__.partition(".")[0] in _OURS for layer in layers)
    if not ours or not any(isinstance(layer, attention) for layer in layers):
        return 0
    products = (keras.layers.Dense, keras.layers.EinsumDense)
    return sum(
        layer.count_params() for layer in layers if isinstance(layer, products) and layer.built
    )


def precision_of(net: keras.Model) -> str:
    """Name the policy in which most of a net's weights compute.

    Examples
    --------
    >>> net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="bfloat16")])
    >>> precision_of(net)
    'bfloat16'
    """
    counts = Counter({net.dtype_policy.name: 0})
    for layer in net._flatten_layers():
        if layer.built and _is_leaf(layer):
            counts[layer.dtype_policy.name] += layer.count_params()
    return counts.most_common(1)[0][0]


def _is_leaf(layer: keras.Layer) -> bool:
    return not list(layer._flatten_layers(include_self=False))


def _widen_outputs(net: keras.Model) -> None:
    """Make a net's last layer compute at its weights' precision, as the loss needs."""
    for tensor in getattr(net, "outputs", None) or []:
        _widen(tensor)


def _widen(tensor: keras.KerasTensor) -> None:
    layer, index = tensor._keras_history.operation, tensor._keras_history.node_index
    if isinstance(layer, keras.Model):
        _widen_outputs(layer)
    elif isinstance(layer, keras.Layer) and _is_leaf(layer):
        layer.dtype_policy = layer.variable_dtype
        above = layer._inbound_nodes[index].input_tensors
        if not layer.weights and len(above) == 1:  # an activation, or dropout
            _widen(above[0])
