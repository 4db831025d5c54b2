"""Time a training step of a transformer block on this device.

The block is as large as one of MiniLM, and runs on 16 texts of 32 tokens, without an
optimizer. It is written in TensorFlow's own operations, as Keras would take ten times
as long to trace it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

import numpy as np

_WIDTH, _HEADS, _LENGTH, _TEXTS = 384, 12, 32, 16
# Rounds that are timed, and the seconds after which no further one begins.
_ROUNDS, _LEAST_ROUNDS, _SECONDS = 9, 3, 1.5
# XLA is not tried in bfloat16 where it is this much slower in float32: compiling takes seconds.
_HOPELESS = 1.2


def time_steps(precisions: list[str], *, jit: bool) -> dict[str, float]:
    """Time a step in each precision.

    Parameters
    ----------
    precisions : list of str
        ``"float32"`` first; ``"mixed_bfloat16"`` where the device has it.
    jit : bool
        Whether to time steps that XLA compiles, too.

    Returns
    -------
    dict of str to float
        Seconds by precision; names ending in ``" jit"`` are compiled by XLA. What
        cannot be run is left out.
    """
    seconds = _race({precision: _prepare(precision, jit=False) for precision in precisions})
    for precision in precisions if jit else []:
        name = f"{precision} jit"
        seconds |= _race({name: _prepare(precision, jit=True)})
        if seconds.get(name, math.inf) > _HOPELESS * seconds.get(precision, math.inf):
            break
    return seconds


def _race(steps: dict[str, Callable[[], object] | None]) -> dict[str, float]:
    """Run steps in turn; the fastest run of each counts, as other jobs may share the device."""
    able = {name: step for name, step in steps.items() if step is not None}
    times: dict[str, list[float]] = {name: [] for name in able}
    end = time.perf_counter() + _SECONDS
    for done in range(_ROUNDS):
        if done >= _LEAST_ROUNDS and time.perf_counter() > end:
            break
        for name, step in able.items():
            started = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - started)
    return {name: min(each) for name, each in times.items()}


def _prepare(precision: str, *, jit: bool) -> Callable[[], object] | None:
    """Make a step that is traced, compiled and warm; None where it cannot be run."""
    step = _step(precision, jit=jit)
    try:
        for _ in range(2):
            step()
    except Exception:  # XLA or a kernel may be missing, or fail in ways of its own
        return None
    return step


def _step(precision: str, *, jit: bool) -> Callable[[], object]:
    import tensorflow as tf

    dtype = tf.bfloat16 if precision == "mixed_bfloat16" else tf.float32
    rng = np.random.default_rng(0)
    shapes = [(_WIDTH, 3 * _WIDTH), (_WIDTH, _WIDTH), (_WIDTH, 4 * _WIDTH), (4 * _WIDTH, _WIDTH)]
    weights = [
        tf.Variable(rng.normal(scale=0.05, size=shape), dtype=tf.float32) for shape in shapes
    ]
    states = tf.constant(rng.normal(size=(_TEXTS * _LENGTH, _WIDTH)), dtype=dtype)

    @tf.function(jit_compile=jit, autograph=False)
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            after = _block(states, [tf.cast(weight, dtype) for weight in weights])
            loss = tf.reduce_mean(tf.square(tf.cast(after, tf.float32)))
        for weight, slope in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(1e-3 * slope)
        return loss

    return lambda: step().numpy()


def _block(states: tf.Tensor, weights: list[tf.Tensor]) -> tf.Tensor:
    import tensorflow as tf

    from keraswrap.layers import gelu

    heads = tf.reshape(states @ weights[0], (_TEXTS, _LENGTH, 3, _HEADS, _WIDTH // _HEADS))
    query, key, value = tf.unstack(tf.transpose(heads, (2, 0, 3, 1, 4)))
    shares = _drop(tf.nn.softmax(tf.matmul(query, key, transpose_b=True)), 1)
    mixed = tf.reshape(tf.transpose(shares @ value, (0, 2, 1, 3)), (-1, _WIDTH))
    states = _normalise(states + _drop(mixed @ weights[1], 2))
    return _normalise(states + _drop(gelu(states @ weights[2]) @ weights[3], 3))


def _drop(states: tf.Tensor, seed: int) -> tf.Tensor:
    import tensorflow as tf

    # Stateless, to leave the user's global generator as it is.
    return tf.nn.experimental.stateless_dropout(states, 0.1, seed=(seed, 0))


def _normalise(states: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    wide = tf.cast(states, tf.float32)
    mean, variance = tf.nn.moments(wide, -1, keepdims=True)
    return tf.cast((wide - mean) * tf.math.rsqrt(variance + 1e-6), states.dtype)
