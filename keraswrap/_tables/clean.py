"""Which bytes of a CSV file every reader reads alike. Pure."""

from __future__ import annotations

import numpy as np

_QUOTE, _LINE = b'"\n'
_MARK = b"\xef\xbb\xbf"


def clean_end(block: bytes, delimiter: str, is_last: bool) -> int:
    r"""Return where the last whole row of a block ends; 0 if readers may differ about it.

    They agree where quotes stand at the ends of cells or are doubled within
    them, and lines end in line feeds. Then rows end at the line feeds that are
    preceded by an even number of quotes.

    Parameters
    ----------
    block : bytes
        In UTF-8, from the beginning of a row.
    delimiter : str
    is_last : bool
        Whether the file ends with it.

    Examples
    --------
    >>> clean_end(b'a,"b\nc"\nd', ",", False), clean_end(b'5" pipe,b\n', ",", True)
    (8, 0)
    """
    whole = block if is_last else block[:-1]  # of \r\n, the block may hold the first alone
    odd = b"\r" in whole and whole.count(b"\r") != block.count(b"\r\n")
    if odd or b"\0" in block or block.startswith(_MARK):
        return 0
    given = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(given == _QUOTE)
    end = len(block) if is_last else _last_end(block, given, quotes)
    quotes = quotes[: np.searchsorted(quotes, end)]
    if len(quotes) % 2:
        return 0
    opening, closing = quotes[::2], quotes[1::2]
    # At the ends of the block there is a line feed, or nothing.
    before = np.where(opening > 0, given[opening - 1], _LINE)
    after = np.where(closing + 1 < len(given), given[(closing + 1) % len(given)], _LINE)
    may_open = _are(delimiter.encode(), b'\n"')[before]
    return end if may_open.all() and _are(delimiter.encode(), b'\r\n"')[after].all() else 0


def _are(*wanted: bytes) -> np.ndarray:
    """Return for each byte whether it is one of these."""
    found = np.zeros(256, dtype=bool)
    found[list(b"".join(wanted))] = True
    return found


def _last_end(block: bytes, given: np.ndarray, quotes: np.ndarray) -> int:
    if not len(quotes):
        return block.rfind(b"\n") + 1
    lines = np.flatnonzero(given == _LINE)
    outside = lines[np.searchsorted(quotes, lines) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0
