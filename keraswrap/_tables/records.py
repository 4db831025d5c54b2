"""CSV and TSV in parts: quickly where every reader agrees, strictly where they might not.

Arrow's reader is several times as fast as Python's, but forgives broken quotes.
So it gets only what `clean` finds alike; all else, and every error, is Python's.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from keraswrap._optional import require
from keraswrap._tables.blocks import block_parts, is_plain
from keraswrap._tables.clean import clean_end
from keraswrap._tables.delimited import find_delimiter, read_records, read_rest
from keraswrap._tables.lines import (
    CountedLines,
    check_encoding,
    decode,
    one_part,
    open_bytes,
    parts_of,
    returns_end_lines,
    split_lines,
)
from keraswrap._tables.types import PathLike

# Bytes of a part, more or less.
BLOCK = 1 << 22
_TEXTS = pd.StringDtype(na_value=np.nan)


def record_parts(
    path: PathLike, kind: str, encoding: str, size: int, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file as frames of texts; the first one is empty, and names the columns.

    Parameters
    ----------
    kind : {"csv", "tsv"}
    size : int
        Bytes of a part, more or less.
    columns : sequence of str, optional
        Those that are wanted.

    Raises
    ------
    InputError
        If the file is broken; after the rows before.
    """
    check_encoding(encoding)
    with open_bytes(path) as file:
        returns = returns_end_lines(file)
        lines = CountedLines(split_lines(file) if returns else file)
        texts = decode(lines, encoding, str(path))
        first = next(texts, "")
        delimiter = "\t" if kind == "tsv" else find_delimiter(first)
        given = chain([first] if first else [], texts)
        header, rows = read_records(given, str(path), delimiter)
        reader = _Reader(str(path), encoding, delimiter, header, columns, size)
        yield reader.frame([])
        if returns or not is_plain(encoding) or _TEXTS.storage != "pyarrow":
            yield from map(reader.frame, parts_of(rows, lines, size))
        else:
            start = lines.size, lines.count + 1
            yield from block_parts(file, start, size, reader.quickly, reader.strictly)


class _Reader:
    """What reads rows below a header."""

    def __init__(
        self,
        source: str,
        encoding: str,
        delimiter: str,
        header: list[str],
        columns: Sequence[str] | None,
        size: int,
    ) -> None:
        self.source, self.encoding, self.size = source, encoding, size
        self.delimiter, self.header = delimiter, header
        self.columns = [name for name in header if columns is None or name in columns]

    def quickly(self, block: bytes, is_last: bool) -> tuple[pd.DataFrame, int] | None:
        """Read whole rows by Arrow; None where that might differ."""
        end = clean_end(block, self.delimiter, is_last)
        frame = self._parse(block[:end]) if end else None
        return None if frame is None else (frame, end)

    def strictly(self, lines: CountedLines, line: int) -> Iterator[pd.DataFrame]:
        """Read a part by Python."""
        texts = decode(lines, self.encoding, self.source, line)
        rows = read_rest(texts, self.source, self.delimiter, len(self.header), line)
        return map(self.frame, one_part(rows, lines, self.size))

    def frame(self, rows: list[tuple[int, list[str]]]) -> pd.DataFrame:
        """Return rows, and the lines in which they begin, as a frame of texts."""
        cells = [row for _, row in rows]
        return pd.DataFrame(cells, columns=self.header, dtype="str")[self.columns]

    def _parse(self, block: bytes) -> pd.DataFrame | None:
        """Read whole rows by Arrow; None if it cannot."""
        arrow, csv = require("pyarrow", "text"), require("pyarrow.csv", "text")
        try:
            if codecs.lookup(self.encoding).name != "utf-8":
                block = block.decode(self.encoding).encode()
            table = csv.read_csv(
                arrow.BufferReader(block),
                csv.ReadOptions(
                    use_threads=False, block_size=len(block) + 1, column_names=self.header
                ),
                csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
                csv.ConvertOptions(
                    column_types=dict.fromkeys(self.header, arrow.large_string()),
                    include_columns=self.columns,
                    strings_can_be_null=False,
                ),
            )
        except (UnicodeError, arrow.ArrowException):
            return None
        texts = [pd.arrays.ArrowStringArray(column, dtype=_TEXTS) for column in table.columns]
        return pd.DataFrame(dict(zip(self.columns, texts, strict=True)), copy=False)
