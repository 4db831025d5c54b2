"""Let an alias point to another version, and record what happens to models."""

from __future__ import annotations

import os

from keraswrap.exceptions import InputError
from keraswrap.retraining._history import ROLLED_BACK
from keraswrap.tracking import RegisteredModel, Registry, open_registry

__all__ = ["PREVIOUS", "move_alias", "roll_back"]

PREVIOUS = "previous"


def roll_back(
    name: str, to: str | os.PathLike[str] | Registry, *, alias: str = "champion"
) -> RegisteredModel:
    """Put the previous model back into use.

    The aliases are swapped, so that a second call takes the first one back. A server that
    follows the alias loads the model.

    Parameters
    ----------
    name : str
    to : str, path-like or Registry
        As for `keraswrap.tracking.open_registry`.
    alias : str, default="champion"
        Of the model in use.

    Returns
    -------
    RegisteredModel
        The one in use from now on.

    Raises
    ------
    InputError
        If there is no such model, or it has no previous one.

    Examples
    --------
    >>> import tempfile
    >>> from keraswrap.retraining import roll_back
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     roll_back("reviews", f"{folder}/registry.sqlite")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    keraswrap.exceptions.InputError: Expected a registry with 'reviews@champion', got no file.
    """
    registry = open_registry(to) if isinstance(to, str | os.PathLike) else to
    now = registry.get(name, alias)
    before = find_alias(registry, name, PREVIOUS)
    if before is None or before.version == now.version:
        raise InputError(
            f"Expected a previous model of {name!r}, got none: {now.name}:{now.version} has not "
            "replaced another. Choose a version yourself, with registry.set_alias."
        )
    move_alias(registry, alias, now, before)
    registry.log_event(name, ROLLED_BACK, {"from": now.version, "to": before.version})
    return registry.get(name, alias)


def find_alias(registry: Registry, name: str, alias: str) -> RegisteredModel | None:
    """Return the version that an alias points to; None if there is no such alias."""
    return next((one for one in registry.versions(name) if alias in one.aliases), None)


def move_alias(registry: Registry, alias: str, old: RegisteredModel, new: RegisteredModel) -> None:
    """Put a model into use. Killed between its steps, it may be called again.

    The old model is named before it is replaced: whenever this ends, there is a way back.
    """
    registry.set_alias(old.name, PREVIOUS, old.version)
    registry.set_alias(new.name, alias, new.version)
