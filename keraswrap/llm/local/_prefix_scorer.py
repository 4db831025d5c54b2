"""How many prompts are scored, or answered, at once: what they share is run once, and kept.

The one way of working of all local backends. A backend lends a
:class:`~keraswrap.llm.local._runner.Runner`, which runs tokens after what a cache of
keys and values holds already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Generic

import numpy as np

from keraswrap.llm.local._label_trie import Trie
from keraswrap.llm.local._packing import WORTH, common_length, group_rows, pack_rows, whole_lengths
from keraswrap.llm.local._row_writer import RowWriter
from keraswrap.llm.local._runner import Cache, Runner
from keraswrap.llm.local._tree_scoring import choose_way

__all__ = ["PrefixScorer"]

_NOTHING = np.zeros((1, 1, 1), int)


class PrefixScorer(Generic[Cache]):
    """Scores prompts with a runner, and keeps the cache of what prompts begin with.

    Parameters
    ----------
    batch_size : int or None, default=None
        Rows run at once, at most; None for as many as memory is meant for.
    share : bool, default=True
        Whether what prompts begin with is run once. Off, each row is run whole.
    """

    def __init__(
        self, runner: Runner[Cache], batch_size: int | None = None, share: bool = True
    ) -> None:
        self.runner, self.batch_size, self.share = runner, batch_size, share
        self._ids: tuple[int, ...] = ()
        self._cache: Cache = runner.empty()

    def score(
        self, prompts: Sequence[tuple[int, ...]], trie: Trie
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Score continuations after prompts.

        Parameters
        ----------
        prompts : sequence of tuple of int
            Each of at least one token.

        Yields
        ------
        rows : ndarray of shape (r,), int
        log_probs : ndarray of shape (r, m)
        """
        start, cache = self._shared(prompts)
        lengths = np.array([len(prompt) - start for prompt in prompts], int)
        way = choose_way(self.runner, trie, len(prompts), start + int(lengths.max(initial=0)))

        def limit(row: int) -> int:
            new = int(lengths[row]) + way.more
            return self._limit(start + new, new, way.asked)

        for rows in pack_rows(lengths, limit):
            yield rows, trie.totals(way.run(cache, start, [prompts[row][start:] for row in rows]))

    def write(self, writers: Sequence[RowWriter]) -> Iterator[int]:
        """Let writers choose tokens after their prompts; yield the number of each that ends."""
        start, cache = self._shared([writer.prompt for writer in writers])
        for rows in group_rows([len(writer.prompt) for writer in writers]):
            length = len(writers[rows[0]].prompt)
            most = max(writers[row].most for row in rows)
            limit = self._limit(length + most, length - start, 1)
            for part in (rows[k : k + limit] for k in range(0, len(rows), limit)):
                yield from self._go_on(cache, start, writers, part)

    def _limit(self, length: int, new: int, asked: int) -> int:
        most = max(1, self.runner.most_rows(length, new, asked))
        return most if self.batch_size is None else min(self.batch_size, most)

    def _shared(self, prompts: Sequence[tuple[int, ...]]) -> tuple[int, Cache]:
        """Return the length of the cached prefix that all prompts share, and its cache."""
        if not self.share or not prompts:
            return 0, self.runner.empty()
        # The last token of each prompt is run to score what follows.
        limit = min(len(prompt) for prompt in prompts) - 1
        length = min(limit, common_length([min(prompts), max(prompts)]))
        known = min(length, common_length([self._ids, prompts[0]]))
        if (length - known) * (len(prompts) - 1) > WORTH or (len(prompts) == 1 and known == 0):
            self._learn(prompts[0][:length], known)
            known = length
        return known, self.runner.cut(self._cache, known) if known else self.runner.empty()

    def _learn(self, ids: tuple[int, ...], known: int) -> None:
        if not ids:
            return
        begun = self.runner.cut(self._cache, known) if known else self.runner.empty()
        new = np.array([ids[known:]])
        self._cache = self.runner.extend(begun, new, _NOTHING, whole_lengths(new))[2]
        self._ids = ids

    def _go_on(
        self, cache: Cache, start: int, writers: Sequence[RowWriter], rows: np.ndarray
    ) -> Iterator[int]:
        ids = np.array([writers[row].prompt[start:] for row in rows])
        while len(rows):
            logits, cache = self.runner.follow(cache, ids)
            for row, own in zip(rows, logits, strict=True):
                writers[row].add(own, partial(self._alone, writers[row]))
            going = np.array([writers[row].is_open for row in rows])
            yield from (int(row) for row in rows[~going])
            if not going.all():
                cache, rows = self.runner.take(cache, np.flatnonzero(going)), rows[going]
            ids = np.array([writers[row].ids[-1:] for row in rows])

    def _alone(self, writer: RowWriter) -> np.ndarray:
        # Always the same numbers: of one row, and from its beginning.
        return self.runner.follow(self.runner.empty(), np.array([[*writer.prompt, *writer.ids]]))[
            0
        ][0]
