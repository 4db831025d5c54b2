"""Drafts: what is being written, beside its target, until it is whole.

A process that is killed leaves its draft. Each live one is locked, and the
system lets go of a lock whatever ends its process: so the next to write to the
same target can tell what is dead, and removes that and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["draft_file", "draft_folder"]


@contextmanager
def draft_file(path: Path) -> Iterator[Path]:
    """Give an empty file beside `path`, to be moved over it; what is left of it goes.

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
    """Give an empty folder in `parent` whose name begins so, and which goes in the end."""
    with _locked(parent, prefix, folder=True) as draft:
        yield draft


@contextmanager
def _locked(parent: Path, prefix: str, *, folder: bool) -> Iterator[Path]:
    _tidy(parent, prefix)
    draft = parent / f"{prefix}{uuid.uuid4().hex[:16]}.draft"
    new = draft.with_name(f"{draft.name}~")  # it gets its name, which others look for, locked
    if folder:
        new.mkdir()
    else:
        new.touch(exist_ok=False)
    descriptor = _lock(new)
    try:
        new.rename(draft)
        yield draft
    finally:
        _remove(new)
        _remove(draft)
        if descriptor is not None:
            os.close(descriptor)


def _tidy(parent: Path, prefix: str) -> None:
    """Remove drafts whose process is dead."""
    ours = re.compile(rf"{re.escape(prefix)}[0-9a-f]{{16}}\.draft")
    with suppress(OSError):
        for entry in os.listdir(parent):
            descriptor = _lock(parent / entry) if ours.fullmatch(entry) else None
            if descriptor is not None:
                _remove(parent / entry)
                os.close(descriptor)


def _lock(path: Path) -> int | None:
    """Lock a file or folder as long as the descriptor is open; None if another has, or nobody can.

    On Windows there is neither such a lock nor a descriptor of a folder: what is dead stays.
    """
    if sys.platform == "win32":
        return None
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
