"""JSON lines in parts: many at once where each is a whole object, else one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice, repeat

import pandas as pd

from keraswrap._tables.blocks import block_parts, is_plain
from keraswrap._tables.lines import (
    CountedLines,
    check_encoding,
    decode,
    one_part,
    open_bytes,
    parts_of,
    read_lines,
    returns_end_lines,
    split_lines,
)
from keraswrap._tables.types import PathLike, Row

# Rows held as dicts at a time, which need several times the memory of columns.
_CHUNK = 1 << 9
# Bytes of lines whose objects are made at a time.
_PIECE = 1 << 16
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def object_parts(path: PathLike, encoding: str, size: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file as frames of objects, each with the columns of its own rows.

    The first one is empty, as the file may be.

    Parameters
    ----------
    size : int
        Bytes of a part, more or less.

    Raises
    ------
    InputError
        If a line holds no JSON object; after the rows before.
    """
    check_encoding(encoding)
    source = str(path)

    def strictly(lines: CountedLines, first: int) -> Iterator[pd.DataFrame]:
        rows = read_lines(decode(lines, encoding, source, first), source, first)
        return map(_frame, one_part(rows, lines, size))

    def quickly(block: bytes, is_last: bool) -> tuple[pd.DataFrame, int] | None:
        end = len(block) if is_last else block.rfind(b"\n") + 1
        try:
            frame = _frame_of(_scanned(piece, encoding) for piece in _pieces(block[:end]))
        except (ValueError, RecursionError):
            return None
        return (frame, end) if len(frame) else None

    yield pd.DataFrame()
    with open_bytes(path) as file:
        returns = returns_end_lines(file)
        if returns or not is_plain(encoding):
            lines = CountedLines(split_lines(file))
            rows = read_lines(decode(lines, encoding, source), source)
            yield from map(_frame, parts_of(rows, lines, size))
        else:
            yield from block_parts(file, (0, 1), size, quickly, strictly)


def _frame(rows: list[tuple[int, Row]]) -> pd.DataFrame:
    return frame_of_objects(row for _, row in rows)


def _pieces(block: bytes) -> Iterator[bytes]:
    """Yield whole lines, few enough that their objects stay in the processor's cache."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start + _PIECE) + 1 or len(block)
        yield block[start:end]
        start = end


def _scanned(block: bytes, encoding: str) -> list[Row]:
    """Return the objects of whole lines; raise ValueError unless each that is not empty is one."""
    lines = [line for line in block.decode(encoding).split("\n") if line]
    found = list(map(_scan, lines, repeat(0)))
    # The scanner ends a list where a line is no JSON.
    whole = len(found) == len(lines) and {type(row) for row, _ in found} <= {dict}
    ends = [line[end:] for line, (_, end) in zip(lines, found, strict=False) if end < len(line)]
    if not whole or any(end.strip(" \t\r") for end in ends):
        raise ValueError("Expected an object in each line.")
    return [row for row, _ in found]


def frame_of_objects(rows: Iterable[Row]) -> pd.DataFrame:
    """Make a frame of rows that may lack columns; values are kept as they are.

    Examples
    --------
    >>> frame_of_objects([{"a": 1}, {"b": 2}]).to_dict("list")
    {'a': [1, None], 'b': [None, 2]}
    """
    rows = iter(rows)
    return _frame_of(iter(lambda: list(islice(rows, _CHUNK)), []))


def _frame_of(parts: Iterable[list[Row]]) -> pd.DataFrame:
    columns, count = dict[str, list[object]](), 0
    for part in filter(None, parts):
        for name, cells in _columns(part).items():
            columns.setdefault(name, [None] * count).extend(cells)
        count += len(part)
        for column in columns.values():
            column.extend([None] * (count - len(column)))
    # As objects: pandas would turn 1 into 1.0 if another row has no value.
    kept = {name: pd.Series(column, dtype=object) for name, column in columns.items()}
    return pd.DataFrame(kept, index=pd.RangeIndex(count))  # rows without columns are rows


def _columns(rows: list[Row]) -> dict[str, list[object]]:
    names = list(rows[0])
    if set(map(len, rows)) == {len(names)}:
        try:
            return {name: [row[name] for row in rows] for name in names}
        except KeyError:  # as many columns, but others
            pass
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}
