"""A language model's answers in a file: nothing is asked, or paid for, twice.

Nothing in the file is run.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from keraswrap import _sqlite
from keraswrap.exceptions import InputTypeError, ParameterError, SavedFileError, StorageError
from keraswrap.llm._protocol import LanguageModel
from keraswrap.llm._responses import Record, Store, memory_of

__all__ = ["AnswerCache", "AnswerCacheInfo", "check_cache", "store_of"]

_HEADER = (0x6B776C, 1)
_TABLE = """
CREATE TABLE answers (
    key BLOB PRIMARY KEY, record TEXT NOT NULL, crc INTEGER NOT NULL, used INTEGER NOT NULL
)"""
_LAYOUT = (_TABLE, "CREATE INDEX by_use ON answers (used)")
_DAMAGED = ("malformed", "not a database")


@dataclass(frozen=True)
class AnswerCacheInfo:
    """Contents of a cache.

    Parameters
    ----------
    n_answers : int
        Number of answered prompts.
    n_bytes : int
        Bytes used on disk.
    """

    n_answers: int
    n_bytes: int


class AnswerCache:
    """A file cache of a language model's answers, with a maximum size.

    A classifier's parameter ``cache`` is its path; use this class to inspect or clear
    it. Several processes may share it; a killed process leaves it as it was before its
    last step.

    Parameters
    ----------
    path : str or path
        The file, created when first needed.
    max_bytes : int, default=2**30
        Beyond it, the least recently used answers are removed. A prompt takes about 100
        bytes, plus 30 bytes and its own length for each label.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = AnswerCache(folder + "/answers.sqlite3")
    ...     cache.write([(b"key", Record({"good": -0.5}))])
    ...     print(cache.read([b"key", b"other"]), cache.info().n_answers)
    {b'key': Record(log_probs={'good': -0.5}, answer=None)} 1
    """

    def __init__(self, path: str | os.PathLike[str], max_bytes: int = 2**30) -> None:
        if not isinstance(path, str | os.PathLike) or not os.fspath(path):
            raise InputTypeError(f"Expected the path of a file for the cache, got {path!r:.60}.")
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
            raise ParameterError(f"Expected max_bytes as a number of bytes, got {max_bytes!r}.")
        self.path = Path(path).expanduser().absolute()
        self.max_bytes = max_bytes

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """Return the available records.

        Parameters
        ----------
        keys : sequence of bytes

        Returns
        -------
        dict of bytes to Record

        Raises
        ------
        SavedFileError
            If the file is corrupt, or belongs to another program. It is left unchanged.
        StorageError
            If it cannot be read.
        """
        with self._open() as base:
            found = _select(base, keys)
            self._touch(base, list(found))
        return found

    def write(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add records, or merge them into existing ones.

        Parameters
        ----------
        records : iterable of (bytes, Record)
            All of them are added or, on failure, none.

        Raises
        ------
        SavedFileError, StorageError
            As for :meth:`read`, or if the disk is full.
        """
        given = dict(records)
        with self._open() as base, _sqlite.transaction(base):
            now, older = _sqlite.next_tick(base, "answers"), _select(base, list(given))
            texts = {key: json.dumps(one.merged(older.get(key))) for key, one in given.items()}
            base.executemany(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                [(key, text, zlib.crc32(text.encode()), now) for key, text in texts.items()],
            )
            _sqlite.drop_oldest(base, "answers", self.max_bytes)

    def info(self) -> AnswerCacheInfo:
        """Count the entries.

        Returns
        -------
        AnswerCacheInfo
        """
        with self._open() as base:
            count = _sqlite.one(base, "SELECT COUNT(*) FROM answers")
            return AnswerCacheInfo(count, _sqlite.bytes_used(base))

    def clear(self) -> None:
        """Delete all answers and free the space."""
        with self._open() as base:
            base.execute("DELETE FROM answers")
            base.execute("VACUUM")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with _explained(self.path), _sqlite.opened(self.path, _HEADER, _LAYOUT, self._foreign) as b:
            yield b

    def _foreign(self) -> SavedFileError:
        return SavedFileError(
            f"Expected a cache that this keraswrap wrote, got another file in {str(self.path)!r}. "
            "Pass another path; it was left as it is."
        )

    def _touch(self, base: sqlite3.Connection, keys: list[bytes]) -> None:
        # Times of use matter only once rows are about to be evicted; until then, do not write.
        if not keys or _sqlite.bytes_used(base) < self.max_bytes / 2:
            return
        with suppress(sqlite3.Error), _sqlite.transaction(base):
            now = _sqlite.next_tick(base, "answers")
            base.executemany(
                "UPDATE answers SET used = ? WHERE key = ?", [(now, key) for key in keys]
            )


def store_of(cache: object, model: LanguageModel) -> Store:
    """Return where answers are kept: a file, or with None the memory of a model.

    Parameters
    ----------
    cache : str, path, AnswerCache or None
    model : LanguageModel
    """
    return memory_of(model) if cache is None else _opened(cache)


def check_cache(cache: object) -> None:
    """Report a file that cannot be used before any work; None needs none."""
    if cache is not None:
        _opened(cache).info()


def _opened(cache: object) -> AnswerCache:
    return cache if isinstance(cache, AnswerCache) else AnswerCache(cache)  # type: ignore[arg-type]


def _select(base: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Record]:
    """Read records; one that the disk has damaged counts as none, and is written anew."""
    rows = _sqlite.select(base, "answers", "key, record, crc", keys)
    return {
        key: Record(*json.loads(text))
        for key, text, crc in rows
        if isinstance(text, str) and zlib.crc32(text.encode()) == crc
    }


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if any(part in str(error) for part in _DAMAGED):
            raise SavedFileError(
                f"Expected a cache of answers at {str(path)!r}, got a file that is damaged or of "
                f"another program ({error}). Move it away, or pass another path; it was left as "
                "it is."
            ) from error
        raise StorageError(
            f"Expected a cache that can be read and written at {str(path)!r}, got {error}. Free "
            "some space there, or pass another path."
        ) from error
