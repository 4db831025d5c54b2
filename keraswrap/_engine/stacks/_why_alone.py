"""Which fits train alone, as a program for many nets would not do what theirs does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import keras

from keraswrap._engine.callbacks import make_callbacks
from keraswrap._engine.device import gpus
from keraswrap._fingerprint import _installed
from keraswrap._params import compile_arguments

if TYPE_CHECKING:
    from keraswrap._engine.batches import TrainingData
    from keraswrap._engine.network import Network

# Nets with more weights gain little: their steps compute, and Python hardly matters.
MOST_WEIGHTS = 200_000
# They ask only for what `Seat` has.
_CALLBACKS = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.ReduceLROnPlateau,
)
# Those that treat each weight by itself, so that one matrix of weights trains as its parts would.
_ELEMENTWISE = (
    *(keras.optimizers.Adam, keras.optimizers.AdamW, keras.optimizers.Nadam),
    *(keras.optimizers.Adadelta, keras.optimizers.Adagrad, keras.optimizers.Adamax),
    *(keras.optimizers.Ftrl, keras.optimizers.Lion, keras.optimizers.RMSprop, keras.optimizers.SGD),
)
_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics", "get_metrics_result")


class AloneError(Exception):
    """Raised internally, with the reason, where fits cannot be trained together."""


def why_alone(
    network: Network,
    data: TrainingData,
    validation: TrainingData | None,
    arguments: Mapping[str, object],
) -> str | None:
    """Return why a fit must train alone; None if it can share a program with others like it.

    Parameters
    ----------
    network : Network
        Compiled, not yet trained.
    data, validation : TrainingData
        As for `train`.
    arguments : mapping
        One value for each of Keras's fit arguments.

    Returns
    -------
    str or None
    """
    if keras.backend.backend() != "tensorflow":
        return f"the backend is {keras.backend.backend()}"
    if gpus():
        return "TensorFlow sees a GPU, where this was not measured"
    if network.signature is None:
        return "its net cannot be compared with others"
    if network.jit_compile or network.precision != "float32":
        return "XLA compiles it, or it does not compute in float32"
    if compile_arguments(network.settings)[0]["run_eagerly"]:
        return "it runs eagerly"
    parts = [data, *([validation] if validation else [])]
    fresh = network.fresh_net  # what is true of it is true of its copies
    of_net = why_net_alone(fresh) if fresh is not None else None
    return of_net or _of_call(arguments) or _of_rows(network, parts)


def _of_call(arguments: Mapping[str, object]) -> str | None:
    plain = {"verbose": 0, "initial_epoch": 0, "validation_freq": 1}
    for name in (*plain, "steps_per_epoch", "validation_steps"):
        if arguments[name] != plain.get(name):
            return f"{name} is set"
    for callback in make_callbacks(arguments["callbacks"]):
        if type(callback) not in _CALLBACKS:
            return f"a callback ({type(callback).__name__}) may look at the model"
    return None


def _of_rows(network: Network, parts: list[TrainingData]) -> str | None:
    for part in parts:
        batches = network.batches(part, None)
        if part.plan is not None or batches.lengths is not None:
            return "batches are chosen by their rows"
        if not batches.in_memory or any(a.dtype.kind in "OUS" for a in part.rows.arrays.values()):
            return "rows are on disk, or not of numbers"
    return None


def why_net_alone(net: keras.Model) -> str | None:
    """Return why a compiled net must be trained alone, as it trains in a way of its own."""
    return _of_net(net) or _of_optimizer(net.optimizer)


def _of_net(net: keras.Model) -> str | None:
    own = [name for name in _STEPS if getattr(type(net), name) is not getattr(keras.Model, name)]
    if own:
        return f"it has a {own[0]} of its own"
    if not hasattr(net, "_outputs_struct"):
        return "it is a subclassed model"
    if net.count_params() > MOST_WEIGHTS:
        return f"it has {net.count_params():,} weights"
    for layer in net._flatten_layers():
        if not _installed(type(layer)):
            return f"its layer {layer.name} is the user's own"
        if isinstance(layer, keras.layers.Embedding) and layer.trainable:
            return "an optimizer sees each token of an embedding by itself"
    weights = net.trainable_variables
    if not weights or any(v.dtype != "float32" or v.constraint is not None for v in weights):
        return "its weights have constraints, are not of float32, or are all frozen"
    return None


def _of_optimizer(optimizer: keras.optimizers.Optimizer) -> str | None:
    if type(optimizer) not in _ELEMENTWISE:
        return f"its optimizer is {type(optimizer).__name__}"
    for name in ("clipnorm", "use_ema", "gradient_accumulation_steps", "loss_scale_factor"):
        if getattr(optimizer, name, None):
            return f"its optimizer has {name}"
    exempt = ("_exclude_from_weight_decay_pattern", "_exclude_from_weight_decay")
    if optimizer.weight_decay and any(getattr(optimizer, name, None) for name in exempt):
        return "its optimizer exempts some weights from decay"
    return None
