"""Hashes that identify a checkpoint, and stamps that show when its files have changed."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from keraswrap._checkpoints.files import files_of
from keraswrap.exceptions import InputError

Stamp = tuple[tuple[str, int, int], ...]

# (path, size, modification time) → sha256: each checkpoint is hashed once per process.
_digests: dict[tuple[str, int, int], bytes] = {}
_lock = threading.Lock()


def stamp(files: Iterable[Path]) -> Stamp:
    """Return path, size and modification time of each file, to detect changes."""
    found = ((str(path), path.stat()) for path in files)
    return tuple((path, about.st_size, about.st_mtime_ns) for path, about in found)


def fingerprint(encoder: str | os.PathLike[str]) -> str:
    """Hash a checkpoint: weights, configuration and tokenizer.

    Two folders with the same fingerprint compute the same for every text, so
    results can be cached under it. Each file is read once per process, unless
    its size or modification time changes.

    Parameters
    ----------
    encoder : str or path
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.

    Returns
    -------
    str
        64 hexadecimal digits: the sha256 of the files' names and contents.

    Raises
    ------
    InputError
        If there is no such directory, or one of its files cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(fingerprint(folder))
    64
    """
    folder = Path(encoder).absolute()
    if not folder.is_dir():
        raise InputError(
            f"Expected the directory of a checkpoint, got {str(folder)!r}, where there is none. "
            "Pass the path returned by resolve_encoder."
        )
    return hash_parts(
        Path(file[0]).relative_to(folder).as_posix().encode() + b"\0" + _digest(file)
        for file in stamp(files_of(folder))
    )


def hash_parts(parts: Iterable[bytes | memoryview]) -> str:
    """Return the sha256 of the concatenation of some bytes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def hash_file(path: str | os.PathLike[str]) -> bytes:
    """Return the sha256 of a file of any size, or raise InputError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise InputError(f"Expected a file that can be read, got {error}.") from error


def _digest(file: tuple[str, int, int]) -> bytes:
    with _lock:
        if file not in _digests:
            _digests[file] = hash_file(file[0])
        return _digests[file]
