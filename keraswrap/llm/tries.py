"""Continuations that begin alike, as one tree: what they share is run once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

_END = -1


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
    root : Branch
    paths : list of tuple of int
        The steps of each continuation: its log-probability is their sum.
    n_steps : int
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


def build_trie(
    sequences: Sequence[Sequence[int]], ends: Sequence[bool], end_tokens: Sequence[int]
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

    Returns
    -------
    Trie

    Examples
    --------
    >>> trie = build_trie([[5, 6], [5, 7], [5, 6, 8]], [False] * 3, [])
    >>> trie.root.tokens, [branch.tokens for branch in trie.root.branches]
    ((5, 6), [])
    >>> trie.paths
    [(0, 1), (0, 2), (0, 1, 3)]
    """
    steps: dict[tuple[int, ...], int] = {}
    tree: dict[int, Any] = {}
    paths = []
    for sequence, end in zip(sequences, ends, strict=True):
        whole = (*sequence, _END) if end else tuple(sequence)
        node = tree
        for token in whole:
            node = node.setdefault(token, {})
        starts = [whole[: k + 1] for k in range(len(whole))]
        paths.append(tuple(steps.setdefault(start, len(steps)) for start in starts))
    return Trie(_branch(tree, (), (), steps, tuple(end_tokens)), paths, len(steps))


def _branch(
    node: dict[int, Any],
    before: tuple[int, ...],
    tokens: tuple[int, ...],
    steps: dict[tuple[int, ...], int],
    end: tuple[int, ...],
) -> Branch:
    asks = []
    while True:
        ways = [(t, end if t == _END else (t,)) for t in node]
        asks.append(tuple(Ask(steps[(*before, t)], ids) for t, ids in ways))
        inner = [t for t, below in node.items() if below]  # what more is asked after
        if len(inner) != 1:
            break
        before, tokens, node = (*before, inner[0]), (*tokens, inner[0]), node[inner[0]]
    below = tuple(_branch(node[t], (*before, t), (t,), steps, end) for t in inner)
    return Branch(tokens, tuple(asks), below)
