"""Features of texts on disk, so that a grid or five folds compute each of them once.

SQLite, which comes with Python: several processes may write, and one that is
killed leaves the file as it was before its last step. Keys are digests and
values are numbers: no text is stored, and nothing in the file is ever run.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keraswrap._download import cache_home
from keraswrap.exceptions import InputTypeError, ParameterError, StorageError

__all__ = ["CacheInfo", "EmbeddingCache"]

_FILE = "embeddings.sqlite3"
# In a file's header: what tells ours from another program's, and its layout from a later one.
_APPLICATION, _LAYOUT = 0x6B7772, 1
_TABLE = """
CREATE TABLE features (
    key BLOB PRIMARY KEY, vector BLOB NOT NULL, crc INTEGER NOT NULL, used INTEGER NOT NULL
)"""
# Variables of one query: SQLite before 3.32 takes 999.
_AT_ONCE = 900
# Seconds to wait for another process that writes; a step of ours takes far less than one.
_PATIENCE = 60.0
_HINTS = {
    "full": "Free some space there.",
    "I/O": "Is the disk full, or the folder on a share that is gone?",
    "locked": f"Another process has been writing for {_PATIENCE:.0f} s: let it end.",
    "malformed": "The file is damaged: move it away, and features are computed again.",
    "not a database": "The file is damaged, or another program's: move it away.",
    "readonly": "It may only be read.",
}


@dataclass(frozen=True)
class CacheInfo:
    """What a cache holds: rows, and bytes on disk that are in use."""

    n_rows: int
    n_bytes: int


class EmbeddingCache:
    """Rows of numbers in a file, by key, up to a size.

    :class:`~keraswrap.text.TextEmbedder` has one for itself; here is what to
    look at or clear it with.

    Parameters
    ----------
    folder : str or path, optional
        Where the file is, made when first needed. By default the folder of
        ``KERASWRAP_HOME``, or keraswrap's in the user's cache.
    size : int, default=2**30
        Bytes that the file may have. Beyond it, the rows that were not used for
        longest go.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = EmbeddingCache(folder)
    ...     cache.write([b"key"], np.ones((1, 3), "float32"))
    ...     print(cache.read([b"key", b"other"], 3), cache.info().n_rows)
    {0: array([1., 1., 1.], dtype=float32)} 1
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, size: int = 2**30) -> None:
        if folder is not None and not isinstance(folder, str | os.PathLike):
            raise InputTypeError(f"Expected a folder for the cache, got {folder!r:.60}.")
        whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
        if not whole or size < 1:
            raise ParameterError(f"Expected the cache's size as a number of bytes, got {size!r}.")
        self.path = cache_home(folder) / _FILE
        self.size = int(size)

    def check(self) -> None:
        """Raise StorageError unless the cache can be read and written."""
        with self._open() as base, _transaction(base):
            base.execute(f"PRAGMA user_version = {_LAYOUT}")  # the header is written, as it was

    def read(self, keys: Sequence[bytes], width: int) -> dict[int, np.ndarray]:
        """Give the rows that are there.

        Parameters
        ----------
        keys : sequence of bytes
            Each once.
        width : int
            Numbers in a row.

        Returns
        -------
        dict of int to ndarray of float32, shape (width,)
            By position in `keys`.

        Raises
        ------
        StorageError
            If the file cannot be read, or is another program's.
        """
        positions = {key: n for n, key in enumerate(keys)}
        found = {}  # a row that the disk has damaged counts as none, and is written anew
        with self._open() as base:
            for key, vector, crc in _select(base, list(positions)):
                if len(vector) == 4 * width and zlib.crc32(vector) == crc:
                    found[positions[key]] = np.frombuffer(vector, dtype="<f4").astype("float32")
            self._touch(base, [keys[n] for n in found])
        return found

    def write(self, keys: Sequence[bytes], vectors: np.ndarray) -> None:
        """Add rows: all of them or, if it fails, none.

        Parameters
        ----------
        keys : sequence of bytes
        vectors : ndarray of float32, shape (len(keys), width)

        Raises
        ------
        StorageError
            If the disk is full, or the file cannot be written.
        """
        blobs = [row.tobytes() for row in np.ascontiguousarray(vectors, dtype="<f4")]
        with self._open() as base, _transaction(base):
            now = _next_tick(base)
            base.executemany(
                "INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)",
                [(key, b, zlib.crc32(b), now) for key, b in zip(keys, blobs, strict=True)],
            )
            self._drop_oldest(base)

    def info(self) -> CacheInfo:
        """Count what is there.

        Returns
        -------
        CacheInfo
        """
        with self._open() as base:
            return CacheInfo(_one(base, "SELECT COUNT(*) FROM features"), _bytes_used(base))

    def clear(self) -> None:
        """Forget every row, and give the space back."""
        with self._open() as base:
            base.execute("DELETE FROM features")
            base.execute("VACUUM")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for a moment: no connection outlives a fork or goes into a pickle."""
        with _explained(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
            try:
                _prepare(base, self.path)
                yield base
            finally:
                base.close()

    def _touch(self, base: sqlite3.Connection, keys: list[bytes]) -> None:
        # Who was used last matters once rows are about to go; until then reading only reads.
        if not keys or _bytes_used(base) < self.size / 2:
            return
        with suppress(sqlite3.Error), _transaction(base):
            now = _next_tick(base)
            base.executemany(
                "UPDATE features SET used = ? WHERE key = ?", [(now, key) for key in keys]
            )

    def _drop_oldest(self, base: sqlite3.Connection) -> None:
        while _bytes_used(base) > self.size:
            count = _one(base, "SELECT COUNT(*) FROM features")
            if not count:
                return
            some = max(1, count // 10)  # in steps, since the next rows need room too
            base.execute(
                "DELETE FROM features WHERE rowid IN "
                "(SELECT rowid FROM features ORDER BY used, rowid LIMIT ?)",
                (some,),
            )


def _prepare(base: sqlite3.Connection, path: Path) -> None:
    """Lay a new file out, and refuse one that is not ours."""
    if _is_ours(base):
        return
    base.execute("PRAGMA auto_vacuum = FULL")  # what is dropped gives its space back
    with _transaction(base):
        if _is_ours(base):  # another process was first
            return
        if _one(base, "SELECT COUNT(*) FROM sqlite_master"):
            raise StorageError(
                f"Expected a cache that this keraswrap wrote, got another file in {str(path)!r}. "
                "Pass another folder; it was left as it is."
            )
        base.execute(_TABLE)
        base.execute("CREATE INDEX by_use ON features (used)")
        base.execute(f"PRAGMA application_id = {_APPLICATION}")
        base.execute(f"PRAGMA user_version = {_LAYOUT}")


def _is_ours(base: sqlite3.Connection) -> bool:
    header = (_one(base, "PRAGMA application_id"), _one(base, "PRAGMA user_version"))
    return header == (_APPLICATION, _LAYOUT)


@contextmanager
def _transaction(base: sqlite3.Connection) -> Iterator[None]:
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
        base.execute("COMMIT")
    except BaseException:
        if base.in_transaction:  # SQLite may have rolled back already, when the disk is full
            base.execute("ROLLBACK")
        raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except (sqlite3.Error, OSError) as error:
        hint = next((todo for part, todo in _HINTS.items() if part in str(error)), "")
        raise StorageError(
            f"Expected a cache that can be read and written at {str(path)!r}, got {error}. {hint} "
            "Or pass cache= another folder, or False for no cache."
        ) from error


def _select(base: sqlite3.Connection, keys: list[bytes]) -> Iterator[tuple[bytes, bytes, int]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        yield from base.execute(
            f"SELECT key, vector, crc FROM features WHERE key IN ({marks})", some
        )


def _next_tick(base: sqlite3.Connection) -> int:
    return _one(base, "SELECT COALESCE(MAX(used), 0) + 1 FROM features")


def _bytes_used(base: sqlite3.Connection) -> int:
    pages = _one(base, "PRAGMA page_count") - _one(base, "PRAGMA freelist_count")
    return pages * _one(base, "PRAGMA page_size")


def _one(base: sqlite3.Connection, query: str) -> int:
    return int(base.execute(query).fetchone()[0])
