"""Pieces of files: many short reads at once, by any thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.exceptions import InputError, StorageError

if TYPE_CHECKING:
    from io import FileIO


class Files:
    """Files that are read here and there.

    They are read, not mapped into memory: what is mapped counts as this
    process's, around each row that is asked for the system maps megabytes, and
    from a disk it reads as much.

    Raises
    ------
    InputError
        If one is not there.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self._files = [_open(path) for path in self.paths]
        self.numbers = [file.fileno() for file in self._files]
        self._lock = threading.Lock()

    def read(self, which: int | np.ndarray, at: np.ndarray, sizes: int | np.ndarray) -> np.ndarray:
        """Read pieces, one after another into one array.

        Parameters
        ----------
        which : int or ndarray of shape (n,)
            The file of each piece, by its place in `paths`.
        at : ndarray of shape (n,)
            Where in the file it begins, in bytes.
        sizes : int or ndarray of shape (n,)
            Bytes.

        Returns
        -------
        ndarray of uint8

        Raises
        ------
        StorageError
            If a file ends before a piece does.
        """
        which, sizes = np.broadcast_to(which, at.shape), np.broadcast_to(sizes, at.shape)
        found = np.empty(int(sizes.sum()), "uint8")
        runs = [run for run in _runs(which, at, sizes) if run[2]]
        if len(runs) > 1:
            self._announce(runs)
        memory, done = memoryview(found.data), 0
        for file, start, size in runs:
            self._fill(memory[done : done + size], file, start)
            done += size
        return found

    def _announce(self, runs: Sequence[tuple[int, int, int]]) -> None:
        # A disk serves many parallel reads as fast as one: eight times as many rows per second.
        if hasattr(os, "posix_fadvise"):
            for file, start, size in runs:
                os.posix_fadvise(self.numbers[file], start, size, os.POSIX_FADV_WILLNEED)

    def _fill(self, memory: memoryview, file: int, start: int) -> None:
        while memory:
            count = self._read_at(memory, file, start)
            if not count:
                path = self.paths[file]
                raise StorageError(f"Expected {path!r} to be complete, got an early end of file.")
            memory, start = memory[count:], start + count

    def _read_at(self, memory: memoryview, file: int, start: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self.numbers[file], [memory], start)
        with self._lock:
            self._files[file].seek(start)
            return self._files[file].readinto(memory)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.paths,)


def _open(path: str) -> FileIO:
    try:
        return open(path, "rb", buffering=0)
    except FileNotFoundError as error:
        raise InputError(
            f"Expected the rows of a view in {path!r}, which is gone: a view over a stream lives "
            "as long as the process that made it, one over a dataset as long as its files. Make "
            "it again with row_view."
        ) from error


def _runs(which: np.ndarray, at: np.ndarray, sizes: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Join pieces that follow each other in a file."""
    ends = at + sizes
    follows = (at[1:] == ends[:-1]) & (which[1:] == which[:-1])
    first = np.flatnonzero(np.concatenate([[len(at) > 0], ~follows]))
    last = np.append(first, len(at))[1:] - 1
    joined = ends[last] - at[first]
    return zip(which[first].tolist(), at[first].tolist(), joined.tolist(), strict=True)
