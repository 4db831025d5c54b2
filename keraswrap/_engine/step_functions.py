"""Run many steps of training or evaluation in one call, outside Python.

A step of a small net takes 0.1 ms, and what Keras and tf.data do around it 2 to
3 ms. Here rows are in memory as tensors, one call runs many steps, and each
step gathers its own batch. The steps themselves are still Keras's `train_step`
and `test_step`. So is the loop over epochs, with callbacks, history and
validation: it gets the positions of batches instead of batches.

Callbacks would be notified only once for many batches. If one needs every batch, or
a progress bar is shown, steps run one by one.
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import numpy as np

from keraswrap._data import Rows
from keraswrap._engine.input_pipeline import Resident, Source
from keraswrap._engine.measures import build_measures
from keraswrap._engine.trace_cache import drop_stale, traced

if TYPE_CHECKING:
    import tensorflow as tf

# What a step returns: values of metrics by name.
Logs = dict[str, object]
StepFunction = Callable[[object], Logs]
# Steps in one call, for nets so small that Python takes most of the time; fewer for large nets,
# as a call cannot be interrupted.
_STEPS, _WEIGHT_STEPS = 64, 4_000_000
_BATCH_HOOKS = [
    f"on_{kind}batch_{moment}" for kind in ("", "train_", "test_") for moment in ("begin", "end")
]


def choose_steps(
    net: keras.Model, arguments: Mapping[str, object], callbacks: Iterable[keras.callbacks.Callback]
) -> int:
    """Choose how many steps run in one call.

    Parameters
    ----------
    arguments : mapping
        Fit arguments.

    Returns
    -------
    int
        From 1 to 64; 1 if a callback or a progress bar needs every batch.
    """
    limited = arguments["steps_per_epoch"], arguments["validation_steps"]
    if arguments["verbose"] != 0 or limited != (None, None):
        return 1
    if any(_hears_batches(callback) for callback in callbacks):
        return 1
    return _steps_of(net)


def _steps_of(net: keras.Model) -> int:
    return max(1, min(_STEPS, _WEIGHT_STEPS // max(1, net.count_params())))


def _hears_batches(callback: keras.callbacks.Callback) -> bool:
    base = keras.callbacks.Callback
    return any(
        name in vars(callback) or getattr(type(callback), name) is not getattr(base, name)
        for name in _BATCH_HOOKS
    )


@contextmanager
def fused_steps(
    net: keras.Model,
    train: Source,
    held: Source | None,
    steps: int,
    limits: Mapping[str, int | None],
) -> Iterator[dict[str, int | None]]:
    """Make a net train and evaluate on rows in memory within the block.

    Parameters
    ----------
    train, held : Source
        Any that is not a `Resident` is left to Keras.
    steps : int
        Steps in one call.
    limits : mapping
        Fit arguments ``steps_per_epoch`` and ``validation_steps``.

    Yields
    ------
    dict
        The same two, as they must be passed to Keras.
    """
    drop_stale(net)
    build_measures(net, train.batches)
    before = net.train_function, net.test_function, net.steps_per_execution
    told = {name: limits[name] for name in ("steps_per_epoch", "validation_steps")}
    try:
        if net.steps_per_execution != 1 and (isinstance(train, Resident) or held is not None):
            # What Keras counts as a step is one of our calls.
            net.steps_per_execution, net.train_function, net.test_function = 1, None, None
        if isinstance(train, Resident):
            net.train_function = _function(net, "train_step", train, steps)
            told["steps_per_epoch"] = _count(train, steps, told["steps_per_epoch"])
        if isinstance(held, Resident):
            net.test_function = _function(net, "test_step", held, steps)
            told["validation_steps"] = _count(held, steps, told["validation_steps"])
        yield told
    finally:
        net.train_function, net.test_function, net.steps_per_execution = before


def _count(source: Resident, steps: int, limit: int | None) -> int | None:
    # A limit that the user sets may end an epoch, or even training, before the last row.
    calls = source.advance(steps, forever=limit is None)
    return calls if limit is None else math.ceil(limit / steps)


def choose_rows(net: keras.Model, rows: Rows) -> int:
    """Choose how many rows a net is asked about at a time.

    Returns
    -------
    int
        32 for a large net, as in Keras; more for a small one, up to 4 MiB of numbers.
    """
    numbers = sum(math.prod(shape) for shape in rows.shapes.values())
    return max(32, min(32 * _steps_of(net), 2**20 // max(1, numbers)))


def predict(net: keras.Model, source: Source, **arguments: object) -> object:
    """Return a net's outputs, in the order of the batches.

    Parameters
    ----------
    **arguments
        For Keras, if the rows are not in memory as tensors.

    Returns
    -------
    ndarray of shape (n, ...), or a dict or list of them, as the net puts them together
    """
    if not isinstance(source, Resident):
        drop_stale(net, ("predict_function",))
        with without_notes():
            return net.predict(source.dataset, **arguments)
    run, count = _traced(net, "predict_step", source), source.batches.num_batches
    parts = [run(_place(position), *source.tensors) for position in range(count)]
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def _place(position: int) -> tf.Tensor:
    import tensorflow as tf

    return tf.constant(position, tf.int64)


@contextmanager
def without_notes() -> Iterator[None]:
    """Keep out of the log that a function is traced again, or has a loop that could be a product.

    Both are known: each net is traced only once, and what draws random numbers runs in a loop.
    """
    log = logging.getLogger("tensorflow")
    log.addFilter(_is_no_note)
    try:
        yield
    finally:
        log.removeFilter(_is_no_note)


_NOTES = ("triggered tf.function retracing", "Using a while_loop for converting")


def _is_no_note(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not any(part in message for part in _NOTES)


def _function(net: keras.Model, step: str, source: Resident, steps: int) -> StepFunction:
    """Return the function that Keras calls with an iterator over positions.

    A callback that evaluates rows of its own may call it with one over batches.
    """
    run = _traced(net, step, source)
    kerass = functools.cache(lambda: _kerass(net, step.replace("_step", "_function")))

    def function(iterator: tf.data.Iterator) -> Logs:
        if not _gives_positions(iterator):
            return kerass()(iterator)
        start = next(iterator)
        return run(start, start + steps, *source.tensors)

    return function


def _gives_positions(iterator: tf.data.Iterator) -> bool:
    spec = getattr(iterator, "element_spec", None)
    return getattr(spec, "shape", None) == ()


def _kerass(net: keras.Model, name: str) -> StepFunction:
    """Let Keras make its own function over batches, without replacing the present one."""
    ours = getattr(net, name)
    try:
        setattr(net, name, None)
        getattr(net, f"make_{name}")()
        return getattr(net, name)
    finally:
        setattr(net, name, ours)


def _traced(net: keras.Model, step: str, source: Resident) -> Callable[..., Logs]:
    return traced(net, (step, source.key), lambda: _trace(net, step, source))


def _trace(net: keras.Model, step: str, source: Resident) -> Callable[..., Logs]:
    import tensorflow as tf

    one = tf.function(
        lambda data: getattr(net, step)(data), reduce_retracing=True, jit_compile=net.jit_compile
    )
    batch = source.gatherer()
    place = tf.TensorSpec((), tf.int64)

    @tf.function(input_signature=[place, *source.specs], autograph=False)
    def single(position: tf.Tensor, *tensors: tf.Tensor) -> tf.Tensor:
        return one(batch(position, *tensors))

    if step == "predict_step":
        # Called for few rows at a time, it is faster than the function that looks for it.
        return single.get_concrete_function()

    @tf.function(input_signature=[place, place, *source.specs], autograph=False)
    def many(start: tf.Tensor, stop: tf.Tensor, *tensors: tf.Tensor) -> Logs:
        logs = one(batch(start, *tensors))
        size, order = tensors[:2]
        rows = tf.shape(order, out_type=tf.int64)[0]
        stop = tf.minimum(stop, -(-rows // size))

        def body(position: tf.Tensor, _: Logs) -> tuple[tf.Tensor, Logs]:
            return position + 1, one(batch(position, *tensors))

        return tf.while_loop(lambda k, _: k < stop, body, [start + 1, logs])[1]

    return many
