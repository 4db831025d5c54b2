"""Find what of a text was copied from others: all of it, nearly all, or runs of words. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.issues.rows._groups import normalize_text
from keraswrap.issues.rows._minhash import TextIndex, sketch_all

__all__ = ["SIMILARITY", "KnownTexts", "Run", "RunIndex", "words_of"]

_OWN = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[^\W{_OWN}]+(?:['’][^\W{_OWN}]+)*|[{_OWN}]")

# Jaccard similarity of runs of four letters from which a text is a near copy; as in find_leaks.
SIMILARITY = 0.75
# Words of a run that count as copied, and the share of a text in such runs that makes a near
# copy of it: one that only adds to a row, or joins two of them, is unlike each as a whole.
RUN_WORDS, RUN_SHARE = 6, 0.8
# Places of three words that are kept: one phrase may be in thousands of texts.
_FOLLOWED = 200


@dataclass(frozen=True)
class Run:
    """The longest run of words that a text shares with one of others.

    Parameters
    ----------
    words : str
        Without case and punctuation.
    length : int
        In words; 0 if no run has at least three.
    source : int
        Position of the other text; -1 for none.
    share : float
        Share of the text's words that are in runs of at least six words, of any text.
    """

    words: str
    length: int
    source: int
    share: float


def words_of(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation.

    Chinese and Japanese characters are words of their own, since nothing parts words there.

    Examples
    --------
    >>> words_of("It's BROKEN, again!")
    ["it's", 'broken', 'again']
    """
    return _WORD.findall(normalize_text(text))


class RunIndex:
    """Runs of three words of some texts, by which longer ones are found.

    Parameters
    ----------
    texts : sequence of str
    """

    _START = 3

    def __init__(self, texts: Sequence[str]) -> None:
        self._places: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(map(words_of, texts)):
            for at in range(len(words) - self._START + 1):
                places = self._places[tuple(words[at : at + self._START])]
                if len(places) < _FOLLOWED:
                    places.append((number, at))

    def longest(self, text: str) -> Run:
        """Return the longest run that a text shares with one of the others.

        Examples
        --------
        >>> RunIndex(["where is my new card today"]).longest("So where is my new card?")
        Run(words='where is my new card', length=5, source=0, share=0.0)
        """
        words = words_of(text)
        best, source, end = 0, -1, 0
        copied = np.zeros(len(words), dtype=bool)
        runs: dict[tuple[int, int], int] = {}  # lengths of those that end here, by their place
        for at in range(self._START, len(words) + 1):
            runs = self._go_on(runs, tuple(words[at - self._START : at]))
            length, number = max(((n, -k) for (k, _), n in runs.items()), default=(0, 0))
            if length >= RUN_WORDS:
                copied[at - RUN_WORDS : at] = True
            if length > best:
                best, source, end = length, -number, at
        share = float(copied.mean()) if len(words) else 0.0
        return Run(" ".join(words[end - best : end]), best, source, share)

    def _go_on(
        self, runs: dict[tuple[int, int], int], words: tuple[str, ...]
    ) -> dict[tuple[int, int], int]:
        """Return the lengths of runs that end with three words, from those one word before."""
        places = self._places.get(words, ())
        return {(k, at): runs.get((k, at - 1), self._START - 1) + 1 for k, at in places}


class KnownTexts:
    """Texts of which others must not be copies; more may be added.

    Parameters
    ----------
    texts : sequence of str, optional
    threshold : float in (0, 1], default=0.75
        Similarity of near copies.
    """

    def __init__(self, texts: Sequence[str] = (), threshold: float = SIMILARITY) -> None:
        self._threshold = threshold
        self._exact: dict[str, int] = {}
        self._index = TextIndex(threshold)
        self._numbers: list[int] = []
        self._added = 0
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Add a text; its number is the next one."""
        key, number = normalize_text(text), self._added
        self._added += 1
        if not key or key in self._exact:
            return
        self._exact[key] = number
        if self._index.add(*next(sketch_all([key]))) >= 0:
            self._numbers.append(number)

    def find(self, text: str) -> tuple[int, float]:
        """Return the number of the most similar text and its similarity; (-1, 0.0) if none.

        Examples
        --------
        >>> known = KnownTexts(["Where is my card?", "It works great"])
        >>> known.find("where is my card"), known.find("It broke")
        ((0, 1.0), (-1, 0.0))
        """
        key = normalize_text(text)
        if not key:
            return -1, 0.0
        if key in self._exact:
            return self._exact[key], 1.0
        number, similarity = self._index.nearest(*next(sketch_all([key])))
        # Two texts may have the same runs in another order.
        return (self._numbers[number], min(similarity, 0.999)) if number >= 0 else (-1, 0.0)
