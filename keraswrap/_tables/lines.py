"""Lines of text, and JSON in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TypeVar

from keraswrap._tables.types import PathLike, Row
from keraswrap.exceptions import InputError, KeraswrapError, ParameterError

_Item = TypeVar("_Item")


@contextmanager
def open_lines(path: PathLike, encoding: str = "utf-8") -> Iterator[Iterator[str]]:
    """Open a text file, line by line.

    Raises
    ------
    InputError
        If it is not there, cannot be read, or is in another encoding.
    """
    with open_bytes(path) as file:
        yield decode(split_lines(file), encoding, str(path))


def open_bytes(path: PathLike) -> IO[bytes]:
    """Open a file to read, or raise InputError."""
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(
            f"Expected a file that can be read, got {str(path)!r}: {error.strerror}. Check the "
            "path."
        ) from error


def split_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    r"""Split lines again where a file ends them with a carriage return, as old Macs did.

    Examples
    --------
    >>> list(split_lines([b"text\rfine\r"])), list(split_lines([b"text\n", b'"a\rb"\n']))
    ([b'text\r', b'fine\r'], [b'text\n', b'"a\rb"\n'])
    """
    lines = iter(lines)
    first = next(lines, b"")
    if not ends_in_return(first):
        yield from chain([first] if first else [], lines)
        return
    for line in chain([first], lines):
        yield from line.splitlines(keepends=True)


def ends_in_return(start: bytes) -> bool:
    """Return whether the first line of a file ends in a lone carriage return, outside quotes."""
    line, end, rest = start.partition(b"\r")
    return bool(end) and b"\n" not in line and rest[:1] != b"\n" and line.count(b'"') % 2 == 0


def returns_end_lines(file: IO[bytes]) -> bool:
    """Return whether lone carriage returns end the lines of an open file, which is rewound."""
    found = ends_in_return(file.readline())
    file.seek(0)
    return found


def decode(lines: Iterable[bytes], encoding: str, source: str, first: int = 1) -> Iterator[str]:
    r"""Decode lines one by one, so that an error can name the line, counted from `first`.

    Examples
    --------
    >>> list(decode([b"\xef\xbb\xbfname\n", b"Zo\xc3\xab\n"], "utf-8", "names.csv"))
    ['name\n', 'Zoë\n']
    """
    check_encoding(encoding)
    for number, line in enumerate(lines, first):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            raise _not_decoded(line, number, error, source) from error
        yield text.removeprefix("\ufeff") if number == 1 else text


def check_encoding(encoding: str) -> None:
    """Raise ParameterError unless lines end in one byte."""
    try:
        plain = "\n".encode(encoding) == b"\n"
    except LookupError as error:
        raise ParameterError(f"Expected the name of an encoding, got {encoding!r}.") from error
    if not plain:
        raise ParameterError(
            f"Expected an encoding whose lines end in one byte, got {encoding!r}. Save the file as "
            "UTF-8."
        )


def _not_decoded(line: bytes, number: int, error: UnicodeDecodeError, source: str) -> InputError:
    wide = number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff")
    hint = "It begins like UTF-16: save" if wide else "Name its encoding (such as cp1252), or save"
    return InputError(
        f"Expected text in {error.encoding}, got the byte 0x{line[error.start]:02x} in line "
        f"{number} of {source!r}. {hint} the file as UTF-8."
    )


class CountedLines:
    """Lines of a file, how many there were, and their size in bytes."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.lines, self.count, self.size = iter(lines), 0, 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = next(self.lines)
        self.count += 1
        self.size += len(line)
        return line


def one_part(rows: Iterator[_Item], lines: CountedLines, size: int) -> Iterator[list[_Item]]:
    """Yield rows that take about `size` bytes of their lines; an error comes after them."""
    found: list[_Item] = []
    most, failed = lines.size + size, None
    try:
        for row in rows:
            found.append(row)
            if lines.size >= most:
                break
    except KeraswrapError as error:
        failed = error
    if found:
        yield found
    if failed is not None:
        raise failed


def parts_of(rows: Iterator[_Item], lines: CountedLines, size: int) -> Iterator[list[_Item]]:
    r"""Yield all rows as lists that take about `size` bytes of their lines each.

    Examples
    --------
    >>> lines = CountedLines([b'{"a": 1}\n'] * 3)
    >>> rows = read_lines(decode(lines, "utf-8", "a.jsonl"), "a.jsonl")
    >>> [len(part) for part in parts_of(rows, lines, 10)]
    [2, 1]
    """
    found = True
    while found:
        found = False
        for part in one_part(rows, lines, size):
            found = True
            yield part


def read_lines(lines: Iterable[str], source: str, first: int = 1) -> Iterator[tuple[int, Row]]:
    r"""Read JSON lines: each an object, whose keys are columns.

    Parameters
    ----------
    lines : iterable of str
        Blank ones are passed over.
    source : str
        What errors call the file.
    first : int, default=1
        Number of the first line.

    Yields
    ------
    line : int
    row : dict

    Raises
    ------
    InputError
        If a line holds no JSON object.

    Examples
    --------
    >>> list(read_lines(['{"text": "fine"}\n', "\n"], "reviews.jsonl"))
    [(1, {'text': 'fine'})]
    """
    for number, line in enumerate(lines, first):
        if line.strip():
            yield number, _object(line, number, source)


def read_objects(lines: Iterable[str], source: str) -> list[Row]:
    r"""Read a JSON file that is one list of objects; or one object a line, whatever its name.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> read_objects(['[{"text": "fine"},\n', ' {"text": "bad"}]'], "reviews.json")
    [{'text': 'fine'}, {'text': 'bad'}]
    """
    text = "".join(lines)
    if not text.lstrip().startswith("["):
        return [row for _, row in read_lines(text.splitlines(), source)]
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"Expected complete JSON in {source!r}, got: {error}. Was the file cut off?"
        ) from error
    wrong = next((row for row in rows if not isinstance(row, dict)), None)
    if wrong is not None:
        raise InputError(f"Expected a list of objects in {source!r}, got {wrong!r:.60} in it.")
    return list(rows)


def _object(line: str, number: int, source: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"Expected a JSON object in line {number} of {source!r}, got {line.strip()!r:.60}: "
            f"{error}. Write one object per line."
        ) from error
    if not isinstance(row, dict):
        raise InputError(
            f"Expected a JSON object in line {number} of {source!r}, got {line.strip()!r:.60}. "
            'Name the columns: {"text": ...}.'
        )
    return row
