"""A file that finished fits are recorded in, so that a search can go on where it was stopped.

It is an SQLite database: what is written is there whole or not at all, whenever
the process is killed, and several processes may use it at once. It holds
numbers and JSON, and nothing in it is ever run.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from keraswrap._versions import find_version
from keraswrap.exceptions import JournalError, StorageError, warn_user
from keraswrap.model_selection._candidate_fit import Fit
from keraswrap.model_selection._journal_records import from_record, to_record

# Byte 68 of an SQLite file holds its application id: this one means a journal.
_KIND = 0x6B777261
_FORMAT = "1"
_MAGIC = b"SQLite format 3\0"
# Packages whose versions fits depend on.
_PACKAGES = ("keraswrap", "scikit-learn", "keras", "tensorflow", "numpy")
_TABLES = """
    CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS fits (
        key TEXT PRIMARY KEY, params TEXT NOT NULL, split INTEGER NOT NULL,
        result TEXT NOT NULL, proba BLOB
    );
"""


class Journal:
    """Open a journal, or begin one.

    Parameters
    ----------
    path : str or path-like
    parts : mapping of str to str
        Fingerprints of what the fits depend on, by the names that an error
        shall call them.

    Raises
    ------
    JournalError
        If the file is no journal, corrupt, or of another search. It stays as it is.
    StorageError
        If the file cannot be read or written.

    Warns
    -----
    UserWarning
        If the fits in it were made with other versions of the packages.
    """

    def __init__(self, path: str | os.PathLike[str], parts: Mapping[str, str]) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._check_kind()
        with self._connection() as connection:
            self._check_whole(connection)
            self._begin(connection, parts)
            self._check_search(connection, parts)

    def recall(self, wanted: Mapping[str, object]) -> Iterator[tuple[str, Fit]]:
        """Yield the fits that are recorded under these keys, one by one.

        Raises
        ------
        JournalError
            If a record cannot be read.
        """
        query = "SELECT key, result, proba FROM fits ORDER BY rowid"
        with self._connection() as connection:
            for key, result, proba in connection.execute(query):
                if key in wanted:
                    yield key, self._read(result, proba)

    def record(self, entries: Sequence[tuple[str, Mapping[str, object], int, Fit]]) -> list[Fit]:
        """Record fits, all or none.

        Parameters
        ----------
        entries : sequence of (key, params, split, fit)
            The parameters are shown to who reads the file; only the key counts.

        Returns
        -------
        list of Fit
            As they are recorded: where another process came first, its own.

        Raises
        ------
        StorageError
            If they cannot be written.
        """
        insert = "INSERT OR IGNORE INTO fits VALUES (?, ?, ?, ?, ?)"
        with self._connection() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            for key, params, split, fit in entries:
                shown = ", ".join(f"{name}={params[name]!r:.200}" for name in sorted(params))
                connection.execute(insert, (key, shown, split, *to_record(fit)))
            query = "SELECT result, proba FROM fits WHERE key = ?"
            keys = [(key,) for key, *_ in entries]
            return [self._read(*connection.execute(query, key).fetchone()) for key in keys]

    # -- the file ----------------------------------------------------------

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # One connection per use: results may arrive while another thread hands out work.
        try:
            with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as opened:
                yield opened
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"Expected a journal that can be read and written at {self.path!r}, got: {error}. "
                "Check that its folder exists and is writable, and that the disk is not full. "
                "Earlier records are kept."
            ) from error
        except sqlite3.DatabaseError as error:
            raise self._refuse(f"a corrupt one ({error})") from error

    def _refuse(self, got: str) -> JournalError:
        return JournalError(
            f"Expected a journal of this search at {self.path!r}, got {got}. The file was left as "
            "it is: name another, or move it away."
        )

    def _check_kind(self) -> None:
        try:
            with open(self.path, "rb") as file:
                head = file.read(100)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(
                f"Expected a journal that can be read at {self.path!r}, got: {error}. Name a file."
            ) from error
        ours = head[:16] == _MAGIC and int.from_bytes(head[68:72], "big") == _KIND
        if head and not ours:
            raise self._refuse("a file that is none")

    def _check_whole(self, connection: sqlite3.Connection) -> None:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._refuse(f"a corrupt one ({found})")

    def _begin(self, connection: sqlite3.Connection, parts: Mapping[str, str]) -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            if connection.execute("SELECT count(*) FROM about").fetchone() == (0,):
                about = {"format": _FORMAT, **_versions(), **parts}
                connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
                connection.execute(f"PRAGMA application_id = {_KIND}")

    def _check_search(self, connection: sqlite3.Connection, parts: Mapping[str, str]) -> None:
        about = dict(connection.execute("SELECT name, value FROM about"))
        if about.get("format") != _FORMAT:
            raise self._refuse(f"one of format {about.get('format')}, not {_FORMAT}")
        other = [name for name, value in parts.items() if about.get(name) != value]
        if other:
            raise self._refuse(f"one that was kept with other {' and other '.join(other)}")
        now = _versions()
        changed = [f"{k} {about.get(k)} (now {now[k]})" for k in now if about.get(k) != now[k]]
        if changed:
            warn_user(
                f"The fits in the journal {self.path!r} were made with {', '.join(changed)}. They "
                "are reused; to repeat them, name another file."
            )

    def _read(self, result: str, proba: bytes | None) -> Fit:
        try:
            return from_record(result, proba)
        except (ValueError, TypeError, KeyError) as error:
            raise self._refuse(f"one with a record that cannot be read ({error})") from error


def _versions() -> dict[str, str]:
    return {name: find_version(name) or "none" for name in _PACKAGES}
