"""Connections to databases that can only be read."""

from __future__ import annotations

import datetime
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from keraswrap.exceptions import InputError, InputTypeError

__all__ = ["ConnectionLike", "Opener", "as_parameters", "read_opener", "style_of"]

ConnectionLike: TypeAlias = "str | os.PathLike[str] | Callable[[], Any]"
# What a statement may do: select, read a column, call a function, recurse.
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
# For the session: PostgreSQL's words, and those of MySQL and MariaDB.
_READ_ONLY = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "SET SESSION TRANSACTION READ ONLY",
)


@dataclass(frozen=True)
class Opener:
    """Opens connections that can only be read, one for each call, so in any thread.

    Parameters
    ----------
    source : str or callable
        File of SQLite, or what opens a connection of any driver.
    """

    source: Any

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Open a connection, and close it."""
        connection = _open_file(self.source) if isinstance(self.source, str) else self.source()
        if not callable(getattr(connection, "cursor", None)):
            raise InputTypeError(
                f"Expected the function to return a DB-API connection, got {connection!r:.60}."
            )
        try:
            make_read_only(connection)
            yield connection
        finally:
            with suppress(Exception):
                connection.rollback()
            connection.close()


def read_opener(connection: ConnectionLike) -> Opener:
    """Return what opens connections, or raise if it would not open a new one each time."""
    if isinstance(connection, str | os.PathLike):
        path = Path(connection)
        if not path.is_file():
            raise InputError(
                f"Expected the file of an SQLite database, got {str(path)!r:.200}, where there is "
                "no file. Correct the path, or make the database first."
            )
        return Opener(str(path.absolute()))
    if callable(connection) and not callable(getattr(connection, "cursor", None)):
        return Opener(connection)
    raise InputTypeError(
        "Expected the path of an SQLite file, or a function that opens a new connection on each "
        f"call, since threads cannot share one, got {connection!r:.60}."
    )


def style_of(connection: Any) -> str:
    """Return the parameter style of a connection's driver, as its module says it."""
    if isinstance(connection, sqlite3.Connection):
        return "named"  # its module says "qmark", and takes both
    for kind in type(connection).__mro__:
        style = getattr(sys.modules.get(kind.__module__.partition(".")[0]), "paramstyle", None)
        if isinstance(style, str):
            return style
    raise InputError(
        "Expected a connection whose driver names its paramstyle, as PEP 249 has it, got a "
        f"{type(connection).__name__}. Pass paramstyle."
    )


def make_read_only(connection: Any) -> None:
    """Let nothing be written through a connection, by the database's own means.

    SQLite refuses at compilation whatever its authorizer does. Others get read-only
    transactions: by the driver (psycopg), or by SQL that PostgreSQL, MySQL and MariaDB
    know, for the session and so for a transaction that would begin after a COMMIT.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(_authorize)
        return
    connection.rollback()  # nothing may have begun yet where these are set
    if not any(_try(connection, statement) for statement in _READ_ONLY):
        raise InputError(
            f"Expected a connection whose session can be made read-only, got a "
            f"{type(connection).__name__} that takes none of {list(_READ_ONLY)}. Use SQLite, "
            "PostgreSQL, MySQL or MariaDB."
        )
    if hasattr(connection, "read_only"):
        connection.read_only = True


def _try(connection: Any, statement: str) -> bool:
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        connection.commit()
    except Exception:
        connection.rollback()
        return False
    finally:
        cursor.close()
    return True


def as_parameters(connection: Any, values: Mapping[str, object]) -> dict[str, object]:
    """Return values as a connection takes them: SQLite has no dates and no decimals."""
    if not isinstance(connection, sqlite3.Connection):
        return dict(values)
    return {name: _for_sqlite(value) for name, value in values.items()}


def _for_sqlite(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()  # SQLite's own form, in which dates are in order
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _open_file(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    # Full-text tables ask for both when they are opened. SQLite lets nobody write the second
    # without a pragma that is refused here.
    if (action, first) in (
        (sqlite3.SQLITE_PRAGMA, "data_version"),
        (sqlite3.SQLITE_UPDATE, "sqlite_master"),
    ):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
