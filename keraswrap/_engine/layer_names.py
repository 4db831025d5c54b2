"""Number the names that Keras makes up from the start for each net.

Keras counts them over a whole process: the first net's layers are ``dense`` and ``dense_1``,
the sixth net's ``dense_10`` and ``dense_11``. TensorFlow orders the terms of a sum by name, and
``dense_10`` comes before ``dense_9``, so the same fit could differ in its last bits. Names
that start anew depend on the net alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras
from keras.src.backend.common import global_state
from keras.src.utils import naming

# Where Keras keeps how often it has used a name.
_COUNTS = "object_name_uids"
_NUMBERED = re.compile(r"(.*)_(\d+)")
# The counts of the process, which are out of use inside `numbered_anew`.
_of_process: ContextVar[defaultdict[str, int] | None] = ContextVar("of_process", default=None)


@contextmanager
def numbered_anew() -> Iterator[None]:
    """Let Keras count names from the start in the block, and continue as before after it."""
    with _counting(defaultdict(int)):
        yield


@contextmanager
def numbered_on() -> Iterator[None]:
    """Let Keras count names over the whole process in the block, as it does by itself."""
    counts = _of_process.get()
    with _counting(_counts() if counts is None else counts):
        yield


@contextmanager
def _counting(counts: defaultdict[str, int]) -> Iterator[None]:
    before = _counts()
    kept = _of_process.get()
    token = _of_process.set(before if kept is None else kept)
    global_state.set_global_attribute(_COUNTS, counts)
    try:
        yield
    finally:
        global_state.set_global_attribute(_COUNTS, before)
        _of_process.reset(token)


def _counts() -> defaultdict[str, int]:
    return global_state.get_global_attribute(_COUNTS, default=defaultdict(int), set_to_default=True)


def avoid(names: Iterable[str]) -> None:
    """Let Keras make up no name that is equal to one of these."""
    counts = _counts()
    for name in names:
        counts[name] = max(counts.get(name, 0), 1)
        if numbered := _NUMBERED.fullmatch(name):
            stem, number = numbered.groups()
            counts[stem] = max(counts.get(stem, 0), int(number) + 1)


def is_made_up(name: object, kind: type[keras.Layer]) -> bool:
    """Return whether Keras could have made up this name for a layer of a class."""
    stem = naming.to_snake_case(kind.__name__)
    return isinstance(name, str) and bool(re.fullmatch(rf"{re.escape(stem)}(_\d+)?", name))


def make_up(kind: type[keras.Layer]) -> str:
    """Make up the next name for a layer of a class."""
    return naming.auto_name(kind.__name__)
