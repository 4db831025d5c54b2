"""Split long texts at sentences, into as few parts as the limits allow. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

__all__ = ["Limit", "Part", "split_text"]

# Where a sentence ends: after its marks and the quotes or brackets that they close, or at the end
# of its line. Each run of marks is read once, so a million points take no longer than letters.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s+(?![a-z])\S)|(?<![。！？])[。！？]++[”’」』）]*+|\n+"
)
# Factor on the limits if a part has more tokens than its sentences together.
_LESS = 0.9

# Return the weight of each text: its words, or its tokens.
Weigh: TypeAlias = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Part:
    """A part of a text.

    Parameters
    ----------
    text : str
    start : int
        Where it begins in the whole text.
    after : str, default=""
        The white space between it and the next part.
    """

    text: str
    start: int
    after: str = ""


@dataclass(frozen=True)
class Limit:
    """The largest weight of a part."""

    weigh: Weigh
    most: float

    def exceeded_by(self, texts: Sequence[str]) -> np.ndarray:
        """Return which texts exceed it."""
        return np.asarray(self.weigh(texts)) > self.most


def split_text(text: str, limits: Sequence[Limit], most_parts: int) -> list[Part] | None:
    """Split a text at sentences, so that each part keeps to all limits.

    A sentence that exceeds a limit by itself is split at white space, or within a word.

    Parameters
    ----------
    text : str
    limits : sequence of Limit
    most_parts : int

    Returns
    -------
    list of Part or None
        None if there would be more parts than that.

    Examples
    --------
    >>> words = Limit(lambda texts: np.array([len(text.split()) for text in texts]), 4)
    >>> [part.text for part in split_text("It broke. I am sad. Twice!", [words], 9)]
    ['It broke.', 'I am sad. Twice!']
    """
    exceeded = [limit for limit in limits if limit.exceeded_by([text])[0]]
    if not exceeded:
        return [Part(text, 0)]
    if any(limit.weigh([text])[0] > limit.most * most_parts for limit in exceeded):
        return None
    spans = _small_enough(text, _sentences(text), limits)
    less = 1.0
    while True:
        packed = _pack(text, spans, limits, less)
        if len(packed) > most_parts:
            return None
        texts = [text[start:stop] for start, stop in packed]
        if len(packed) == len(spans) or not any(each.exceeded_by(texts).any() for each in limits):
            return _as_parts(text, packed)
        less *= _LESS


Spans: TypeAlias = list[tuple[int, int]]


def _sentences(text: str) -> Spans:
    ends = [found.end() for found in _END.finditer(text)]
    return _trimmed(text, list(zip([0, *ends], [*ends, len(text)], strict=True)))


def _trimmed(text: str, spans: Spans) -> Spans:
    """Trim white space around spans, and drop empty ones."""
    made = []
    for start, stop in spans:
        part = text[start:stop]
        left = start + len(part) - len(part.lstrip())
        right = start + len(part.rstrip())
        made += [(left, right)] if left < right else []
    return made


def _small_enough(text: str, spans: Spans, limits: Sequence[Limit]) -> Spans:
    """Halve sentences that exceed a limit by themselves, until none does."""
    while True:
        texts = [text[start:stop] for start, stop in spans]
        large = np.any([limit.exceeded_by(texts) for limit in limits], axis=0)
        large &= np.array([len(each) > 1 for each in texts])
        if not large.any():
            return spans
        halves: Spans = []
        for span, is_large in zip(spans, large, strict=True):
            halves += _trimmed(text, _halves(text, *span)) if is_large else [span]
        spans = halves


def _halves(text: str, start: int, stop: int) -> Spans:
    """Cut at the white space before the middle, after it, or else in the middle."""
    middle = (start + stop) // 2
    before = re.search(r"\s(?=\S*$)", text[start:middle])
    after = re.search(r"\s", text[middle:stop])
    at = middle
    if before is not None and before.start() > 0:
        at = start + before.start()
    elif after is not None and middle + after.start() < stop - 1:
        at = middle + after.start()
    return [(start, at), (at, stop)]


def _pack(text: str, spans: Spans, limits: Sequence[Limit], less: float) -> Spans:
    """Join sentences while the sums of their weights keep to the limits."""
    texts = [text[start:stop] for start, stop in spans]
    weights = np.array([limit.weigh(texts) for limit in limits], dtype=float)
    most = np.array([limit.most * less for limit in limits])
    packed: Spans = []
    sums = np.zeros(len(limits))
    for (start, stop), weight in zip(spans, weights.T, strict=True):
        if packed and (sums + weight <= most).all():
            packed[-1], sums = (packed[-1][0], stop), sums + weight
        else:
            packed.append((start, stop))
            sums = weight
    return packed


def _as_parts(text: str, spans: Spans) -> list[Part]:
    starts = [start for start, _ in spans[1:]]
    gaps = [text[stop:start] for (_, stop), start in zip(spans, starts, strict=False)]
    return [
        Part(text[start:stop], start, gap)
        for (start, stop), gap in zip(spans, [*gaps, ""], strict=True)
    ]
