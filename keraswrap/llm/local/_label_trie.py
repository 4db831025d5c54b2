"""Continuations that begin alike, as one tree: what they share is run once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

_END = -1
# Possible continuations, by token.
_Node: TypeAlias = "dict[int, _Node]"


class Ask(NamedTuple):
    """One step of some continuations: to any of these tokens.

    Parameters
    ----------
    step : int
        Its number.
    tokens : tuple of int
        More than one only where there are several ways to end.
    """

    step: int
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Branch:
    """Tokens that are run in one go.

    Parameters
    ----------
    tokens : tuple of int
        Of the root, those that follow every prompt; it may have none.
    asks : tuple of tuple of Ask
        What is asked after each token; for the root, first what is asked after
        the prompt itself.
    branches : tuple of Branch
        What may follow.
    """

    tokens: tuple[int, ...]
    asks: tuple[tuple[Ask, ...], ...]
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Trie:
    """The steps of all continuations.

    Parameters
    ----------
    paths : list of tuple of int
        The steps of each continuation: its log-probability is their sum.
    """

    root: Branch
    paths: list[tuple[int, ...]]
    n_steps: int

    def totals(self, steps: np.ndarray) -> np.ndarray:
        """Sum each continuation's steps, in float64.

        Parameters
        ----------
        steps : ndarray of shape (r, n_steps)

        Returns
        -------
        ndarray of shape (r, m)
        """
        steps = np.asarray(steps, dtype="float64")
        columns = [steps[:, list(path)].sum(axis=1) for path in self.paths]
        return np.stack(columns, axis=1)

    def flat(self, most: int) -> list[FlatTrie]:
        """Flatten a tree into rows.

        Parameters
        ----------
        most : int
            Tokens of a row after which something is asked, at most; more where one branch
            has more.

        Returns
        -------
        list of FlatTrie
            Each begins with what all continuations begin with; together they ask for
            each step once.

        Examples
        --------
        >>> trie = build_trie([[5], [6, 7], [6, 8, 9]], [False] * 3, [])
        >>> (flat,) = trie.flat(100)
        >>> flat.tokens.tolist(), flat.parents.tolist()
        ([6, 8], [-1, 0])
        >>> flat.asked.tolist()
        [[-1, 5], [-1, 6], [0, 7], [0, 8], [1, 9]]
        """
        groups: list[list[Branch]] = [[]]
        room = most - _count_asked(self.root.asks[1:])
        for branch in self.root.branches:
            size = _count_all_asked(branch)
            if groups[-1] and size > room:
                groups.append([])
                room = most - _count_asked(self.root.asks[1:])
            groups[-1].append(branch)
            room -= size
        return [_flatten(self.root, group, first=not k) for k, group in enumerate(groups)]


@dataclass(frozen=True)
class FlatTrie:
    """A tree's tokens in one row, each after the one that it follows.

    Parameters
    ----------
    tokens : ndarray of shape (n,), int
    parents : ndarray of shape (n,), int
        Which token each follows; -1 for the prompt.
    asked : ndarray of shape (w, 2), int
        After which token something is asked, -1 for the prompt, and what.
    steps : ndarray of shape (w,), int
        The step that each of them is a way of.
    """

    tokens: np.ndarray
    parents: np.ndarray
    asked: np.ndarray
    steps: np.ndarray

    @property
    def depths(self) -> np.ndarray:
        """How many tokens of the tree come before each, on its own path."""
        return self.seen.sum(axis=1) - 1

    @cached_property
    def seen(self) -> np.ndarray:
        """Which tokens each follows, itself among them: (n, n), bool."""
        seen = np.eye(len(self.tokens), dtype=bool)
        for k, parent in enumerate(self.parents):
            if parent >= 0:
                seen[k] |= seen[parent]
        return seen


def count_branches(branch: Branch) -> int:
    """Count a branch and those below it."""
    return 1 + sum(map(count_branches, branch.branches))


def count_tokens(branch: Branch) -> int:
    """Count the tokens of a branch and of those below it."""
    return len(branch.tokens) + sum(map(count_tokens, branch.branches))


def _count_asked(asks: Sequence[Sequence[Ask]]) -> int:
    return sum(map(bool, asks))


def _count_all_asked(branch: Branch) -> int:
    return _count_asked(branch.asks) + sum(map(_count_all_asked, branch.branches))


def _flatten(root: Branch, branches: Sequence[Branch], first: bool) -> FlatTrie:
    tokens, parents, asked, steps = list[int](), list[int](), list[tuple[int, int]](), list[int]()

    def ask(after: int, asks: Sequence[Ask]) -> None:
        for step, ways in asks:
            asked.extend((after, way) for way in ways)
            steps.extend(step for _ in ways)

    def add(branch: Branch, after: int, asks: Sequence[Sequence[Ask]]) -> int:
        for token, there in zip(branch.tokens, asks, strict=True):
            tokens.append(token)
            parents.append(after)
            after = len(tokens) - 1
            ask(after, there)
        return after

    def grow(branch: Branch, after: int) -> None:
        last = add(branch, after, branch.asks)
        for below in branch.branches:
            grow(below, last)

    if first:
        ask(-1, root.asks[0])
    last = add(root, -1, root.asks[1:] if first else [()] * len(root.tokens))
    for branch in branches:
        grow(branch, last)
    arrays = [np.array(each, dtype=int) for each in (tokens, parents, asked, steps)]
    return FlatTrie(arrays[0], arrays[1], arrays[2].reshape(-1, 2), arrays[3])


def build_trie(
    sequences: Sequence[Sequence[int]],
    ends: Sequence[bool],
    end_tokens: Sequence[int],
    given: Sequence[int] | None = None,
) -> Trie:
    """Grow the tree of some continuations.

    Parameters
    ----------
    sequences : sequence of sequence of int
        The tokens of each, at least one.
    ends : sequence of bool
        Whether the answer has to end after it.
    end_tokens : sequence of int
        Any of them ends an answer.
    given : sequence of int, optional
        How many tokens at the beginning of each are given: they are run, but how likely
        they are is not asked. By default none.

    Examples
    --------
    >>> trie = build_trie([[5, 6], [5, 7], [5, 6, 8]], [False] * 3, [])
    >>> trie.root.tokens, [branch.tokens for branch in trie.root.branches]
    ((5, 6), [])
    >>> trie.paths
    [(0, 1), (0, 2), (0, 1, 3)]
    >>> build_trie([[5, 6, 7]], [False], [], given=[2]).root
    Branch(tokens=(5, 6), asks=((), (), (Ask(step=0, tokens=(7,)),)), branches=())
    """
    steps: dict[tuple[int, ...], int] = {}
    tree: _Node = {}
    paths = []
    skipped = [0] * len(sequences) if given is None else given
    for sequence, end, skip in zip(sequences, ends, skipped, strict=True):
        whole = (*sequence, _END) if end else tuple(sequence)
        node = tree
        for token in whole:
            node = node.setdefault(token, {})
        starts = [whole[: k + 1] for k in range(skip, len(whole))]
        paths.append(tuple(steps.setdefault(start, len(steps)) for start in starts))
    return Trie(_branch(tree, (), (), steps, tuple(end_tokens)), paths, len(steps))


def _branch(
    node: _Node,
    before: tuple[int, ...],
    tokens: tuple[int, ...],
    steps: dict[tuple[int, ...], int],
    end: tuple[int, ...],
) -> Branch:
    asks = []
    while True:
        ways = [(t, end if t == _END else (t,)) for t in node]
        known = [(steps.get((*before, t)), ids) for t, ids in ways]
        asks.append(tuple(Ask(step, ids) for step, ids in known if step is not None))
        inner = [t for t, below in node.items() if below]  # tokens with continuations of their own
        if len(inner) != 1:
            break
        before, tokens, node = (*before, inner[0]), (*tokens, inner[0]), node[inner[0]]
    below = tuple(_branch(node[t], (*before, t), (t,), steps, end) for t in inner)
    return Branch(tokens, tuple(asks), below)
