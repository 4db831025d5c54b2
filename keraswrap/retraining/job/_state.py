"""What a job has done: a record of each step, written last, beside the step's files."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from keraswrap._tables import new_file
from keraswrap.exceptions import BusyError, StorageError

if sys.platform != "win32":
    import fcntl

__all__ = ["Record", "State", "exclusive", "hash_file", "hash_json"]


@dataclass(frozen=True)
class Record:
    """One step that is done.

    Parameters
    ----------
    step : str
    fingerprint : str
        Of all that the step depended on.
    status : str
    facts : dict
        Values that JSON holds.
    files : dict of str to str
        The sha256 of each file that it wrote, by its path in the state folder.
    finished : str
        ISO 8601, UTC.
    """

    step: str
    fingerprint: str
    status: str
    facts: Mapping[str, object]
    files: Mapping[str, str]
    finished: str


@dataclass(frozen=True)
class State:
    """The folder of what steps write.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    def of(self, step: str) -> Path:
        """Return the folder of a step's files, made if it is not there."""
        path = self.folder / step
        path.mkdir(parents=True, exist_ok=True)
        return path

    def read(self, step: str) -> Record | None:
        """Return the record of a step; None if it is not done, or its record is unreadable."""
        try:
            told = json.loads(self._path(step).read_text(encoding="utf-8"))
            return Record(**told)
        except (OSError, ValueError, TypeError):
            return None

    def write(
        self,
        step: str,
        fingerprint: str,
        status: str,
        facts: Mapping[str, object],
        files: list[Path],
    ) -> Record:
        """Record that a step is done."""
        names = {path.relative_to(self.folder).as_posix(): path for path in files}
        hashes = {name: hash_file(path) or "" for name, path in names.items()}
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        record = Record(step, fingerprint, status, dict(facts), hashes, finished)
        write_json(asdict(record), self._path(step))
        return record

    def is_whole(self, record: Record) -> bool:
        """Return whether all files of a step are as it wrote them."""
        return all(hash_file(self.folder / name) == told for name, told in record.files.items())

    def _path(self, step: str) -> Path:
        return self.folder / f"{step}.json"


def write_json(told: Mapping[str, object], path: Path) -> None:
    """Write values as JSON, whole or not at all."""
    with new_file(path, overwrite=True) as draft:
        text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
        draft.write_text(text + "\n", encoding="utf-8")


def hash_file(path: Path) -> str | None:
    """Return the sha256 of a file; None if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def hash_json(told: object) -> str:
    """Return the sha256 of values that JSON holds, whatever the order of keys.

    Examples
    --------
    >>> hash_json({"a": 1, "b": 2}) == hash_json({"b": 2, "a": 1})
    True
    """
    text = json.dumps(told, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a state folder, which is made if it is not there.

    The system lets it go whatever ends this process. On Windows nothing is held.

    Raises
    ------
    BusyError
        If another process holds it.
    StorageError
        If it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(
            f"Expected a folder for the state that can be written, got {str(folder)!r}: "
            f"{error.strerror}. Change job.state."
        ) from error
    try:
        if sys.platform != "win32":
            _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(
            f"Expected a job that is not running, got one that is: another process uses "
            f"{str(folder)!r}. Nothing was done; try again when it has ended."
        ) from None
