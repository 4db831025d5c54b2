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

from keraswrap import _sqlite
from keraswrap._download import cache_home
from keraswrap.exceptions import InputTypeError, ParameterError, StorageError

__all__ = ["CacheInfo", "EmbeddingCache"]

_FILE = "embeddings.sqlite3"
# Application id and layout version in a file's header.
_HEADER = (0x6B7772, 1)
_TABLE = """
CREATE TABLE features (
    key BLOB PRIMARY KEY, vector BLOB NOT NULL, crc INTEGER NOT NULL, used INTEGER NOT NULL
)"""
_LAYOUT = (_TABLE, "CREATE INDEX by_use ON features (used)")
_HINTS = {
    "full": "Free some space there.",
    "I/O": "Is the disk full, or the folder on a share that is gone?",
    "locked": f"Another process has been writing for {_sqlite.PATIENCE:.0f} s: let it end.",
    "malformed": "The file is damaged: move it away, and features are computed again.",
    "not a database": "The file is damaged, or another program's: move it away.",
    "readonly": "It may only be read.",
}


@dataclass(frozen=True)
class CacheInfo:
    """Contents of a cache.

    Parameters
    ----------
    n_rows : int
    n_bytes : int
        Bytes used on disk.
    """

    n_rows: int
    n_bytes: int


class EmbeddingCache:
    """Rows of numbers in a file, by key, up to a size.

    :class:`~keraswrap.text.TextEmbedder` creates its own; use this class to inspect or
    clear it.

    Parameters
    ----------
    folder : str or path, optional
        Folder of the file, created when first needed. By default the folder in
        ``KERASWRAP_HOME``, or keraswrap's folder in the user's cache.
    size : int, default=2**30
        Maximum size of the file in bytes. Beyond it, the least recently used rows are
        removed.

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
        with self._open() as base, _sqlite.transaction(base):
            base.execute(f"PRAGMA user_version = {_HEADER[1]}")  # the header is written, as it was

    def read(self, keys: Sequence[bytes], width: int) -> dict[int, np.ndarray]:
        """Return the rows that are there.

        Parameters
        ----------
        keys : sequence of bytes
            Without duplicates.
        width : int
            Numbers per row.

        Returns
        -------
        dict of int to ndarray of float32, shape (width,)
            By position in `keys`.

        Raises
        ------
        StorageError
            If the file cannot be read, or belongs to another program.
        """
        positions = {key: n for n, key in enumerate(keys)}
        found = {}  # a damaged row counts as missing and is written again
        with self._open() as base:
            rows = _sqlite.select(base, "features", "key, vector, crc", list(positions))
            for key, vector, crc in rows:
                if len(vector) == 4 * width and zlib.crc32(vector) == crc:
                    found[positions[key]] = np.frombuffer(vector, dtype="<f4").astype("float32")
            self._touch(base, [keys[n] for n in found])
        return found

    def write(self, keys: Sequence[bytes], vectors: np.ndarray) -> None:
        """Add all rows or, on failure, none.

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
        with self._open() as base, _sqlite.transaction(base):
            now = _sqlite.next_tick(base, "features")
            base.executemany(
                "INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)",
                [(key, b, zlib.crc32(b), now) for key, b in zip(keys, blobs, strict=True)],
            )
            _sqlite.drop_oldest(base, "features", self.size)

    def info(self) -> CacheInfo:
        """Count the entries.

        Returns
        -------
        CacheInfo
        """
        with self._open() as base:
            count = _sqlite.one(base, "SELECT COUNT(*) FROM features")
            return CacheInfo(count, _sqlite.bytes_used(base))

    def clear(self) -> None:
        """Delete all rows and free the space."""
        with self._open() as base:
            base.execute("DELETE FROM features")
            base.execute("VACUUM")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with _explained(self.path), _sqlite.opened(self.path, _HEADER, _LAYOUT, self._foreign) as b:
            yield b

    def _foreign(self) -> StorageError:
        return StorageError(
            f"Expected a cache that this keraswrap wrote, got another file in {str(self.path)!r}. "
            "Pass another folder; it was left as it is."
        )

    def _touch(self, base: sqlite3.Connection, keys: list[bytes]) -> None:
        # Times of use matter only once rows are about to be evicted; until then, do not write.
        if not keys or _sqlite.bytes_used(base) < self.size / 2:
            return
        with suppress(sqlite3.Error), _sqlite.transaction(base):
            now = _sqlite.next_tick(base, "features")
            base.executemany(
                "UPDATE features SET used = ? WHERE key = ?", [(now, key) for key in keys]
            )


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
