"""A file in blocks of rows: read quickly where that is safe, and strictly where it might not be."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import IO, TypeAlias

import numpy as np
import pandas as pd

from keraswrap._tables.lines import CountedLines

# Encodings in which ASCII's bytes mean themselves and nothing else, on any line.
_PLAIN = ("utf-8", "iso8859-", "cp125")

# From a block, and whether the file ends with it, to its whole rows and where they end.
Quick: TypeAlias = Callable[[bytes, bool], tuple[pd.DataFrame, int] | None]
# From lines, and the number of the first, to a part of about that many bytes.
Strict: TypeAlias = Callable[[CountedLines, int], Iterator[pd.DataFrame]]


def is_plain(encoding: str) -> bool:
    """Return whether bytes can be told apart without decoding them.

    Examples
    --------
    >>> is_plain("latin-1"), is_plain("shift_jis"), is_plain("utf-8-sig")
    (True, False, False)
    """
    return codecs.lookup(encoding).name.startswith(_PLAIN) and "sig" not in encoding


def block_parts(
    file: IO[bytes], start: tuple[int, int], size: int, quick: Quick, strict: Strict
) -> Iterator[pd.DataFrame]:
    """Yield the rows of an open file, from an offset on, at which a line of that number begins."""
    offset, line = start
    while True:
        file.seek(offset)
        block = file.read(size)
        if not block:
            return
        found = quick(block, len(block) < size)
        if found is None:
            file.seek(offset)
            lines = CountedLines(file)
            yield from strict(lines, line)
            offset, line = offset + lines.size, line + lines.count
        else:
            frame, end = found
            yield frame
            offset += end
            line += int((np.frombuffer(block, np.uint8, end) == ord("\n")).sum())
