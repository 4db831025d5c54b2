"""Which registry a path or address names."""

from __future__ import annotations

import os

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.tracking._registry import Registry
from keraswrap.tracking._sqlite_registry import SqliteRegistry

__all__ = ["open_registry"]


def open_registry(to: str | os.PathLike[str]) -> Registry:
    """Open a registry: one SQLite file.

    Parameters
    ----------
    to : str or path-like
        Path of a file, such as ``"registry.sqlite"``. It is made when something is first
        added.

    Returns
    -------
    Registry

    Raises
    ------
    SavedFileError
        If the file is damaged, no registry, or one of a later version.
    StorageError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from keraswrap.tracking import open_registry
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     registry = open_registry(f"{folder}/registry.sqlite")
    ...     _ = registry.log_event("reviews", "labeled", {"rows": 200})
    ...     registry.names(), [event.facts for event in registry.events("reviews")]
    ([], [{'rows': 200}])
    """
    if isinstance(to, str) and "://" in to:
        raise ParameterError(f"Expected the path of a registry, got {to.partition('://')[0]}://…")
    if not isinstance(to, str | os.PathLike) or not os.fspath(to):
        raise InputTypeError(f"Expected the path of a registry, got {to!r:.60}.")
    return SqliteRegistry(to)
