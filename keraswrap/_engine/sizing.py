"""What a net that a file describes would hold, found out before memory is taken for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import keras
from keras.src.backend.common import global_state

from keraswrap._engine.state import NetState
from keraswrap.exceptions import SavedFileError

# Numbers that a net may hold beyond those stored, as tables may set the size of what follows them.
_SPARE = 10**6
# Where Keras keeps the names in use, and the variables that have no values yet.
_NAMES, _VALUELESS = "object_name_uids", "uninitialized_variables"


def check_size(build: Callable[[], keras.Model], state: NetState) -> None:
    """Build a net without values, and hold its variables against those that are stored.

    Parameters
    ----------
    build : callable
        Builds the net.
    state : NetState
        What was stored of it.

    Raises
    ------
    SavedFileError
        If the net would hold far more numbers than are stored.
    """
    stored = sum(array.size for array in state.variables)
    widths = {width for array in state.variables for width in array.shape}
    declared = _count(build)
    if declared > 2 * stored + _SPARE:
        raise SavedFileError(
            f"Expected a net of {stored} numbers, as the file stores, got one that is described "
            f"with {declared}. The file is corrupt."
        )
    for rank in state.ranks.values():
        if rank not in widths:  # each is one side of two stored matrices
            raise SavedFileError(
                f"Expected weights of rank {rank!r:.20} in the file, as it says of a layer, got "
                "none. The file is corrupt."
            )


def _count(build: Callable[[], keras.Model]) -> int:
    with _forgotten():
        # Where a layer cannot do without values, what it declared until then still counts;
        # building it for good tells what fails.
        with suppress(Exception), keras.StatelessScope(initialize_variables=False):
            build()
        made = global_state.get_global_attribute(_VALUELESS) or []
        return sum(math.prod(variable.shape) for variable in made)


@contextmanager
def _forgotten() -> Iterator[None]:
    """Let Keras forget what is built in the block, and the names that are taken there."""
    names, waiting = (global_state.get_global_attribute(kept) for kept in (_NAMES, _VALUELESS))
    global_state.set_global_attribute(_NAMES, None if names is None else names.copy())
    global_state.set_global_attribute(_VALUELESS, None)
    try:
        yield
    finally:
        global_state.set_global_attribute(_NAMES, names)
        global_state.set_global_attribute(_VALUELESS, waiting)
