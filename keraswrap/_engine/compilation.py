"""Optimizer, loss, metrics and callbacks of one fit, made from the given ones.

Keras's optimizers, metrics and callbacks belong to one model: each fit makes
its own from their configuration, so that one instance may serve any number of
estimators, fits and clones.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping

import keras

from keraswrap._engine import precision
from keraswrap._engine.losses import make_loss
from keraswrap._engine.metrics import make_metrics
from keraswrap._engine.optimizers import fuse_adam, make_optimizer
from keraswrap._engine.output_views import adapt_to_head
from keraswrap._engine.seeds import count_variables
from keraswrap._fingerprint import fingerprint
from keraswrap._params import check_known, compile_arguments, parts_of
from keraswrap._targets.head import Head
from keraswrap.exceptions import ParameterError


def compile_net(
    net: keras.Model,
    compile_kwargs: Mapping[str, object],
    head: Head,
    jit_compile: bool | None = None,
) -> str | None:
    """Compile a net with an optimizer, loss and metrics made for it alone.

    Parameters
    ----------
    compile_kwargs : mapping
        As the user gave them.
    jit_compile : bool, optional
        Whether XLA compiles it, where `compile_kwargs` says nothing; None chooses.

    Returns
    -------
    str or None
        Fingerprint of all but the optimizer; None if there is none.
    """
    arguments, nested = compile_arguments(compile_kwargs)
    dtype = "float64" if is_double(net) else None
    arguments |= {
        "optimizer": make_optimizer(arguments["optimizer"], nested["optimizer"]),
        "loss": make_loss(arguments["loss"], nested["loss"], head, dtype),
        "metrics": make_metrics(arguments["metrics"], head),
        "weighted_metrics": make_metrics(arguments["weighted_metrics"], head),
    }
    if arguments["jit_compile"] is None:
        arguments["jit_compile"] = precision.auto_jit(net) if jit_compile is None else jit_compile
    arguments["steps_per_execution"] = arguments["steps_per_execution"] or 1
    compiled = fingerprint({**arguments, "optimizer": None, "head": head})
    arguments = adapt_to_head(arguments, head, dtype)  # the fingerprint has it from the head
    call_compile(net, arguments, parts_of(compile_kwargs))
    if net.count_params() >= precision.LARGE:
        fuse_adam(net.optimizer)
    # Left to the first step, this happens inside its trace, which TensorFlow then does twice.
    net.optimizer.build(net.trainable_variables)
    count_variables([*net.variables, *net.optimizer.variables])
    return compiled


def call_compile(net: keras.Model, arguments: Mapping[str, object], given: Collection[str]) -> None:
    """Compile a net, even if its compile() takes other arguments than Keras's.

    Parameters
    ----------
    arguments : mapping
        For compile; those that it does not take are left out.
    given : collection of str
        Names of those that the user gave, which are not left out.

    Raises
    ------
    ParameterError
        If it does not take one that was given, or wants others.
    """
    parameters = inspect.signature(net.compile).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        net.compile(**arguments)
        return
    kind = type(net).__name__
    check_known(given, parameters, f"{kind}.compile()")
    try:
        net.compile(**{name: arguments[name] for name in arguments if name in parameters})
    except TypeError as error:
        raise ParameterError(
            f"{kind}.compile() failed: {error}. It gets {[*arguments.keys() & parameters]}; give "
            "its other parameters defaults, or make them arguments of the build function."
        ) from error
    if "jit_compile" not in parameters:
        net.jit_compile = arguments["jit_compile"]


def own_loss(net: keras.Model, arguments: Mapping[str, object], given: Collection[str]) -> object:
    """Return the loss that a net chooses in its own compile(), else the given one."""
    parameters = inspect.signature(net.compile).parameters
    if "loss" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return arguments["loss"]
    call_compile(net, {"optimizer": "rmsprop", "jit_compile": False}, given)
    return net.loss


def is_double(net: keras.Model) -> bool:
    """Return whether a net computes in float64, so that its loss must too."""
    outputs = getattr(net, "outputs", None)
    dtype = outputs[0].dtype if outputs else net.compute_dtype
    return keras.backend.standardize_dtype(dtype) == "float64"
