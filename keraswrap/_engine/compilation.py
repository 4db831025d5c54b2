"""Compile a net with an optimizer, loss and metrics made for one fit.

Keras's optimizers, metrics and callbacks belong to one model: each fit makes
its own from their configuration, so that one instance may serve any number of
estimators, fits and clones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import keras

from keraswrap._engine import precision
from keraswrap._engine.losses import make_loss
from keraswrap._engine.metrics import make_metrics
from keraswrap._engine.net_outputs import LONE_OUTPUT
from keraswrap._engine.optimizers import fuse_adam, make_optimizer
from keraswrap._engine.output_views import adapt_to_head
from keraswrap._engine.seeds import count_variables
from keraswrap._fingerprint import fingerprint
from keraswrap._params import check_known, compile_arguments, parts_of
from keraswrap._targets.head import Head
from keraswrap._targets.heads import for_head
from keraswrap.exceptions import ParameterError


def compile_net(
    net: keras.Model,
    compile_kwargs: Mapping[str, object],
    head: Head | dict[str, Head],
    jit_compile: bool | None = None,
) -> str | None:
    """Compile a net with an optimizer, loss and metrics made for it alone.

    Parameters
    ----------
    compile_kwargs : mapping
        As the user gave them.
    jit_compile : bool, optional
        Whether XLA compiles it, if `compile_kwargs` does not say; None chooses.

    Returns
    -------
    str or None
        Fingerprint of everything but the optimizer; None if it cannot be computed.
    """
    arguments, nested = compile_arguments(compile_kwargs)
    dtype = "float64" if is_double(net) else None
    arguments = check_by_output(arguments, nested["loss"], head)
    arguments["optimizer"] = make_optimizer(arguments["optimizer"], nested["optimizer"])
    arguments |= by_output(
        lambda given, head: {
            "loss": make_loss(given["loss"], nested["loss"], head, dtype),
            "metrics": make_metrics(given["metrics"], head),
            "weighted_metrics": make_metrics(given["weighted_metrics"], head),
        },
        arguments,
        head,
    )
    if arguments["jit_compile"] is None:
        arguments["jit_compile"] = precision.auto_jit(net) if jit_compile is None else jit_compile
    arguments["steps_per_execution"] = arguments["steps_per_execution"] or 1
    compiled = fingerprint({**arguments, "optimizer": None, "head": head})
    # Not part of the fingerprint, which already covers the head.
    arguments |= by_output(lambda made, head: adapt_to_head(made, head, dtype), arguments, head)
    call_compile(net, arguments, parts_of(compile_kwargs))
    if net.count_params() >= precision.LARGE:
        fuse_adam(net.optimizer)
    # If left to the first step, this happens inside its trace, and TensorFlow traces it twice.
    net.optimizer.build(net.trainable_variables)
    count_variables([*net.variables, *net.optimizer.variables])
    return compiled


# Arguments of compile that each output has separately.
_OF_OUTPUT = ("loss", "metrics", "weighted_metrics")


def by_output(
    make: Callable[[Mapping[str, object], Head], Mapping[str, object]],
    arguments: Mapping[str, object],
    head: Head | dict[str, Head],
) -> dict[str, object]:
    """Make loss and metrics for the only output, or for each named output.

    Parameters
    ----------
    make : callable
        Takes loss and metrics of one output, and its head; returns new ones.
    arguments : mapping
        Arguments of compile.
    head : Head, or dict of Head by output

    Returns
    -------
    dict
        Loss and metrics as compile takes them.
    """
    if isinstance(head, Head):
        return dict(make({name: arguments[name] for name in _OF_OUTPUT}, head))
    given = {name: of_outputs(name, arguments[name], list(head)) for name in _OF_OUTPUT}
    made = {
        output: make({name: given[name][output] for name in _OF_OUTPUT}, head[output])
        for output in head
    }
    return {name: {output: made[output][name] for output in head} for name in _OF_OUTPUT}


def of_outputs(what: str, given: object, outputs: Sequence[str] | None) -> dict[str, Any]:
    """Return a setting for each output, or for the only one if `outputs` is None.

    Raises
    ------
    ParameterError
        If the setting names an output that does not exist.
    """
    return {LONE_OUTPUT: given} if outputs is None else for_head(what, given, outputs)


def check_by_output(
    arguments: Mapping[str, object], of_loss: Mapping[str, object], head: Head | dict[str, Head]
) -> dict[str, object]:
    """Check what compile is given for a net with several outputs, and fill in loss weights.

    Raises
    ------
    ParameterError
        If it is not a dict by the names of outputs.
    """
    checked = dict(arguments)
    if isinstance(head, Head):
        return checked
    if of_loss:
        raise ParameterError(
            f"Expected arguments of the loss in the losses themselves, as there are several "
            f"outputs, {list(head)}, got loss__{next(iter(of_loss))}. Pass "
            "loss={name: keras.losses.…(…)}."
        )
    for name in ("loss_weights", "metrics", "weighted_metrics"):
        if arguments[name] is not None and not isinstance(arguments[name], Mapping):
            raise ParameterError(
                f"Expected {name} as a dict by the names of outputs, {list(head)}, got "
                f"{arguments[name]!r:.60}."
            )
    if arguments["loss_weights"] is not None:
        weights = for_head("loss_weights", arguments["loss_weights"], head, 1.0)
        checked["loss_weights"] = {name: float(weight) for name, weight in weights.items()}
    return checked


def call_compile(net: keras.Model, arguments: Mapping[str, object], given: Collection[str]) -> None:
    """Compile a net, even if its compile() takes other arguments than Keras's.

    Parameters
    ----------
    arguments : mapping
        Arguments for compile; those that it does not accept are left out.
    given : collection of str
        Names of those that the user passed, which must be accepted.

    Raises
    ------
    ParameterError
        If it does not accept one that was passed, or requires others.
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
    """Return whether a net computes in float64, in which case its loss must too."""
    outputs = getattr(net, "outputs", None)
    dtype = outputs[0].dtype if outputs else net.compute_dtype
    return keras.backend.standardize_dtype(dtype) == "float64"
