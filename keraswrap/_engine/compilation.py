"""Optimizer, loss, metrics and callbacks of one fit, made from the given ones.

Keras's optimizers, metrics and callbacks belong to one model: each fit makes
its own from their configuration, so that one instance may serve any number of
estimators, fits and clones.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Collection, Mapping
from typing import Any

import keras

from keraswrap._engine.object_specs import config_of
from keraswrap._engine.serialization import copy_with, duplicate
from keraswrap._engine.target_encoding import encoded, encoding_of
from keraswrap._head import _TARGETS, Head, canonical
from keraswrap._params import COMPILE_DEFAULTS, check_known
from keraswrap.exceptions import ParameterError


def loss_facts(loss: Any) -> tuple[str | None, bool | None]:
    """Give a loss's name, and whether it says that it takes logits.

    Returns
    -------
    name : str or None
        None where no loss is given. A custom loss derived from one of Keras's
        goes by that one's name.
    from_logits : bool or None
        None where the loss says nothing of it.
    """
    loss = _lone(loss)
    if loss is None:
        return None, None
    if isinstance(loss, str):
        name = loss
    elif isinstance(loss, keras.losses.Loss):
        kinds = [kind.__name__ for kind in type(loss).__mro__]
        name = next((kind for kind in kinds if canonical(kind) in _TARGETS), kinds[0])
    else:
        own = getattr(loss, "__module__", "").startswith("keras.")
        name = getattr(loss, "__name__", "loss") if own else f"custom {loss!r:.60}"
    said = getattr(loss, "from_logits", None)
    if said is None and isinstance(loss, keras.losses.Loss):
        said = config_of(loss).get("from_logits")
    return name, _known_default(name) if said is None else bool(said)


def loss_encoding(loss: Any, nested: Mapping[str, Any], width: int) -> str | None:
    """Find which labels a loss takes that no name tells of: see `encoding_of`."""
    loss = _lone(loss)
    known = loss_facts(loss)[0]
    if known is None or isinstance(loss, str) or width == 1:
        return None
    if canonical(known) in _TARGETS and not hasattr(loss, "target_encoding"):
        return None
    return encoding_of(make_loss(loss, nested, None), width)


def _known_default(name: str) -> bool | None:
    return False if canonical(name) in _TARGETS else None


def _lone(loss: Any) -> Any:
    if isinstance(loss, list | tuple) and len(loss) == 1:
        return loss[0]
    if isinstance(loss, list | tuple | dict):
        raise ParameterError(f"Expected one loss for a net with one output, got {loss!r:.80}.")
    return loss() if isinstance(loss, type) else loss


def make_optimizer(optimizer: Any, nested: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Make a fresh optimizer from a name, class, config or instance.

    Parameters
    ----------
    optimizer : str, dict, class, keras.optimizers.Optimizer or None
        None is Keras's default.
    nested : mapping
        Arguments that override its own, such as ``learning_rate``.

    Raises
    ------
    ParameterError
        If there is no such optimizer, or it has no such argument.

    Examples
    --------
    >>> round(float(make_optimizer("adam", {"learning_rate": 0.5}).learning_rate), 2)
    0.5
    """
    if optimizer is None:
        optimizer = COMPILE_DEFAULTS["optimizer"]
    # Keras writes into a configuration that it is given.
    named = copy.deepcopy(optimizer) if isinstance(optimizer, dict) else optimizer
    try:
        given = keras.optimizers.get(named() if isinstance(named, type) else named)
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"Expected an optimizer of Keras (its name, class or an instance), got {optimizer!r}."
        ) from error
    return copy_with(given, nested)


def make_loss(
    loss: Any, nested: Mapping[str, Any], head: Head | None, dtype: str | None = None
) -> Any:
    """Make the loss of one fit: the given one, or the one that suits the head.

    Parameters
    ----------
    loss : str, class, callable, keras.losses.Loss or None
        None chooses the one that the head names.
    nested : mapping
        Arguments that override its own.
    head : Head or None
        None where a loss is given.
    dtype : str, optional
        What a loss given by name computes in, where that is not float32.

    Raises
    ------
    ParameterError
        If there is no such loss, or it has no such argument.
    """
    loss = _lone(loss)
    if loss is None:
        if head is None:
            raise ParameterError("Expected a loss, got none, and no head to choose one for.")
        loss, nested = head.loss, {**head.loss_arguments, **nested}
    if isinstance(loss, str) and dtype is not None:
        nested = {"dtype": dtype, **nested}
    if not nested:
        return _check_loss(loss)
    return copy_with(loss if isinstance(loss, keras.losses.Loss) else _loss_class(loss)(), nested)


def _check_loss(loss: Any) -> Any:
    if isinstance(loss, str):
        try:
            keras.losses.get(loss)
        except ValueError as error:
            raise ParameterError(
                f"Expected a loss of Keras, got {loss!r}. See keras.losses for their names."
            ) from error
    elif not callable(loss):
        raise ParameterError(f"Expected a loss (name, function or instance), got {loss!r:.80}.")
    return duplicate(loss)


def _loss_class(loss: Any) -> type:
    name = canonical(loss if isinstance(loss, str) else getattr(loss, "__name__", ""))
    for kind in vars(keras.losses).values():
        if isinstance(kind, type) and canonical(kind.__name__) == name:
            return kind
    raise ParameterError(f"The loss {loss!r:.60} takes no arguments of its own; pass an instance.")


def make_metrics(metrics: Any, head: Head | None = None) -> Any:
    """Copy metrics, whatever they are nested in."""
    if isinstance(metrics, list | tuple):
        return [make_metrics(metric, head) for metric in metrics]
    if isinstance(metrics, dict):
        return {name: make_metrics(metric, head) for name, metric in metrics.items()}
    if isinstance(metrics, type):
        return encoded(metrics(), head)
    if isinstance(metrics, keras.metrics.Metric):
        return encoded(duplicate(metrics), head)
    if metrics in ("accuracy", "acc") and head is not None and _is_binary(head):
        threshold = 0.0 if head.from_logits else 0.5
        return keras.metrics.BinaryAccuracy(threshold=threshold, name=metrics)
    _check_metric(metrics)
    return encoded(metrics, head)


def _is_binary(head: Head) -> bool:
    # Keras compares a single output with 0.5, also where it is a logit, and takes the largest
    # of several, also where a row may have several labels.
    return head.target == "indicator" or (head.width == 1 and head.from_logits)


def _check_metric(metric: Any) -> None:
    # Keras itself looks a name up when training begins; these two it takes by their targets.
    if metric is None or str(metric).lower() in ("accuracy", "acc"):
        return
    try:
        keras.metrics.get(metric)
    except ValueError as error:
        raise ParameterError(
            f"Expected a metric of Keras, got {metric!r:.80}. See keras.metrics for their names."
        ) from error


def _is_part(value: Any) -> bool:
    return isinstance(value, keras.losses.Loss | keras.metrics.Metric | keras.optimizers.Optimizer)


def make_callbacks(callbacks: Any) -> list[keras.callbacks.Callback]:
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


def _make_callback(callback: Any) -> keras.callbacks.Callback:
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


def compile_net(net: keras.Model, arguments: Mapping[str, Any], given: Collection[str]) -> None:
    """Compile a net, also one whose compile() takes other arguments than Keras's.

    Parameters
    ----------
    net : keras.Model
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
            f"{kind}.compile() failed: {error}. It gets {[*arguments.keys() & parameters]}; let "
            "what else it takes have a default, or be an argument of the build function."
        ) from error
    if "jit_compile" not in parameters:
        net.jit_compile = arguments["jit_compile"]


def own_loss(net: keras.Model, arguments: Mapping[str, Any], given: Collection[str]) -> Any:
    """Give the loss that a net chooses in a compile() of its own; the given one elsewhere."""
    parameters = inspect.signature(net.compile).parameters
    if "loss" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return arguments["loss"]
    compile_net(net, {"optimizer": "rmsprop", "jit_compile": False}, given)
    return net.loss
