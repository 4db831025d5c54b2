"""Which rows share a call, and how they lie in it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from keraswrap.llm.local._label_trie import FlatTrie

__all__ = [
    "WORTH",
    "Layout",
    "common_length",
    "fill_up",
    "group_rows",
    "lay_out",
    "pack_rows",
    "whole_lengths",
]

# This many tokens take as long as the fixed cost of a call, which reads all weights in any case.
WORTH = 48


def common_length(sequences: Sequence[Sequence[int]]) -> int:
    """Count the tokens that two sequences begin with alike.

    Examples
    --------
    >>> common_length([(1, 2, 3), (1, 2, 4, 5)])
    2
    """
    first, second = sequences
    length = min(len(first), len(second))
    differ = np.flatnonzero(np.array(first[:length]) != np.array(second[:length]))
    return int(differ[0]) if len(differ) else length


def pack_rows(
    lengths: Sequence[int] | np.ndarray, limit: int | Callable[[int], int]
) -> list[np.ndarray]:
    """Pack rows into batches whose padding costs less than another call.

    The longest first, so that memory that does not suffice shows at once.

    Parameters
    ----------
    limit : int or callable
        Rows of a batch, at most; or what says so of the row that is its longest.

    Returns
    -------
    list of ndarray of int

    Examples
    --------
    >>> [rows.tolist() for rows in pack_rows([3, 90, 5, 3], limit=8)]
    [[1], [2, 0, 3]]
    >>> [rows.tolist() for rows in pack_rows([3, 90, 5, 3], limit=2)]
    [[1], [2, 0], [3]]
    """
    known, packed = np.asarray(lengths), list[list[int]]()
    padding = room = 0
    for row in np.argsort(-known, kind="stable").tolist():
        padding += int(known[packed[-1][0]] - known[row]) if packed else 0
        if packed and len(packed[-1]) < room and padding <= WORTH:
            packed[-1].append(row)
        else:
            packed.append([row])
            padding, room = 0, limit(row) if callable(limit) else limit
    return [np.array(rows) for rows in packed]


def fill_up(rows: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of ids as one padded array, and their lengths."""
    lengths = np.array([len(row) for row in rows])
    width = int(lengths.max())
    return np.array([(*row, *[0] * (width - len(row))) for row in rows]), lengths


def whole_lengths(ids: np.ndarray) -> np.ndarray:
    """Return the lengths of rows without padding."""
    return np.full(len(ids), ids.shape[1])


def group_rows(lengths: Sequence[int] | np.ndarray) -> list[np.ndarray]:
    """Group rows by their length, the longest first.

    Examples
    --------
    >>> [rows.tolist() for rows in group_rows([3, 5, 3])]
    [[1], [0, 2]]
    """
    known = np.asarray(lengths)
    return [np.flatnonzero(known == length) for length in np.unique(known)[::-1]]


class Layout(NamedTuple):
    """Rows of tokens that need not follow one another.

    Parameters
    ----------
    ids : ndarray of shape (b, s), int
    positions : ndarray of shape (b, s), int
        Tokens before each, on its own path.
    seen : ndarray of shape (b, s, s), bool
        Which of the tokens each may see; none that comes later in its row.
    places : ndarray of shape (b, k), int
        After which tokens something is asked.
    asked : ndarray of shape (w, 2), int
        What: the number of the place, and a token.
    """

    ids: np.ndarray
    positions: np.ndarray
    seen: np.ndarray
    places: np.ndarray
    asked: np.ndarray


def lay_out(suffixes: Sequence[tuple[int, ...]], start: int, tree: FlatTrie) -> Layout:
    """Put a tree of continuations behind each of some rows.

    Parameters
    ----------
    suffixes : sequence of tuple of int
        Each of at least one token.
    start : int
        Tokens before them.

    Examples
    --------
    >>> tree = FlatTrie(*map(np.array, ([8, 9], [-1, -1], [[-1, 5], [1, 6]], [0, 1])))
    >>> found = lay_out([(1, 2), (3,)], 10, tree)
    >>> found.ids.tolist(), found.positions.tolist()
    ([[1, 2, 8, 9], [3, 0, 8, 9]], [[10, 11, 12, 12], [10, 11, 11, 11]])
    >>> found.places.tolist(), found.asked.tolist()
    ([[1, 3], [0, 3]], [[0, 5], [1, 6]])
    """
    ids, lengths = fill_up(suffixes)
    count, width = ids.shape
    size = len(tree.tokens)
    ids = np.hstack([ids, np.tile(tree.tokens, (count, 1))])
    before = np.tile(np.arange(width), (count, 1))
    positions = start + np.hstack([before, lengths[:, None] + tree.depths])
    seen = np.zeros((count, width + size, width + size), bool)
    seen[:, :width, :width] = np.tri(width, dtype=bool)
    seen[:, width:, :width] = (before < lengths[:, None])[:, None]
    seen[:, width:, width:] = tree.seen
    after, asked = np.unique(tree.asked[:, 0], return_inverse=True)
    places = np.where(after < 0, lengths[:, None] - 1, width + after)
    return Layout(ids, positions, seen, places, np.stack([asked, tree.asked[:, 1]], axis=1))
