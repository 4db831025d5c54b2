"""How many prompts are scored at once: what they share is run once, and kept.

The one way of working of all local backends. A backend lends a :class:`Runner`,
which runs tokens after what a cache of keys and values holds already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from keraswrap.llm.packing import (
    WORTH,
    common_length,
    fill_up,
    group_rows,
    pack_rows,
    whole_lengths,
)
from keraswrap.llm.tries import Ask, Branch, Trie

__all__ = ["PrefixScorer", "Runner"]

_NOTHING = np.zeros((1, 1, 1), int)


class Runner(Protocol):
    """A net that goes on from where a cache ends. A cache is of rows of one length."""

    def empty(self) -> Any:
        """Give the cache of one row of no tokens."""

    def cut(self, cache: Any, length: int) -> Any:
        """Give the cache of the first tokens only."""

    def take(self, cache: Any, rows: np.ndarray) -> Any:
        """Give the cache of some rows."""

    def extend(
        self, cache: Any, ids: np.ndarray, targets: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Any]:
        """Run tokens after a cache, each of whose rows serves as many rows of ids in turn.

        Parameters
        ----------
        cache : object
        ids : ndarray of shape (b, s), int
        targets : ndarray of shape (b, k, w), int
            What is asked after each of the last k tokens.
        lengths : ndarray of shape (b,), int
            Tokens of each row; what follows them is padding.

        Returns
        -------
        log_probs : ndarray of shape (b, k, w)
        likeliest : ndarray of shape (b,), int
            The token that follows.
        cache : object
            The longer one.
        """

    def most_rows(self, length: int, new: int, asked: int) -> int:
        """Say how many rows may be run at once.

        Parameters
        ----------
        length, new, asked : int
            Tokens of a row in all, run now, and at how many what follows is asked.
        """


class PrefixScorer:
    """Scores prompts with a runner, and keeps the cache of what prompts begin with.

    Parameters
    ----------
    runner : Runner
    batch_size : int or None, default=None
        Rows run at once, at most; None for as many as memory is meant for.
    share : bool, default=True
        Whether what prompts begin with is run once. Off, each row is run whole.
    """

    def __init__(self, runner: Runner, batch_size: int | None = None, share: bool = True) -> None:
        self.runner, self.batch_size, self.share = runner, batch_size, share
        self._ids: tuple[int, ...] = ()
        self._cache: Any = None

    def score(
        self, prompts: Sequence[tuple[int, ...]], trie: Trie
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Score continuations after prompts.

        Parameters
        ----------
        prompts : sequence of tuple of int
            Each of at least one token.
        trie : Trie

        Yields
        ------
        rows : ndarray of shape (r,), int
        log_probs : ndarray of shape (r, m)
        """
        start, cache = self._shared(prompts)
        more = len(trie.root.tokens)
        lengths = np.array([len(prompt) - start + more for prompt in prompts], int)

        def limit(row: int) -> int:
            return self._limit(start + lengths[row], lengths[row], 1 + more)

        for rows in pack_rows(lengths, limit):
            suffixes = [(*prompts[row][start:], *trie.root.tokens) for row in rows]
            yield rows, trie.totals(self._run(cache, start, suffixes, trie))

    def generate(
        self, prompts: Sequence[tuple[int, ...]], max_tokens: int, end: Sequence[int]
    ) -> list[list[int]]:
        """Go on from prompts with the likeliest tokens.

        Parameters
        ----------
        prompts : sequence of tuple of int
        max_tokens : int
        end : sequence of int
            Any of them ends an answer, and is not in it.

        Returns
        -------
        list of list of int
        """
        start, cache = self._shared(prompts)
        found: list[list[int]] = [[] for _ in prompts]
        for rows in group_rows([len(prompt) for prompt in prompts]):
            length = len(prompts[rows[0]])
            limit = self._limit(length + max_tokens, length - start, 1)
            for part in (rows[k : k + limit] for k in range(0, len(rows), limit)):
                suffixes = np.array([prompts[row][start:] for row in part])
                said = self._go_on(cache, suffixes, max_tokens, end)
                for row, ids in zip(part, said, strict=True):
                    found[row] = ids
        return found

    def _limit(self, length: int, new: int, asked: int) -> int:
        most = max(1, self.runner.most_rows(length, new, asked))
        return most if self.batch_size is None else min(self.batch_size, most)

    def _shared(self, prompts: Sequence[tuple[int, ...]]) -> tuple[int, Any]:
        """Give how many tokens all prompts begin with, of which a cache is at hand, and it."""
        if not self.share or not prompts:
            return 0, self.runner.empty()
        # The last token of each is run for what follows it.
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

    def _run(
        self, cache: Any, start: int, suffixes: Sequence[tuple[int, ...]], trie: Trie
    ) -> np.ndarray:
        found = np.empty((len(suffixes), trie.n_steps))
        ids, lengths = fill_up(suffixes)
        targets = np.tile(_targets([trie.root]), (len(suffixes), 1, 1))
        log_probs, _, longer = self.runner.extend(cache, ids, targets, lengths)
        _collect(found, log_probs, trie.root.asks)
        self._descend(longer, start, suffixes, trie.root, found)
        return found

    def _descend(
        self,
        cache: Any,
        start: int,
        suffixes: Sequence[tuple[int, ...]],
        branch: Branch,
        found: np.ndarray,
    ) -> None:
        """Walk below a branch. Of each row, the cache holds `suffixes` after its `start` tokens."""
        if not branch.branches:
            return
        # A cache goes on at one place for all its rows. What longer ones have more is run again.
        lengths = np.array([len(suffix) for suffix in suffixes])
        for rows in pack_rows(-lengths * len(branch.branches), len(suffixes)):
            known = int(lengths[rows].min())
            own = cache if len(rows) == len(suffixes) else self.runner.take(cache, rows)
            more = [suffixes[row][known:] for row in rows]
            part = found[rows]
            self._walk(self.runner.cut(own, start + known), start + known, more, branch, part)
            found[rows] = part

    def _walk(
        self,
        cache: Any,
        start: int,
        more: Sequence[tuple[int, ...]],
        branch: Branch,
        found: np.ndarray,
    ) -> None:
        extra = max(map(len, more))
        for size in sorted({len(below.tokens) for below in branch.branches}):
            same = [below for below in branch.branches if len(below.tokens) == size]
            most = self.runner.most_rows(start + extra + size, extra + size, size)
            limit = max(1, most // len(more))
            for part in (same[k : k + limit] for k in range(0, len(same), limit)):
                self._walk_part(cache, start, more, part, found)

    def _walk_part(
        self,
        cache: Any,
        start: int,
        more: Sequence[tuple[int, ...]],
        part: Sequence[Branch],
        found: np.ndarray,
    ) -> None:
        suffixes = [(*before, *below.tokens) for before in more for below in part]
        ids, lengths = fill_up(suffixes)
        targets = np.tile(_targets(part), (len(more), 1, 1))
        log_probs, _, longer = self.runner.extend(cache, ids, targets, lengths)
        for k, below in enumerate(part):
            _collect(found, log_probs[k :: len(part)], below.asks)
            if below.branches:
                own = self.runner.take(longer, np.arange(k, len(suffixes), len(part)))
                self._descend(own, start, suffixes[k :: len(part)], below, found)

    def _go_on(
        self, cache: Any, ids: np.ndarray, max_tokens: int, end: Sequence[int]
    ) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in ids]
        going = np.ones(len(ids), bool)
        for _ in range(max_tokens):
            targets = np.tile(_NOTHING, (len(ids), 1, 1))
            _, said, cache = self.runner.extend(cache, ids, targets, whole_lengths(ids))
            going &= ~np.isin(said, end)
            for row in np.flatnonzero(going):
                found[row].append(int(said[row]))
            if not going.any():
                break
            ids = said[:, None]
        return found


def _targets(branches: Sequence[Branch]) -> np.ndarray:
    """Give the tokens asked for: (branches, places, most at a place), filled up with 0."""
    rows = [[_tokens(asks) for asks in branch.asks] for branch in branches]
    width = max(1, *(len(tokens) for row in rows for tokens in row))
    return np.array([[[*t, *[0] * (width - len(t))] for t in row] for row in rows])


def _tokens(asks: Sequence[Ask]) -> list[int]:
    return [token for ask in asks for token in ask.tokens]


def _collect(found: np.ndarray, log_probs: np.ndarray, asks: Sequence[Sequence[Ask]]) -> None:
    for place, there in enumerate(asks):
        column = 0
        for ask in there:
            ways = log_probs[:, place, column : column + len(ask.tokens)].astype("float64")
            found[:, ask.step] = np.logaddexp.reduce(ways, axis=1)
            column += len(ask.tokens)
