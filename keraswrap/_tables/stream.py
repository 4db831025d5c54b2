"""Rows from a pipe or a file as they arrive, a few at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from keraswrap._tables.delimited import read_records
from keraswrap._tables.lines import decode, ends_in_return, read_lines
from keraswrap._tables.types import Row
from keraswrap.exceptions import InputError, KeraswrapError

_BLOCK = 1 << 16


class Stream:
    """Read the rows of an open file in parts, without waiting for more.

    What has come is handed on, be it one row: whoever writes into the pipe may
    wait for an answer. Of a long file no more than a part is in memory.

    Parameters
    ----------
    descriptor : int
        Of a file or pipe that is open for reading.
    source : str
        What errors call it.
    kind : {"csv", "tsv", "jsonl"}, optional
        By default JSON lines where the first line begins with ``{``, else CSV.

    Attributes
    ----------
    kind : str
    rows : iterator of (int, dict)
        The line in which a row begins, and its cells by column.
    """

    def __init__(
        self, descriptor: int, source: str, kind: str | None = None, encoding: str = "utf-8"
    ) -> None:
        self._lines = _Lines(descriptor)
        lines = decode(self._lines, encoding, source)
        first = next(lines, "")
        if not first:
            raise InputError(f"Expected rows in {source!r}, got an empty file.")
        self.kind = kind or ("jsonl" if first.lstrip().startswith("{") else "csv")
        self.rows = read_rows(chain([first], lines), self.kind, source)

    def parts(self, size: int) -> Iterator[list[tuple[int, Row]]]:
        """Yield lists of up to `size` rows; an error comes after the rows before it."""
        part: list[tuple[int, Row]] = []
        try:
            for row in self.rows:
                part.append(row)
                if len(part) == size or not self._lines.waiting:
                    yield part
                    part = []
        except KeraswrapError:
            if part:
                yield part
            raise
        if part:
            yield part


class _Lines:
    """Lines of a descriptor; `waiting` are those that can be had at once."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.rest = descriptor, b""
        self.end: bytes | None = None  # not known before the first line
        self.waiting: deque[bytes] = deque()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self.waiting:
            block = os.read(self.descriptor, _BLOCK)
            if not block:
                last, self.rest = self.rest, b""
                if last:
                    return last
                raise StopIteration
            self.rest += block
            end = self.end = self.end or self._find_end()
            if end is not None:
                *whole, self.rest = self.rest.split(end)
                self.waiting.extend(line + end for line in whole)
        return self.waiting.popleft()

    def _find_end(self) -> bytes | None:
        # A carriage return at the end of the buffer may be followed by a line feed.
        if b"\n" not in self.rest and b"\r" not in self.rest[:-1]:
            return None
        return b"\r" if ends_in_return(self.rest) else b"\n"


def read_rows(lines: Iterable[str], kind: str, source: str) -> Iterator[tuple[int, Row]]:
    r"""Read rows of any kind of text file, each as a dict.

    Examples
    --------
    >>> list(read_rows(["text\n", "fine\n"], "csv", "reviews.csv"))
    [(2, {'text': 'fine'})]
    """
    if kind == "jsonl":
        return read_lines(lines, source)
    header, rows = read_records(lines, source, "\t" if kind == "tsv" else None)
    return ((line, dict(zip(header, cells, strict=True))) for line, cells in rows)
