"""What a registry holds: versions of models, runs and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keraswrap.model_files import FileInfo

__all__ = ["Event", "NewRun", "NewVersion", "RegisteredModel", "TrackedRun"]


@dataclass(frozen=True)
class RegisteredModel:
    """One version of a model in a registry.

    Parameters
    ----------
    name : str
    version : int
        1, 2, … in the order of registration.
    aliases : tuple of str
        Aliases that point to this version now, sorted.
    sha256 : str
        Of the model's file, in hexadecimal digits; `Registry.load` checks it.
    created : str
        When it was registered: ISO 8601, UTC.
    metrics : dict of str to float
    tags : dict of str to str
    run : str or None
        Id of the tracked run that it came from.
    description : str
    file : FileInfo
        What the file says of itself: class, format, versions, size.
    """

    name: str
    version: int
    aliases: tuple[str, ...]
    sha256: str
    created: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    run: str | None
    description: str
    file: FileInfo


@dataclass(frozen=True)
class TrackedRun:
    """A search that was tracked.

    Parameters
    ----------
    id : str
        To pass to `register` as ``run``.
    name : str
    created : str
        ISO 8601, UTC.
    tags : dict of str to str
    record : dict
        What was tracked, as plain values: see `track_search`.
    files : tuple of str
        Names of the files that are kept with it, such as the report.
    """

    id: str
    name: str
    created: str
    tags: Mapping[str, str]
    record: Mapping[str, object]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """Something that happened to a model, such as a step of its retraining.

    Parameters
    ----------
    name : str
        Of the model.
    kind : str
        What happened, in one word.
    created : str
        ISO 8601, UTC.
    facts : dict
        Plain values.
    """

    name: str
    kind: str
    created: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class NewVersion:
    """A version to be registered, all of it checked."""

    name: str
    content: bytes = field(repr=False)
    info: FileInfo
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    run: str | None
    alias: str | None
    description: str
    again: bool


@dataclass(frozen=True)
class NewRun:
    """A run to be stored, all of it checked."""

    name: str
    tags: Mapping[str, str]
    record: Mapping[str, object]
    files: Mapping[str, bytes] = field(repr=False)
