"""Where texts and control tokens stand in a row of ids, and what of a long text is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class Layout:
    """The control tokens of a row, around one text or two.

    Parameters
    ----------
    marks : tuple of tuples of int
        Ids before the first text, between two, and after the last: one more
        than there are texts.
    left : bool, default=False
        Whether a text that is too long loses its beginning.
    """

    marks: tuple[tuple[int, ...], ...]
    left: bool = False

    @property
    def n_marks(self) -> int:
        """Control tokens in a row."""
        return sum(map(len, self.marks))

    def row(self, parts: Sequence[list[int]], max_length: int) -> list[int]:
        """Cut the ids of texts to `max_length` with the control tokens, and put those on."""
        room = max_length - self.n_marks
        row = list(self.marks[0])
        for part, size, after in zip(parts, shares(parts, room), self.marks[1:], strict=True):
            row += part[len(part) - size :] if self.left else part[:size]
            row += after
        return row

    def windows(
        self, parts: Sequence[list[int]], max_length: int, overlap: int
    ) -> Iterator[list[int]]:
        """Yield the rows of one text, each with the last `overlap` ids of the previous one."""
        (content,), room = parts, max_length - self.n_marks
        before, after = self.marks
        for start in range(0, max(1, len(content) - overlap), room - overlap):
            yield [*before, *content[start : start + room], *after]


def shares(parts: Sequence[list[int]], room: int) -> list[int]:
    """Return how many ids of each text fit; the longer of two is truncated first.

    Examples
    --------
    >>> shares([[1] * 9], 5), shares([[1] * 9, [1] * 2], 6), shares([[1] * 9, [1] * 8], 5)
    ([5], [4, 2], [3, 2])
    """
    lengths = [len(part) for part in parts]
    if len(lengths) == 1 or sum(lengths) <= room:
        return [min(length, room) for length in lengths]
    short = min(min(lengths), room // 2)
    return [room - short, short] if lengths[0] > lengths[1] else [short, room - short]


def find_layout(backend: Tokenizer, n_texts: int, left: bool) -> Layout | None:
    """Find what a tokenizer puts around its texts; None where two would run into each other.

    Parameters
    ----------
    backend : tokenizers.Tokenizer
    n_texts : {1, 2}
    """
    whole = backend.encode("a", "a" if n_texts == 2 else None, add_special_tokens=True)
    bare = backend.encode("a", add_special_tokens=False).ids
    starts, position = [], 0
    for _ in range(n_texts):
        found = _find(whole.ids, bare, position)
        if found is None:
            return Layout((tuple(whole.ids), ())) if n_texts == 1 else None
        starts.append(found)
        position = found + len(bare)
    ends = [0, *(start + len(bare) for start in starts)]
    marks = [tuple(whole.ids[a:b]) for a, b in zip(ends, [*starts, None], strict=True)]
    return Layout(tuple(marks), left) if all(marks[1:-1]) else None


def find_separator(backend: Tokenizer, layout: Layout) -> int | None:
    """Return the token whose first occurrence ends the first segment, if there are segments.

    So a row of ids says by itself which tokens are of the second text.
    """
    types = backend.encode("a", "a", add_special_tokens=True).type_ids
    first = len(types) - types[::-1].index(0) if 0 in types else 0
    return layout.marks[1][0] if first < len(types) else None


def _find(ids: list[int], part: list[int], start: int) -> int | None:
    ends = range(start, len(ids) - len(part) + 1)
    return next((n for n in ends if ids[n : n + len(part)] == part), None)
