"""What every registry does, wherever it keeps its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sklearn.base import BaseEstimator

from keraswrap.tracking._records import (
    Event,
    NewRun,
    NewVersion,
    RegisteredModel,
    TrackedRun,
)

__all__ = ["Registry"]


class Registry(Protocol):
    """Versions of models, aliases, runs and events, in a file or on a server.

    `open_registry` returns one; `register` and `track_search` add to it. A version is never
    changed, overwritten or deleted. Every ``version`` is a number, an alias, or None for the
    newest version; a whole address such as ``"reviews@champion"`` may stand for the name.

    Attributes
    ----------
    where : str
        Its file or server, without credentials.
    """

    @property
    def where(self) -> str:
        """Its file or server, without credentials."""
        ...

    def names(self) -> list[str]:
        """Return the names of all models, sorted.

        Returns
        -------
        list of str
        """
        ...

    def versions(self, name: str) -> list[RegisteredModel]:
        """Return all versions of a model, the oldest first; none if it is unknown.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of RegisteredModel
        """
        ...

    def get(self, name: str, version: int | str | None = None) -> RegisteredModel:
        """Return one version of a model.

        Parameters
        ----------
        name : str
        version : int or str, optional
            A version, an alias, or None for the newest version.

        Returns
        -------
        RegisteredModel

        Raises
        ------
        InputError
            If there is no such model, version or alias.
        """
        ...

    def read(self, name: str, version: int | str | None = None) -> bytes:
        """Return the bytes of a version's file, once their sha256 has been checked.

        Parameters
        ----------
        name : str
        version : int or str, optional

        Returns
        -------
        bytes

        Raises
        ------
        InputError
            As `get`.
        SavedFileError
            If they are not the bytes that were registered.
        """
        ...

    def load(
        self,
        name: str,
        version: int | str | None = None,
        *,
        custom_objects: Mapping[str, object] | None = None,
        **params: object,
    ) -> BaseEstimator:
        """Load a version without running code, once its sha256 has been checked.

        Parameters
        ----------
        name : str
        version : int or str, optional
        custom_objects, **params
            As for `keraswrap.model_files.load_estimator`.

        Returns
        -------
        estimator

        Raises
        ------
        InputError
            As `get`.
        SavedFileError
            If the file is corrupt, or from a later version of keraswrap.
        """
        ...

    def set_alias(self, name: str, alias: str, version: int | str | None = None) -> None:
        """Let an alias point to a version, whatever it pointed to before.

        Parameters
        ----------
        name : str
        alias : str
            Letters, digits, ``_`` and ``-``; neither ``latest`` nor like a version.
        version : int or str, optional

        Raises
        ------
        InputError
            If there is no such version.
        """
        ...

    def delete_alias(self, name: str, alias: str) -> None:
        """Remove an alias; its version stays.

        Parameters
        ----------
        name, alias : str

        Raises
        ------
        InputError
            If there is no such alias.
        """
        ...

    def runs(self, name: str | None = None) -> list[TrackedRun]:
        """Return the tracked runs, the oldest first.

        Parameters
        ----------
        name : str, optional
            Only runs of this name.

        Returns
        -------
        list of TrackedRun
        """
        ...

    def read_run_file(self, run: str, file: str) -> bytes:
        """Return the bytes of a file that is kept with a run.

        Parameters
        ----------
        run : str
            Its id.
        file : str
            One of its ``files``.

        Returns
        -------
        bytes

        Raises
        ------
        InputError
            If there is no such run or file.
        """
        ...

    def log_event(self, name: str, kind: str, facts: Mapping[str, object]) -> Event:
        """Record what happened to a model. Events are never changed or deleted.

        Parameters
        ----------
        name : str
            Of a model, which need not be registered yet.
        kind : str
            One word.
        facts : dict
            Plain values.

        Returns
        -------
        Event
        """
        ...

    def events(self, name: str) -> list[Event]:
        """Return the events of a model, the oldest first.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of Event
        """
        ...

    def add_version(self, new: NewVersion) -> RegisteredModel:
        """Add what `register` has checked; use `register`.

        Parameters
        ----------
        new : NewVersion

        Returns
        -------
        RegisteredModel
        """
        ...

    def add_run(self, new: NewRun) -> TrackedRun:
        """Add what `track_search` has made; use `track_search`.

        Parameters
        ----------
        new : NewRun

        Returns
        -------
        TrackedRun
        """
        ...
