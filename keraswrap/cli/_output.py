"""What a command prints and writes: results on standard output, the rest on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from keraswrap._drafts import draft_folder
from keraswrap._tables import check_new
from keraswrap.cli._interrupts import unstopped
from keraswrap.exceptions import InputError, StorageError


def say(line: str) -> None:
    """Print a line to standard error."""
    print(line, file=sys.stderr, flush=True)


def give(result: dict[str, object], text: str, as_json: bool) -> None:
    """Print the result of a command."""
    print(json.dumps(result, ensure_ascii=False) if as_json else text)


@contextmanager
def new_folder(path: str, names: Sequence[str], overwrite: bool) -> Iterator[Path]:
    """Yield a draft folder in `path`, whose files are moved into place together on success.

    A problem with `path` is reported before any work. Only the files written are
    touched there.

    Parameters
    ----------
    path : str
        Made if it is not there.
    names : sequence of str
        Of the files to come.

    Raises
    ------
    InputError
        If a file exists and `overwrite` is False.
    StorageError
        If the folder cannot be created or written.
    """
    folder = check_folder(path, names, overwrite)
    made = not folder.exists()
    try:
        with ExitStack() as stack:
            draft = _make(folder, stack)
            yield draft
            files = sorted(draft.iterdir())
            for file in files:
                check_new(folder / file.name, overwrite)
            with unstopped():
                for file in files:
                    os.replace(file, folder / file.name)
    except BaseException:
        if made:
            _remove_if_empty(folder)
        raise


def check_folder(path: str, names: Sequence[str], overwrite: bool) -> Path:
    """Return the absolute path of a folder that can be written or made.

    Raises
    ------
    InputError
        If a file exists in it and `overwrite` is False, or it is a file.
    StorageError
        If it cannot be written.
    """
    folder = Path(path).absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise InputError(f"Expected a folder for --out, got {str(there)!r}, which is a file.")
    if not os.access(there, os.W_OK):
        raise StorageError(
            f"Expected a writable folder, got {str(there)!r}, which is not. Name another with "
            "--out."
        )
    if folder.is_dir():
        for name in names:
            check_new(folder / name, overwrite)
    return folder


def _make(folder: Path, stack: ExitStack) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return stack.enter_context(draft_folder(folder, ".unfinished-"))
    except OSError as error:
        raise StorageError(
            f"Expected a writable folder, got {str(folder)!r}: "
            f"{error.strerror}. Name another with --out."
        ) from error


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
