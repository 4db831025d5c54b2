"""The folder that a search shares with its workers, and what processes that were killed left.

A lock says whose folder is still in use: the system lets go of it however its
owner ends, and no other process can be taken for that owner.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Windows has none of it; nothing is tidied there.
fcntl: Any = importlib.import_module("fcntl") if os.name == "posix" else None

_PREFIX, _LOCK = "keraswrap-search-", "in-use"


@contextmanager
def shared_folder() -> Iterator[str]:
    """Make a folder for the block, and remove those of processes that were killed.

    Yields
    ------
    str

    Raises
    ------
    OSError
        If it cannot be made.
    """
    home = os.environ.get("JOBLIB_TEMP_FOLDER") or tempfile.gettempdir()
    _tidy(home)
    folder = tempfile.mkdtemp(prefix=_PREFIX, dir=home)
    try:
        with _claim(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _claim(folder: str) -> Iterator[None]:
    """Lock a folder for as long as the block lasts."""
    draft = os.path.join(folder, f"{_LOCK}-draft")
    with open(draft, "wb") as file:
        if fcntl is not None:
            with suppress(OSError):  # not every file system has locks
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Who finds a lock by its name finds it locked.
                os.rename(draft, os.path.join(folder, _LOCK))
        yield


def _tidy(home: str) -> None:
    if fcntl is None:
        return
    with suppress(OSError), os.scandir(home) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False):
                _remove_unless_used(entry.path)


def _remove_unless_used(folder: str) -> None:
    # What has no lock may have been begun just now, and what is another user's cannot be opened.
    with suppress(OSError), open(os.path.join(folder, _LOCK), "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
