"""Train a net: make batches of rows, run Keras's fit on them, and return the history."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from keraswrap._engine.batches import Batches, TrainingData
from keraswrap._engine.callbacks import make_callbacks
from keraswrap._engine.input_pipeline import Reorder, Source, provide
from keraswrap._engine.seeds import reproducible, reseeding
from keraswrap._engine.shared_epochs import History, Stops, as_plain
from keraswrap._engine.state import forget_rows
from keraswrap._engine.step_functions import choose_steps, fused_steps
from keraswrap._params import compile_arguments
from keraswrap.exceptions import ParameterError, warn_user

if TYPE_CHECKING:
    import keras

    from keraswrap._engine.network import Network

# Fit arguments that are passed to Keras unchanged.
_PASSED = ("epochs", "verbose", "initial_epoch", "validation_freq")


def train(
    network: Network,
    data: TrainingData,
    validation: TrainingData | None,
    arguments: Mapping[str, object],
    *,
    strict: bool,
    stops: Sequence[int] = (),
    visit: Callable[[int, History], None] | None = None,
) -> History:
    """Train a network for the epochs given, from the state that it is in.

    Parameters
    ----------
    arguments : mapping
        One value for each of Keras's fit arguments.
    strict : bool
        Whether the same seed must give the same bits on a GPU too.
    stops : sequence of int, optional
        Numbers of epochs, in ascending order, up to that of `arguments`.
    visit : callable, optional
        Called with each stop and the history so far, while the net is as a
        run of that many epochs leaves it.

    Returns
    -------
    dict of str to list
        One value per epoch: a float, or a list of floats if a metric has several.
    """
    settings = _check_settings(network)
    network.follow_trainable()
    # Each further round draws a new order; each fit from scratch starts with the same one.
    order = (network.seed, network.rounds)
    batches = training_batches(network, data, arguments, order)
    network.padding = batches.padding()
    eager = bool(settings["run_eagerly"])
    traced = not (eager or network.is_spread)
    source = provide(batches, traced=traced)
    held = held_batches(network, validation, arguments)
    held_source = provide(held, traced=traced) if held else None

    own = network.callbacks = make_callbacks(arguments["callbacks"])
    stopper = Stops(stops, visit, own) if visit else None
    seed = int(np.random.default_rng(order).integers(2**31))
    callbacks = [Reorder(source), *reseeding(seed), *own, *([stopper] if stopper else [])]
    network.rounds += 1
    # Run eagerly, operations that draw random numbers would continue where they stopped.
    with reproducible(seed, strict=strict, clear=eager), network.changing() as net:
        forget_rows(net)
        steps = settings["steps_per_execution"] or choose_steps(net, arguments, callbacks)
        history = as_lists(_fit(net, source, held_source, steps, callbacks, arguments))
    for callback in own:
        callback._model = None  # other estimators may use the net from now on
    if stopper:
        stopper.finish(history)
    return history


def _check_settings(network: Network) -> dict[str, Any]:
    if network.settings is None:
        raise ParameterError(
            "This estimator was loaded without its compile_kwargs, which hold objects that a "
            "file cannot: it can predict. To continue training, pass load(path, "
            "compile_kwargs=...)."
        )
    return compile_arguments(network.settings)[0]


def training_batches(
    network: Network, data: TrainingData, arguments: Mapping[str, Any], order: tuple[int, int]
) -> Batches:
    """Cut training rows into batches, in an order drawn from the numbers given."""
    size = arguments["batch_size"] or _size_for(data.rows.n, arguments["steps_per_epoch"])
    shuffle = arguments["shuffle"]
    group = shuffle and arguments["group_by_length"]
    return network.batches(data, size, seed=order if shuffle else None, group=group)


def held_batches(
    network: Network, validation: TrainingData | None, arguments: Mapping[str, Any]
) -> Batches | None:
    """Cut rows held out into batches; None if there are none."""
    if not validation:
        return None
    given = arguments["validation_batch_size"] or arguments["batch_size"]
    size = given or _size_for(validation.rows.n, arguments["validation_steps"])
    return network.batches(validation, size)


def _size_for(n: int, steps: int | None) -> int | None:
    """Return the batch size that gives this many steps per epoch, as in Keras."""
    return math.ceil(n / steps) if steps else None


def _fit(
    net: keras.Model,
    source: Source,
    held: Source | None,
    steps: int,
    callbacks: list[keras.callbacks.Callback],
    arguments: Mapping[str, Any],
) -> Mapping[str, list[object]]:
    with fused_steps(net, source, held, steps, arguments) as told:
        history = net.fit(
            source.dataset,
            validation_data=held and held.dataset,
            callbacks=callbacks,
            shuffle=False,  # Batches shuffles, with a generator of its own
            **{name: arguments[name] for name in _PASSED},
            **told,
        )
    return history.history


def as_lists(history: Mapping[str, Sequence[object]]) -> History:
    """Convert a history to plain numbers, and warn if training diverged."""
    lists = {name: [as_plain(value) for value in values] for name, values in history.items()}
    if not np.isfinite(lists.get("loss", [])).all():
        warn_user(
            "The loss became NaN or infinite: training diverged. Scale X or lower the learning "
            "rate (compile__optimizer__learning_rate).",
            ConvergenceWarning,
        )
    return lists
