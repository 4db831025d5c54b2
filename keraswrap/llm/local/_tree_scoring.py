"""How a tree of continuations is run after prompts: all of it at once, or branch by branch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from keraswrap.llm.local._label_trie import Ask, Branch, Trie, build_trie, count_branches
from keraswrap.llm.local._packing import fill_up, lay_out, pack_rows
from keraswrap.llm.local._runner import Cache, Runner

__all__ = ["AtOnce", "StepByStep", "Way", "choose_way", "ways_agree"]

_Cache = TypeVar("_Cache", contravariant=True)
# Tokens of a tree run at once: the scores after each take memory for a whole vocabulary.
_MOST = 256
# Branches times prompts from which running a tree at once pays off: preparing it takes seconds.
_PAYS = 150


class Way(Protocol[_Cache]):
    """A way to run a tree after prompts.

    Attributes
    ----------
    more : int
        Tokens that are run with each prompt.
    asked : int
        After how many tokens of a row something is asked.
    """

    more: int
    asked: int

    def run(self, cache: _Cache, start: int, suffixes: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Return the log-probability of each step after each prompt.

        Parameters
        ----------
        cache : object
            Of what all prompts begin with.
        start : int
            How many tokens that is.
        suffixes : sequence of tuple of int
            What follows in each.

        Returns
        -------
        ndarray of shape (r, n_steps)
        """


def choose_way(runner: Runner[Cache], trie: Trie, count: int, length: int) -> Way[Cache]:
    """Choose how a tree is run after prompts.

    Parameters
    ----------
    count : int
        Prompts.
    length : int
        Tokens of the longest prompt.
    """
    if count * (count_branches(trie.root) - 1) >= _PAYS:
        at_once = AtOnce(runner, trie)
        if runner.sees_trees(length + at_once.more):
            return at_once
    return StepByStep(runner, trie)


def ways_agree(runner: Runner[Cache], tolerance: float) -> bool:
    """See whether a runner gives the same at once and step by step.

    Parameters
    ----------
    tolerance : float
        By which log-probabilities may differ.

    Returns
    -------
    bool
        False too where it cannot look at all.
    """
    trie = build_trie([[1], [2, 3], [2, 4, 5], [2, 4, 6], [7, 1]], [False] * 5, ())
    suffixes = [(1, 2, 3, 4), (5,)]
    ids = np.arange(1, 4)[None]
    cache = runner.extend(runner.empty(), ids, np.zeros((1, 1, 1), int), np.array([3]))[2]
    slow, fast = StepByStep(runner, trie), AtOnce(runner, trie)
    try:
        found = fast.run(cache, 3, suffixes)
    except Exception:  # a model family without masks or positions: use the other way
        return False
    return bool(np.abs(found - slow.run(cache, 3, suffixes)).max() < tolerance)


class AtOnce(Generic[Cache]):
    """Runs a tree behind each prompt in one call: each token sees the path that leads to it."""

    def __init__(self, runner: Runner[Cache], trie: Trie) -> None:
        self._runner, self._n_steps = runner, trie.n_steps
        self._trees = trie.flat(_MOST)
        self.more = max(len(tree.tokens) for tree in self._trees)
        self.asked = max(len(np.unique(tree.asked[:, 0])) for tree in self._trees)

    def run(self, cache: Cache, start: int, suffixes: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Return the log-probability of each step after each prompt."""
        found = np.full((len(suffixes), self._n_steps), -np.inf)
        for tree in self._trees:
            log_probs = self._runner.look(cache, lay_out(suffixes, start, tree))
            # Several columns for one step if the answer can end in several ways.
            for column, step in enumerate(tree.steps):
                found[:, step] = np.logaddexp(found[:, step], log_probs[:, column])
        return found


class StepByStep(Generic[Cache]):
    """Runs a tree branch by branch, for nets in which tokens see all that come before them."""

    def __init__(self, runner: Runner[Cache], trie: Trie) -> None:
        self._runner, self._trie = runner, trie
        self.more = len(trie.root.tokens)
        self.asked = 1 + self.more

    def run(self, cache: Cache, start: int, suffixes: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Return the log-probability of each step after each prompt."""
        root = self._trie.root
        found = np.empty((len(suffixes), self._trie.n_steps))
        whole = [(*suffix, *root.tokens) for suffix in suffixes]
        ids, lengths = fill_up(whole)
        targets = np.tile(_targets([root]), (len(whole), 1, 1))
        log_probs, _, longer = self._runner.extend(cache, ids, targets, lengths)
        _collect(found, log_probs, root.asks)
        self._descend(longer, start, whole, root, found)
        return found

    def _descend(
        self,
        cache: Cache,
        start: int,
        suffixes: Sequence[tuple[int, ...]],
        branch: Branch,
        found: np.ndarray,
    ) -> None:
        """Walk below a branch. Of each row, the cache holds `suffixes` after its `start` tokens."""
        if not branch.branches:
            return
        # A cache continues at one position for all rows, so the excess of longer rows is run again.
        lengths = np.array([len(suffix) for suffix in suffixes])
        for rows in pack_rows(-lengths * len(branch.branches), len(suffixes)):
            known = int(lengths[rows].min())
            whole = np.array_equal(rows, np.arange(len(suffixes)))
            own = cache if whole else self._runner.take(cache, rows)
            more = [suffixes[row][known:] for row in rows]
            part = found[rows]
            self._walk(self._runner.cut(own, start + known), start + known, more, branch, part)
            found[rows] = part

    def _walk(
        self,
        cache: Cache,
        start: int,
        more: Sequence[tuple[int, ...]],
        branch: Branch,
        found: np.ndarray,
    ) -> None:
        for part in self._parts(start, more, branch):
            suffixes = [(*before, *below.tokens) for before in more for below in part]
            ids, lengths = fill_up(suffixes)
            targets = np.tile(_targets(part), (len(more), 1, 1))
            log_probs, _, longer = self._runner.extend(cache, ids, targets, lengths)
            for k, below in enumerate(part):
                _collect(found, log_probs[k :: len(part)], below.asks)
                if below.branches:
                    own = self._runner.take(longer, np.arange(k, len(suffixes), len(part)))
                    self._descend(own, start, suffixes[k :: len(part)], below, found)

    def _parts(
        self, start: int, more: Sequence[tuple[int, ...]], branch: Branch
    ) -> Iterator[list[Branch]]:
        """Yield branches below one that are run together: as long, and as many as fit."""
        extra = max(map(len, more))
        for size in sorted({len(below.tokens) for below in branch.branches}):
            same = [below for below in branch.branches if len(below.tokens) == size]
            most = self._runner.most_rows(start + extra + size, extra + size, size)
            limit = max(1, most // len(more))
            yield from (same[k : k + limit] for k in range(0, len(same), limit))


def _targets(branches: Sequence[Branch]) -> np.ndarray:
    """Return the requested tokens: (branches, places, most at a place), padded with 0."""
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
