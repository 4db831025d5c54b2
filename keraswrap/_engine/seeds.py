"""Make fits reproducible, and leave every global generator as it was.

Keras draws the seeds of initializers and dropout from Python's global generator,
TensorFlow keeps a global seed of its own, and both have switches. These cannot be
avoided, so they are set for the duration of a fit and then restored exactly. So are the
names that Keras makes up, which decide the order of sums.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random import seed_generator

from keraswrap._engine.layer_names import numbered_anew

# The generators below belong to the process: one fit at a time may hold them.
_LOCK = threading.RLock()

# TensorFlow keeps a kernel of some 30 kB for each variable that ever existed, until all are
# cleared: the next step of a small net then takes 0.1 s longer, that of MiniLM 5 s.
_KERNEL, _ROOM = 30_000, 20_000_000
# Bytes of kernels since the last clearing, and the most that they may take up.
_left, _room = 0, _ROOM


def draw_seed(random_state: int | np.random.RandomState | np.random.Generator | None) -> int:
    """Draw the seed of one fit.

    Parameters
    ----------
    random_state : int, numpy RandomState or Generator, or None
        None draws fresh entropy from the system, never from a global generator.

    Returns
    -------
    int
        In [0, 2**31).

    Examples
    --------
    >>> draw_seed(7)
    7
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0] >> 1)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    return int(random_state)


@contextmanager
def reproducible(seed: int, *, strict: bool, clear: bool = False) -> Iterator[Callable[[], bool]]:
    """Seed every global generator and number names anew for the block, then restore them all.

    Parameters
    ----------
    strict : bool
        Also switch a GPU to deterministic kernels, which are slower.
    clear : bool, default=False
        Whether TensorFlow clears its kernels. Otherwise those of operations that
        draw random numbers continue where they stopped; Keras's own operations do
        not use such kernels. After clearing, the first step of a traced net takes
        100 ms longer.

    Yields
    ------
    callable
        Returns whether something was drawn that only clearing makes reproducible.
    """
    with _LOCK, ExitStack() as stack:
        stack.enter_context(_python_and_numpy(seed))
        backend = {"tensorflow": _tensorflow, "torch": _torch}.get(keras.backend.backend())
        drew = stack.enter_context(backend(seed, strict, clear)) if backend else None
        stack.enter_context(_keras_defaults(seed))
        stack.enter_context(_keras(seed))
        stack.enter_context(numbered_anew())
        yield drew or (lambda: False)


def count_variables(made: Sequence[keras.Variable]) -> None:
    """Count the variables of a net, each of which leaves a kernel behind.

    Kernels may take up half as much memory as the weights of such a net.
    """
    global _left, _room
    _left += _KERNEL * len(made)
    _room = max(_ROOM, 2 * sum(math.prod(variable.shape) for variable in made))


@contextmanager
def _python_and_numpy(seed: int) -> Iterator[None]:
    python, legacy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)


@contextmanager
def _keras_defaults(seed: int) -> Iterator[None]:
    """Shield the generator of default seeds from other threads, which draw from Python's too.

    In a Dask worker they do so all the time, and a layer would get another seed.
    """
    before = seed_generator.python_random
    seed_generator.python_random = _OfThisThread(seed)
    try:
        yield
    finally:
        seed_generator.python_random = before


class _OfThisThread:
    """Python's global generator as it would be if no other thread used it."""

    def __init__(self, seed: int) -> None:
        self.thread, self.own = threading.get_ident(), random.Random(seed)

    def __getattr__(self, name: str) -> object:
        return getattr(self.own if threading.get_ident() == self.thread else random, name)


@contextmanager
def _keras(seed: int) -> Iterator[None]:
    name = "global_seed_generator"  # Keras's key for it; older versions have no constant
    before = global_state.get_global_attribute(name)
    global_state.set_global_attribute(name, keras.random.SeedGenerator(seed))
    try:
        yield
    finally:
        global_state.set_global_attribute(name, before)


@contextmanager
def _tensorflow(seed: int, strict: bool, clear: bool) -> Iterator[Callable[[], bool]]:
    import tensorflow as tf
    from tensorflow.python.eager import context
    from tensorflow.python.framework import config

    eager = context.context()
    # Operations draw their seeds from _rng, which does not exist before the first set_seed.
    before = {name: vars(eager)[name] for name in ("_seed", "_rng") if name in vars(eager)}
    switched = (
        strict
        and bool(tf.config.list_physical_devices("GPU"))
        and not config.is_op_determinism_enabled()
    )
    global _left
    if clear or _left > _room:
        _left = 0
        tf.random.set_seed(seed)
    else:  # the same, without clearing kernels
        vars(eager).update(_seed=seed, _rng=random.Random(seed))
    rng = eager._rng
    untouched = rng.getstate()
    if switched:
        tf.config.experimental.enable_op_determinism()
    try:
        yield lambda: rng.getstate() != untouched
    finally:
        vars(eager).pop("_rng", None)
        vars(eager).update(before)
        if switched:
            config.disable_op_determinism()


@contextmanager
def _torch(seed: int, strict: bool, clear: bool) -> Iterator[None]:
    import torch

    switched = strict and torch.cuda.is_available()
    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if switched:
            torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def reseeding(seed: int) -> list[keras.callbacks.Callback]:
    """Return callbacks that reseed the backend when training itself begins.

    PyTorch's dropout draws from its global generator, which the first fit of a
    net has already drawn from to build it.
    """
    return [_ReseedTorch(seed)] if keras.backend.backend() == "torch" else []


class _ReseedTorch(keras.callbacks.Callback):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        import torch

        torch.manual_seed(self.seed)
