"""Copy callbacks, as each fit needs its own."""

from __future__ import annotations

import copy
import os

import keras

from keraswrap._config import fit_name
from keraswrap._engine.serialization import duplicate
from keraswrap.exceptions import ParameterError


def make_callbacks(callbacks: object) -> list[keras.callbacks.Callback]:
    """Copy callbacks, and make instances of classes among them.

    Raises
    ------
    ParameterError
        If one is not a callback, or cannot be copied.
    """
    if callbacks is None:
        return []
    given = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    made = [_make_callback(callback) for callback in given]
    if (name := fit_name()) is not None:
        for callback in made:
            _set_apart(callback, name)
    return made


# Keras callbacks that write files: the attribute with the path, and whether it is a folder.
_WRITES: dict[type[keras.callbacks.Callback], tuple[str, bool]] = {
    keras.callbacks.BackupAndRestore: ("backup_dir", True),
    keras.callbacks.CSVLogger: ("filename", False),
    keras.callbacks.ModelCheckpoint: ("filepath", False),
    keras.callbacks.TensorBoard: ("log_dir", True),
}


def _set_apart(callback: keras.callbacks.Callback, name: str) -> None:
    # Otherwise the fits of a search overwrite each other's files and resume each other's backup.
    for kind, (attribute, is_folder) in _WRITES.items():
        if isinstance(callback, kind):
            given = getattr(callback, attribute)
            folder, file = (given, "") if is_folder else os.path.split(given)
            for key, value in list(vars(callback).items()):
                if isinstance(value, str) and value.startswith(given):
                    rest = file + value[len(given) :].lstrip("/")
                    setattr(callback, key, os.path.join(folder, name, rest).rstrip("/"))
            if isinstance(callback, keras.callbacks.CSVLogger):  # it does not create folders
                os.makedirs(os.path.join(folder, name), exist_ok=True)


def _make_callback(callback: object) -> keras.callbacks.Callback:
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
        # deepcopy would copy Keras objects by their configuration, which may omit arguments.
        parts = {id(part): duplicate(part) for part in vars(made).values() if _is_part(part)}
        return made if made is not callback else copy.deepcopy(callback, parts)
    except Exception as error:
        raise ParameterError(
            f"The callback {callback!r:.80} cannot be copied, and each fit needs its own: "
            f"{error}. Pass its class, or give it a __deepcopy__."
        ) from error


def _is_part(value: object) -> bool:
    return isinstance(value, keras.losses.Loss | keras.metrics.Metric | keras.optimizers.Optimizer)
