"""Files and folders that must not outlive their process: drafts, and temporary files.

A draft is what is being written, beside its target, until it is whole. A
process that is killed leaves what it had. Each live file is locked, and the
system releases a lock whatever ends its process: so the next process to write
there can tell which files are dead, and removes those and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["draft_file", "draft_folder", "temporary_file"]


@contextmanager
def draft_file(path: Path) -> Iterator[Path]:
    """Yield an empty file beside `path`, to be moved over it; remove what is left of it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "a.csv")
    ...     with draft_file(target) as draft:
    ...         _ = draft.write_text("text")
    ...         _ = draft.replace(target)
    ...     os.listdir(folder)
    ['a.csv']
    """
    with _locked(path.absolute().parent, f".{path.name}.", folder=False) as draft:
        yield draft


@contextmanager
def draft_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield an empty folder in `parent`, its name beginning with `prefix`, and remove it."""
    with _locked(parent, prefix, folder=True) as draft:
        yield draft


def temporary_file(parent: Path, prefix: str, suffix: str) -> tuple[Path, Callable[[], None]]:
    """Make an empty file that only this user can read, and return it with what removes it.

    If this process is killed before, the next call for the same folder and
    names removes it. A forked child that calls the remover leaves the file.
    """
    path, descriptor = _make(parent, prefix, suffix, lambda new: new.touch(0o600, exist_ok=False))
    owner, held = os.getpid(), [descriptor]

    def remove() -> None:
        if os.getpid() == owner:
            _remove(path)
            while held:  # once: a closed descriptor may belong to another file by then
                _close(held.pop())

    return path, remove


@contextmanager
def _locked(parent: Path, prefix: str, *, folder: bool) -> Iterator[Path]:
    make = Path.mkdir if folder else Path.touch
    draft, descriptor = _make(parent, prefix, ".draft", lambda new: make(new, exist_ok=False))
    try:
        yield draft
    finally:
        _remove(draft)
        _close(descriptor)


def _make(
    parent: Path, prefix: str, suffix: str, make: Callable[[Path], None]
) -> tuple[Path, int | None]:
    _tidy(parent, prefix, suffix)
    path = parent / f"{prefix}{uuid.uuid4().hex[:16]}{suffix}"
    new = path.with_name(f"{path.name}~")  # it gets its name, which others look for, locked
    make(new)
    descriptor = _lock(new)
    try:
        return new.rename(path), descriptor
    except BaseException:
        _remove(new)
        _remove(path)
        _close(descriptor)
        raise


def _tidy(parent: Path, prefix: str, suffix: str) -> None:
    """Remove what dead processes left under such names."""
    ours = re.compile(rf"{re.escape(prefix)}[0-9a-f]{{16}}{re.escape(suffix)}")
    with suppress(OSError):
        for entry in os.listdir(parent):
            descriptor = _lock(parent / entry) if ours.fullmatch(entry) else None
            if descriptor is not None:
                _remove(parent / entry)
                os.close(descriptor)


def _lock(path: Path) -> int | None:
    """Lock a file or folder while the descriptor is open; None if it is locked or cannot be.

    On Windows there is neither such a lock nor a descriptor of a folder: what is dead stays.
    """
    if sys.platform == "win32":
        return None
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _close(descriptor)
        return None
    return descriptor


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
