"""Which registry a path or address names."""

from __future__ import annotations

import os
import re

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.tracking._mlflow_registry import MlflowRegistry
from keraswrap.tracking._registry import Registry
from keraswrap.tracking._sqlite_registry import SqliteRegistry

__all__ = ["open_registry"]

# What MLflow calls by such an address itself: servers and databases.
_MLFLOW = ("http", "https", "sqlite", "postgresql", "mysql", "mssql", "databricks")
_SCHEME = re.compile(r"([a-z][a-z0-9.-]*)(\+[a-z0-9]+)?://", re.IGNORECASE)


def open_registry(to: str | os.PathLike[str]) -> Registry:
    """Open a registry: one SQLite file of keraswrap's own, or MLflow.

    Parameters
    ----------
    to : str or path-like
        - The path of a file, such as ``"registry.sqlite"``: one SQLite file, which is made
          when something is first added.
        - A tracking URI of MLflow, such as ``"http://127.0.0.1:5000"`` or
          ``"sqlite:///mlflow.db"``. Anything else that MLflow takes has ``mlflow:`` in
          front, as in ``"mlflow:databricks"``. Needs the extra ``mlflow``. MLflow's usage
          data are switched off, unless ``MLFLOW_DISABLE_TELEMETRY`` is set to ``false``.

    Returns
    -------
    Registry

    Raises
    ------
    SavedFileError
        If the file is damaged, no registry, or one of a later version.
    StorageError
        If it cannot be read.
    EndpointError
        If the server cannot be reached, or refuses.
    MissingExtraError
        If MLflow is not installed.

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
    if not isinstance(to, str | os.PathLike) or not os.fspath(to):
        raise InputTypeError(
            f"Expected the path of a registry, or an address of MLflow, got {to!r:.60}."
        )
    if not isinstance(to, str):
        return SqliteRegistry(to)
    if to.startswith("mlflow:"):
        return MlflowRegistry(to.removeprefix("mlflow:"))
    scheme = _SCHEME.match(to)
    if scheme is None:
        return SqliteRegistry(to)
    if scheme[1].lower() in _MLFLOW:
        return MlflowRegistry(to)
    raise ParameterError(
        f"Expected the path of a registry, or an address of MLflow such as http://… or "
        f"sqlite:///…, got {scheme[0]}…. Put mlflow: in front if MLflow takes it."
    )
