"""What the user's own code makes, by its name: a router, a language model."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from keraswrap.exceptions import InputError, ParameterError

if TYPE_CHECKING:
    from keraswrap.routing._router import MessageRouter

# A file's module gets its own name if that is free, so that what it pickles is found again.
_OTHERWISE = "keraswrap_chat_"


def load_router(named: str) -> MessageRouter:
    """Return the router that FILE:NAME or MODULE:NAME names, having run that code.

    Parameters
    ----------
    named : str
        A Python file or a dotted module, and a router in it or a function without
        arguments that returns one, as in ``"shop.py:router"``.

    Returns
    -------
    MessageRouter

    Raises
    ------
    ParameterError
        If it names nothing, or something else.
    InputError
        If the module cannot be found.
    """
    return _as_router(load_named(named, "ROUTER", "shop.py:router"), named)


def load_named(named: str, what: str, example: str) -> object:
    """Return what FILE:NAME or MODULE:NAME names, having run that code.

    Raises
    ------
    ParameterError
        If it names nothing.
    InputError
        If the module cannot be found.
    """
    source, _, name = named.rpartition(":")
    if not source or not name:
        raise ParameterError(
            f"Expected {what} as FILE:NAME or MODULE:NAME, as in {example}, got {named!r}."
        )
    file = Path(source)
    module = _load_file(file) if file.suffix == ".py" else _import(source)
    return _find(module, name, source)


def _load_file(file: Path) -> ModuleType:
    if not file.is_file():
        raise InputError(f"Expected a Python file, got {str(file)!r}, which is none.")
    # What stands beside it can be imported, as if it were run.
    sys.path.insert(0, str(file.absolute().parent))
    name = _OTHERWISE + file.stem if file.stem in sys.modules else file.stem
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _import(source: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(source)
    except ModuleNotFoundError as error:
        # What the module itself fails to import is another fault: let it show.
        if error.name is None or not f"{source}.".startswith(f"{error.name}."):
            raise
        raise InputError(
            f"Expected a module, got {source!r}, which is not found from here. A file ends in .py."
        ) from None
    except (TypeError, ValueError) as error:  # of a name with dots in front, or none
        raise ParameterError(f"Expected the name of a module, got {source!r}: {error}.") from None


def _find(module: ModuleType, name: str, source: str) -> object:
    found: object = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise ParameterError(f"Expected {name!r} in {source!r}, which has none.")
        found = getattr(found, part)
    return found


def _as_router(found: object, named: str) -> MessageRouter:
    from keraswrap.routing._router import MessageRouter

    if callable(found) and not isinstance(found, type | MessageRouter):
        found = found()
    if not isinstance(found, MessageRouter):
        raise ParameterError(
            f"Expected a MessageRouter, or a function without arguments that returns one, as "
            f"{named!r}, got {found!r:.60}."
        )
    return found
