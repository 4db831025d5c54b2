"""Check Keras configurations from a file before anything in them is looked up or built.

Keras imports the modules that a configuration names, and some of its layers
carry code. Here a configuration may name only classes of Keras, of keras-hub, and
those that the caller passed; any other is refused by name. A net that is described
as far larger than what the file stores is refused before memory is allocated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import keras
from keras.src.backend.common import global_state

from keraswrap._engine.layer_names import numbered_anew
from keraswrap._engine.object_specs import has_whole_config
from keraswrap._engine.state import NetState
from keraswrap._optional import require
from keraswrap.exceptions import SavedFileError

# Layers whose configuration holds code, pickles, or a path to run from.
_CARRIES_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__lambda__"}
# Numbers that a net may hold beyond those stored, as tables may decide the size of later layers.
_SPARE = 10**6
# Where Keras keeps the variables that have no values yet.
_VALUELESS = "uninitialized_variables"


def dump(thing: object) -> object:
    """Turn a Keras object, or plain data around it, into JSON data.

    Raises
    ------
    TypeError
        If it cannot be done without code, or its configuration leaves arguments out.
    """
    _refuse_incomplete(thing)
    data = keras.saving.serialize_keras_object(thing)
    for entry in _entries(data):
        if _name(entry) in _CARRIES_CODE:
            raise TypeError(f"{_name(entry)} carries code")
        if _name(entry) == "function":  # fails for a function that Keras does not know
            keras.saving.deserialize_keras_object(entry, safe_mode=True)
    return data


def _refuse_incomplete(thing: object) -> None:
    if isinstance(thing, dict):
        thing = [*thing.values()]
    if isinstance(thing, list | tuple):
        for each in thing:
            _refuse_incomplete(each)
    kinds = keras.losses.Loss | keras.metrics.Metric | keras.optimizers.Optimizer
    if isinstance(thing, kinds) and not has_whole_config(thing):
        raise TypeError(f"the configuration of {type(thing).__name__} leaves arguments out")


def revive(data: object, custom_objects: Mapping[str, object]) -> object:
    """Make the objects that JSON data describes.

    Raises
    ------
    SavedFileError
        If it names a class that is neither Keras's nor passed.
    """
    vet(data, custom_objects)
    return keras.saving.deserialize_keras_object(
        data, custom_objects=dict(custom_objects), safe_mode=True
    )


def vet(data: object, custom_objects: Mapping[str, object]) -> None:
    """Refuse data that names anything but known classes."""
    for entry in _entries(data):
        name, module = _name(entry), entry.get("module")
        root = str(module or "").partition(".")[0]
        if name in _CARRIES_CODE:
            raise SavedFileError(
                f"The file holds a {name}, which carries code, and no code from a file is run. "
                "Write it as a layer class of your own, and pass that as custom_objects."
            )
        if root == "keras_hub":
            require("keras_hub", "text")
        elif root not in ("", "keras", "builtins") and not _passed(entry, custom_objects):
            raise SavedFileError(
                f"The file names the class {name!r} of the module {module!r}, which is not "
                "imported just because a file names it. If you trust it, pass "
                f"custom_objects={{{name!r}: ...}} "
                "to load."
            )


def _entries(data: object) -> Iterator[dict[str, object]]:
    if isinstance(data, dict):
        if "class_name" in data:
            yield data
        for value in data.values():
            yield from _entries(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _entries(value)


def _name(entry: Mapping[str, object]) -> str:
    return str(entry.get("class_name"))


def _passed(entry: Mapping[str, object], custom_objects: Mapping[str, object]) -> bool:
    # The only name that Keras looks up before it imports.
    name = entry.get("config" if _name(entry) == "function" else "registered_name")
    known = {*custom_objects, *keras.saving.get_custom_objects()}
    return isinstance(name, str) and name in known


def check_size(build: Callable[[], keras.Model], state: NetState) -> None:
    """Build a net without values, and compare its variables with the stored ones.

    Parameters
    ----------
    build : callable
        Builds the net.
    state : NetState
        Its stored state.

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
        # If a layer needs values, what was declared until then still counts; the real build
        # later reports what fails.
        with suppress(Exception), keras.StatelessScope(initialize_variables=False):
            build()
        made = global_state.get_global_attribute(_VALUELESS) or []
        return sum(math.prod(variable.shape) for variable in made)


@contextmanager
def _forgotten() -> Iterator[None]:
    """Make Keras forget what is built in the block, and the names it takes."""
    waiting = global_state.get_global_attribute(_VALUELESS)
    global_state.set_global_attribute(_VALUELESS, None)
    try:
        with numbered_anew():
            yield
    finally:
        global_state.set_global_attribute(_VALUELESS, waiting)
