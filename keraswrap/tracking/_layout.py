"""The tables of a registry in one SQLite file, and its errors in words.

Models are in the file too, in parts: a version and its bytes are there together or not
at all, and the file can be copied as it is. A rollback journal rather than WAL: readers
need no right to write, and network folders will do.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keraswrap import _sqlite
from keraswrap.exceptions import InputError, KeraswrapError, SavedFileError, StorageError

__all__ = ["opened", "read_content", "write_content"]

# Application id and layout version in a file's header.
HEADER = (0x6B7767, 1)
# Bytes of a row of `parts`.
_PART = 2**20

_TABLES = (
    """
CREATE TABLE versions (
    name TEXT NOT NULL, version INTEGER NOT NULL, created TEXT NOT NULL,
    sha256 TEXT NOT NULL, n_bytes INTEGER NOT NULL, class_name TEXT NOT NULL,
    format INTEGER NOT NULL, packages TEXT NOT NULL, metrics TEXT NOT NULL, tags TEXT NOT NULL,
    run TEXT, description TEXT NOT NULL,
    PRIMARY KEY (name, version)
)""",
    """
CREATE TABLE aliases (
    name TEXT NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (name, alias)
)""",
    """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    created TEXT NOT NULL, tags TEXT NOT NULL, record TEXT NOT NULL
)""",
    """
CREATE TABLE run_files (
    run TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (run, name)
)""",
    """
CREATE TABLE events (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL,
    created TEXT NOT NULL, facts TEXT NOT NULL
)""",
    "CREATE INDEX events_of ON events (name)",
    """
CREATE TABLE parts (
    sha256 TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (sha256, number)
)""",
)
# Only aliases change: also another program that writes here is refused anything else.
_KEPT = tuple(
    f"CREATE TRIGGER no_{step}_of_{table} BEFORE {step} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} are never changed or deleted'); END"
    for table in ("versions", "runs", "run_files", "events", "parts")
    for step in ("UPDATE", "DELETE")
)
_HINTS = {
    "full": "Free some space there; nothing was half-written.",
    "I/O": "Is the disk full, or the folder on a share that is gone? Nothing was half-written.",
    "locked": f"Another process has been writing for {_sqlite.PATIENCE:.0f} s: let it end.",
    "readonly": "It may only be read: change its permissions or those of its folder.",
    "unable to open": "Is it a folder, or may its folder not be written?",
}


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a registry for a moment; a new file is laid out.

    Raises
    ------
    SavedFileError
        If it is damaged, another program's, or from a later version.
    StorageError
        If it cannot be read or written.
    """
    try:
        with _sqlite.opened(path, HEADER, (*_TABLES, *_KEPT), lambda: _foreign(path)) as base:
            yield base
    except KeraswrapError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise _explain(error, path) from error


def _foreign(path: Path) -> SavedFileError:
    with path.open("rb") as file:
        start = file.read(100)
    version = int.from_bytes(start[60:64], "big")
    if int.from_bytes(start[68:72], "big") == HEADER[0] and version > HEADER[1]:
        return SavedFileError(
            f"The registry {str(path)!r} has layout {version}, this version of keraswrap reads up "
            f"to {HEADER[1]}. Upgrade keraswrap; the file was left as it is."
        )
    return SavedFileError(
        f"Expected a registry that keraswrap made, got another program's database: "
        f"{str(path)!r}. Pass another path; the file was left as it is."
    )


def _explain(error: Exception, path: Path) -> KeraswrapError:
    told = str(error)
    if "malformed" in told:
        return SavedFileError(
            f"The registry {str(path)!r} is damaged: {error}. Restore it from a copy; "
            "`sqlite3 FILE .recover` may save the rest."
        )
    if "not a database" in told:
        return SavedFileError(
            f"Expected a registry that keraswrap made, got a file of another kind: "
            f"{str(path)!r}. Pass another path; the file was left as it is."
        )
    if isinstance(error, sqlite3.IntegrityError):
        return InputError(f"The registry {str(path)!r} refused: {error}.")
    hint = next((todo for part, todo in _HINTS.items() if part in told), "")
    return StorageError(
        f"Expected a registry that can be read and written at {str(path)!r}, got {error}. {hint}"
    )


def write_content(base: sqlite3.Connection, content: bytes) -> str:
    """Add bytes, unless they are there, and return their sha256."""
    sha256 = hashlib.sha256(content).hexdigest()
    there = base.execute("SELECT 1 FROM parts WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone()
    if not there:
        view = memoryview(content)
        rows = (
            (sha256, number, view[start : start + _PART])
            for number, start in enumerate(range(0, max(1, len(view)), _PART))
        )
        base.executemany("INSERT INTO parts VALUES (?, ?, ?)", rows)
    return sha256


def read_content(base: sqlite3.Connection, sha256: str, what: str) -> bytes:
    """Return bytes whose sha256 is the one that was recorded; `what` names them in the error.

    Raises
    ------
    SavedFileError
        If they have changed, or some are missing.
    """
    rows = base.execute("SELECT content FROM parts WHERE sha256 = ? ORDER BY number", (sha256,))
    content = b"".join(row[0] for row in rows)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SavedFileError(
            f"Expected the bytes of {what} with sha256 {sha256}, got {found}: the registry is "
            "damaged or was changed. Restore it from a copy, or load another version."
        )
    return content
