"""What a model answered, on disk or in memory: nothing is asked, or paid for, twice.

Keys are digests of the model, the prompt and the continuation; values are a
number and, where a model only speaks, what it said. Nothing in a file is run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from keraswrap import _sqlite
from keraswrap.exceptions import InputTypeError, ParameterError, SavedFileError, StorageError
from keraswrap.llm.protocol import Continuation, LanguageModel, Prompt

__all__ = ["AnswerCache", "AnswerCacheInfo", "MemoryCache", "Record"]

_HEADER = (0x6B776C, 1)
_TABLE = """
CREATE TABLE answers (
    key BLOB PRIMARY KEY, log_prob REAL, answer TEXT, used INTEGER NOT NULL
)"""
_LAYOUT = (_TABLE, "CREATE INDEX by_use ON answers (used)")
_DAMAGED = ("malformed", "not a database")
# Answers that a process keeps in memory for each model: about 60 MB.
_MOST = 250_000


class Record(NamedTuple):
    """One answer that is kept: a log-probability, or what was said instead."""

    log_prob: float | None
    answer: str | None = None


@dataclass(frozen=True)
class AnswerCacheInfo:
    """What a cache holds: answers, and bytes on disk that are in use."""

    n_answers: int
    n_bytes: int


def prompt_digest(fingerprint: str, prompt: Prompt) -> bytes:
    """Digest a model and what it is asked."""
    return _digest([fingerprint, prompt.chat, prompt.messages])


def continuation_key(digest: bytes, one: Continuation) -> bytes:
    """Give the key of a log-probability."""
    return _digest([one.text, one.ends], digest)


def answer_key(digest: bytes, continuations: Sequence[Continuation]) -> bytes:
    """Give the key of what was said, which hangs on all that could be chosen."""
    return _digest([[one.text, one.ends] for one in continuations], digest)


def _digest(value: Any, before: bytes = b"") -> bytes:
    # In JSON every text ends where it says, so that no two values are written alike.
    return hashlib.blake2b(before + json.dumps(value).encode(), digest_size=16).digest()


class MemoryCache:
    """Answers in memory, up to a number; those not used for longest go first.

    Parameters
    ----------
    size : int, default=250_000
    """

    def __init__(self, size: int = _MOST) -> None:
        self.size = size
        self._records: OrderedDict[bytes, Record] = OrderedDict()

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """Give the records that are there, by key."""
        found = {key: self._records[key] for key in keys if key in self._records}
        for key in found:
            self._records.move_to_end(key)
        return found

    def write(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add records."""
        self._records.update(records)
        while len(self._records) > self.size:
            self._records.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._records.clear()


_MEMORIES: weakref.WeakKeyDictionary[LanguageModel, MemoryCache] = weakref.WeakKeyDictionary()


def memory_of(model: LanguageModel) -> MemoryCache:
    """Give what this process keeps of a model's answers, as long as the model lives."""
    try:
        return _MEMORIES.setdefault(model, MemoryCache())
    except TypeError:  # one that cannot be hashed or referred to weakly
        return MemoryCache()


class AnswerCache:
    """A language model's answers in a file, up to a size.

    A classifier's parameter ``cache`` is its path; here is what to look at or
    clear it with. Several processes may share it, and one that is killed leaves
    it as it was before its last step.

    Parameters
    ----------
    path : str or path
        The file, made when first needed.
    max_bytes : int, default=2**30
        Beyond it, the answers that were not used for longest go. One takes
        about 80 bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = AnswerCache(folder + "/answers.sqlite3")
    ...     cache.write([(b"key", Record(-0.5))])
    ...     print(cache.read([b"key", b"other"]), cache.info().n_answers)
    {b'key': Record(log_prob=-0.5, answer=None)} 1
    """

    def __init__(self, path: str | os.PathLike[str], max_bytes: int = 2**30) -> None:
        if not isinstance(path, str | os.PathLike) or not os.fspath(path):
            raise InputTypeError(f"Expected the path of a file for the cache, got {path!r:.60}.")
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
            raise ParameterError(f"Expected max_bytes as a number of bytes, got {max_bytes!r}.")
        self.path = Path(path).expanduser().absolute()
        self.max_bytes = max_bytes

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """Give the records that are there.

        Parameters
        ----------
        keys : sequence of bytes

        Returns
        -------
        dict of bytes to Record

        Raises
        ------
        SavedFileError
            If the file is damaged, or another program's. It is left as it is.
        StorageError
            If it cannot be read.
        """
        with self._open() as base:
            rows = _sqlite.select(base, "answers", "key, log_prob, answer", keys)
            found = {key: Record(log_prob, answer) for key, log_prob, answer in rows}
            self._touch(base, list(found))
        return found

    def write(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add records: all of them or, if it fails, none.

        Parameters
        ----------
        records : iterable of (bytes, Record)

        Raises
        ------
        SavedFileError, StorageError
            As for :meth:`read`, or if the disk is full.
        """
        with self._open() as base, _sqlite.transaction(base):
            now = _sqlite.next_tick(base, "answers")
            base.executemany(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                [(key, *record, now) for key, record in records],
            )
            _sqlite.drop_oldest(base, "answers", self.max_bytes)

    def info(self) -> AnswerCacheInfo:
        """Count what is there.

        Returns
        -------
        AnswerCacheInfo
        """
        with self._open() as base:
            count = _sqlite.one(base, "SELECT COUNT(*) FROM answers")
            return AnswerCacheInfo(count, _sqlite.bytes_used(base))

    def clear(self) -> None:
        """Forget every answer, and give the space back."""
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
        # Who was used last matters once rows are about to go; until then reading only reads.
        if not keys or _sqlite.bytes_used(base) < self.max_bytes / 2:
            return
        with suppress(sqlite3.Error), _sqlite.transaction(base):
            now = _sqlite.next_tick(base, "answers")
            base.executemany(
                "UPDATE answers SET used = ? WHERE key = ?", [(now, key) for key in keys]
            )


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
