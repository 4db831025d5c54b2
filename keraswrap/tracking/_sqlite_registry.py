"""A registry in one SQLite file of our own, which needs no further package."""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sklearn.base import BaseEstimator

from keraswrap import _sqlite
from keraswrap._wording import counted
from keraswrap.exceptions import InputError
from keraswrap.model_files import FileInfo
from keraswrap.tracking._layout import opened, read_content, write_content
from keraswrap.tracking._loading import estimator_from
from keraswrap.tracking._names import (
    ModelName,
    address,
    check_alias,
    check_kind,
    check_name,
)
from keraswrap.tracking._plain import check_facts, now, to_json
from keraswrap.tracking._records import (
    Event,
    NewRun,
    NewVersion,
    RegisteredModel,
    TrackedRun,
)

__all__ = ["SqliteRegistry"]

_VERSION = (
    "name, version, created, sha256, n_bytes, class_name, format, packages, metrics, tags, run, "
    "description"
)


class SqliteRegistry:
    """A :class:`Registry` in one SQLite file.

    The file is made when something is first added. It holds the models too, up to 2 GB each.

    Parameters
    ----------
    path : str or path-like
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        if self.path.exists():
            with opened(self.path):
                pass

    def __repr__(self) -> str:
        return f"SqliteRegistry({str(self.path)!r})"

    @property
    def where(self) -> str:
        """Its file."""
        return str(self.path)

    # -- versions ------------------------------------------------------------

    def names(self) -> list[str]:
        """See `Registry`."""
        with self._reading() as base:
            if base is None:
                return []
            return [row[0] for row in base.execute("SELECT DISTINCT name FROM versions ORDER BY 1")]

    def versions(self, name: str) -> list[RegisteredModel]:
        """See `Registry`."""
        check_name(name)
        with self._reading() as base:
            return [] if base is None else _select(base, "name = ?", (name,))

    def get(self, name: str, version: int | str | None = None) -> RegisteredModel:
        """See `Registry`."""
        wanted = address(name, version)
        with self._reading() as base:
            return self._find(base, wanted)

    def read(self, name: str, version: int | str | None = None) -> bytes:
        """See `Registry`."""
        wanted = address(name, version)
        with self._reading() as base:
            found = self._find(base, wanted)
            what = f"{found.name}:{found.version} in {self.where!r}"
            return b"" if base is None else read_content(base, found.sha256, what)

    def load(
        self,
        name: str,
        version: int | str | None = None,
        *,
        custom_objects: Mapping[str, object] | None = None,
        **params: object,
    ) -> BaseEstimator:
        """See `Registry`."""
        return estimator_from(self.read(name, version), custom_objects, params)

    def add_version(self, new: NewVersion) -> RegisteredModel:
        """See `Registry`."""
        with self._writing() as base:
            if new.run is not None:
                self._check_run(base, new.run)
            version = None if new.again else _same(base, new)
            if version is None:
                version = _insert(base, new)
            if new.alias is not None:
                _point(base, new.name, new.alias, version)
            return _select(base, "name = ? AND version = ?", (new.name, version))[0]

    def _find(self, base: sqlite3.Connection | None, wanted: ModelName) -> RegisteredModel:
        if base is None:
            raise InputError(
                f"Expected a registry with {str(wanted)!r}, got no file at {self.where!r}. "
                "Register the model first, or correct the path."
            )
        found = _select(base, *_condition(wanted))
        if not found:
            raise InputError(self._missing(base, wanted))
        return found[0]

    def _missing(self, base: sqlite3.Connection, wanted: ModelName) -> str:
        count = "SELECT COUNT(*) FROM versions WHERE name = ?"
        known = base.execute(count, (wanted.name,)).fetchone()[0]
        query = "SELECT alias FROM aliases WHERE name = ? ORDER BY alias"
        aliases = [row[0] for row in base.execute(query, (wanted.name,))]
        return missing(wanted, self.where, known, aliases)

    # -- aliases -------------------------------------------------------------

    def set_alias(self, name: str, alias: str, version: int | str | None = None) -> None:
        """See `Registry`."""
        check_alias(alias)
        wanted = address(name, version)
        with self._changing(wanted) as base:
            found = self._find(base, wanted)
            _point(base, found.name, alias, found.version)

    def delete_alias(self, name: str, alias: str) -> None:
        """See `Registry`."""
        wanted = ModelName(check_name(name), alias=check_alias(alias))
        with self._changing(wanted) as base:
            gone = base.execute(
                "DELETE FROM aliases WHERE name = ? AND alias = ?", (name, alias)
            ).rowcount
            if not gone:
                raise InputError(self._missing(base, wanted))

    # -- runs ----------------------------------------------------------------

    def runs(self, name: str | None = None) -> list[TrackedRun]:
        """See `Registry`."""
        where, values = ("1", ()) if name is None else ("name = ?", (name,))
        with self._reading() as base:
            return [] if base is None else _select_runs(base, where, values)

    def read_run_file(self, run: str, file: str) -> bytes:
        """See `Registry`."""
        with self._reading() as base:
            query = "SELECT sha256 FROM run_files WHERE run = ? AND name = ?"
            row = base.execute(query, (str(run), str(file))).fetchone() if base else None
            if base is None or row is None:
                raise InputError(f"Expected a file of a run, got {file!r} of {run!r}, not there.")
            return read_content(base, row[0], f"{file} of the run {run} in {self.where!r}")

    def add_run(self, new: NewRun) -> TrackedRun:
        """See `Registry`."""
        key = uuid.uuid4().hex
        with self._writing() as base:
            base.execute(
                "INSERT INTO runs (id, name, created, tags, record) VALUES (?, ?, ?, ?, ?)",
                (key, new.name, now(), to_json(new.tags), to_json(new.record)),
            )
            for file, content in new.files.items():
                row = (key, file, write_content(base, content))
                base.execute("INSERT INTO run_files VALUES (?, ?, ?)", row)
            return _select_runs(base, "id = ?", (key,))[0]

    def _check_run(self, base: sqlite3.Connection, run: str) -> None:
        if not base.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone():
            raise InputError(
                f"Expected the id of a run in {self.where!r}, got {run!r:.60}. `runs()` lists them."
            )

    # -- events --------------------------------------------------------------

    def log_event(self, name: str, kind: str, facts: Mapping[str, object]) -> Event:
        """See `Registry`."""
        event = Event(check_name(name), check_kind(kind), now(), check_facts(facts))
        with self._writing() as base:
            base.execute(
                "INSERT INTO events (name, kind, created, facts) VALUES (?, ?, ?, ?)",
                (event.name, event.kind, event.created, to_json(event.facts)),
            )
        return event

    def events(self, name: str) -> list[Event]:
        """See `Registry`."""
        query = "SELECT name, kind, created, facts FROM events WHERE name = ? ORDER BY number"
        with self._reading() as base:
            rows = base.execute(query, (check_name(name),)) if base else []
            return [Event(name, kind, at, json.loads(told)) for name, kind, at, told in rows]

    # -- the file ------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Yield the file as it is at one moment; None if there is none."""
        if not self.path.exists():
            yield None
            return
        with opened(self.path) as base:
            base.execute("BEGIN")
            yield base

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with opened(self.path) as base, _sqlite.transaction(base):
            yield base

    @contextmanager
    def _changing(self, wanted: ModelName) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            self._find(None, wanted)
        with self._writing() as base:
            yield base


def missing(wanted: ModelName, where: str, known: int, aliases: list[str]) -> str:
    """Say that there is no such model, version or alias, and what there is."""
    if not known:
        return (
            f"Expected a model in {where!r}, got {wanted.name!r}, which is not there. `names()` "
            "or `keraswrap models` lists those that are."
        )
    there = f"{counted(known, 'version')} and the aliases {', '.join(aliases) or '(none)'}"
    return (
        f"Expected a version or alias of {wanted.name!r}, got {str(wanted)!r}. There are {there}."
    )


def _condition(wanted: ModelName) -> tuple[str, tuple[object, ...]]:
    if wanted.alias is not None:
        query = "SELECT version FROM aliases WHERE name = ? AND alias = ?"
        return f"name = ? AND version = ({query})", (wanted.name, wanted.name, wanted.alias)
    if wanted.version is not None:
        return "name = ? AND version = ?", (wanted.name, wanted.version)
    newest = "SELECT MAX(version) FROM versions WHERE name = ?"
    return f"name = ? AND version = ({newest})", (wanted.name, wanted.name)


def _select(
    base: sqlite3.Connection, where: str, values: tuple[object, ...]
) -> list[RegisteredModel]:
    query = f"SELECT {_VERSION} FROM versions WHERE {where} ORDER BY version"
    return [_version(base, row) for row in base.execute(query, values).fetchall()]


def _version(base: sqlite3.Connection, row: tuple) -> RegisteredModel:
    name, version, created, sha256, n_bytes, class_name, layout, packages, *rest = row
    metrics, tags, run, description = rest
    query = "SELECT alias FROM aliases WHERE name = ? AND version = ? ORDER BY alias"
    return RegisteredModel(
        name=name,
        version=version,
        aliases=tuple(one[0] for one in base.execute(query, (name, version))),
        sha256=sha256,
        created=created,
        metrics=json.loads(metrics),
        tags=json.loads(tags),
        run=run,
        description=description,
        file=FileInfo(class_name, layout, json.loads(packages), sha256, n_bytes, False),
    )


def _same(base: sqlite3.Connection, new: NewVersion) -> int | None:
    query = "SELECT MAX(version) FROM versions WHERE name = ? AND sha256 = ?"
    found = base.execute(query, (new.name, new.info.sha256)).fetchone()[0]
    return None if found is None else int(found)


def _insert(base: sqlite3.Connection, new: NewVersion) -> int:
    query = "SELECT COALESCE(MAX(version), 0) + 1 FROM versions WHERE name = ?"
    version = int(base.execute(query, (new.name,)).fetchone()[0])
    info, sha256 = new.info, write_content(base, new.content)
    row = (
        *(new.name, version, now(), sha256, info.n_bytes, info.class_name, info.format),
        *(to_json(info.versions), to_json(new.metrics), to_json(new.tags)),
        *(new.run, new.description),
    )
    marks = ", ".join("?" * len(row))
    base.execute(f"INSERT INTO versions ({_VERSION}) VALUES ({marks})", row)
    return version


def _point(base: sqlite3.Connection, name: str, alias: str, version: int) -> None:
    base.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?, ?)", (name, alias, version))


def _select_runs(
    base: sqlite3.Connection, where: str, values: tuple[object, ...]
) -> list[TrackedRun]:
    query = f"SELECT id, name, created, tags, record FROM runs WHERE {where} ORDER BY number"
    files = "SELECT name FROM run_files WHERE run = ? ORDER BY name"
    return [
        TrackedRun(
            id=key,
            name=name,
            created=created,
            tags=json.loads(tags),
            record=json.loads(record),
            files=tuple(one[0] for one in base.execute(files, (key,))),
        )
        for key, name, created, tags, record in base.execute(query, values).fetchall()
    ]
