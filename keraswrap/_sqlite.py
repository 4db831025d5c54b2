"""A cache in one SQLite file: who may open it, whole steps, and which rows go. No table of its own.

Several processes may write, and one that is killed leaves the file as it was
before its last step. A journal beside the file is gone after each step, so the
file can be moved; it needs no shared memory, which network folders lack.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# Seconds to wait for another process that writes; a step of ours takes far less than one.
PATIENCE = 60.0
# Most variables per query: SQLite before 3.32 allows 999.
AT_ONCE = 900


@contextmanager
def opened(
    path: Path, header: tuple[int, int], statements: Sequence[str], refuse: Callable[[], Exception]
) -> Iterator[sqlite3.Connection]:
    """Open a file for a moment: no connection outlives a fork or goes into a pickle.

    Parameters
    ----------
    path : Path
        Made, with its folders, if it is not there.
    header : tuple of int
        What tells ours from another program's, and its layout from a later one.
    statements : sequence of str
        What lays a new file out.
    refuse : callable
        Makes the error for another program's file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        _prepare(base, header, statements, refuse)
        yield base
    finally:
        base.close()


def _prepare(
    base: sqlite3.Connection,
    header: tuple[int, int],
    statements: Sequence[str],
    refuse: Callable[[], Exception],
) -> None:
    if _header(base) == header:
        return
    base.execute("PRAGMA auto_vacuum = FULL")  # deleted rows free their space
    with transaction(base):
        if _header(base) == header:  # another process was first
            return
        if one(base, "SELECT COUNT(*) FROM sqlite_master"):
            raise refuse()
        for statement in statements:
            base.execute(statement)
        base.execute(f"PRAGMA application_id = {header[0]}")
        base.execute(f"PRAGMA user_version = {header[1]}")


def _header(base: sqlite3.Connection) -> tuple[int, int]:
    return one(base, "PRAGMA application_id"), one(base, "PRAGMA user_version")


@contextmanager
def transaction(base: sqlite3.Connection) -> Iterator[None]:
    """Apply all of a block or, if it fails, nothing."""
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
        base.execute("COMMIT")
    except BaseException:
        if base.in_transaction:  # SQLite may have rolled back already, when the disk is full
            base.execute("ROLLBACK")
        raise


def select(
    base: sqlite3.Connection, table: str, columns: str, keys: Sequence[bytes]
) -> Iterator[tuple]:
    """Yield the rows with these keys, as many at a time as SQLite accepts."""
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        marks = ",".join("?" * len(some))
        yield from base.execute(f"SELECT {columns} FROM {table} WHERE key IN ({marks})", some)


def next_tick(base: sqlite3.Connection, table: str) -> int:
    """Return a number above all values in the column `used`."""
    return one(base, f"SELECT COALESCE(MAX(used), 0) + 1 FROM {table}")


def drop_oldest(base: sqlite3.Connection, table: str, size: int) -> None:
    """Drop the rows that were not used for longest, until the file fits into `size` bytes."""
    while bytes_used(base) > size:
        count = one(base, f"SELECT COUNT(*) FROM {table}")
        if not count:
            return
        some = max(1, count // 10)  # in steps, since the next rows need room too
        base.execute(
            f"DELETE FROM {table} WHERE rowid IN "
            f"(SELECT rowid FROM {table} ORDER BY used, rowid LIMIT ?)",
            (some,),
        )


def bytes_used(base: sqlite3.Connection) -> int:
    """Count the bytes of the file that are in use."""
    pages = one(base, "PRAGMA page_count") - one(base, "PRAGMA freelist_count")
    return pages * one(base, "PRAGMA page_size")


def one(base: sqlite3.Connection, query: str) -> int:
    """Return the single integer that a query selects."""
    return int(base.execute(query).fetchone()[0])
