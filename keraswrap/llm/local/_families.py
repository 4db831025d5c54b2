"""Prompts that begin alike, by their tokens: several questions about one text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from keraswrap.llm._protocol import Answers
from keraswrap.llm.local._label_trie import Trie, build_trie, count_tokens
from keraswrap.llm.local._packing import common_length

__all__ = ["Family", "Group", "Member", "group_families"]

# The tokens of each continuation, and whether the answer must end after it.
Ways: TypeAlias = tuple[tuple[tuple[int, ...], bool], ...]


class Member(NamedTuple):
    """A prompt.

    Parameters
    ----------
    row : int
        Its number among all prompts.
    ids : tuple of int
    answers : tuple of (tuple of int, bool)
        The tokens that may follow, and whether the answer must end after them.
    chat : bool
    """

    row: int
    ids: tuple[int, ...]
    answers: Ways
    chat: bool


class Family(NamedTuple):
    """Prompts that begin alike."""

    beginning: tuple[int, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Families that go on alike: one tree of questions and answers fits behind all beginnings.

    Parameters
    ----------
    tails : tuple of (tuple of int, Ways)
        How each prompt of a family goes on, and what may follow it.
    families : list of Family
    """

    tails: tuple[tuple[tuple[int, ...], Ways], ...]
    families: list[Family]
    chat: bool

    @property
    def beginnings(self) -> list[tuple[int, ...]]:
        """What each family begins with."""
        return [family.beginning for family in self.families]

    @cached_property
    def ends(self) -> bool:
        """Whether any answer must end."""
        return any(end for _, ways in self.tails for _, end in ways)

    @property
    def n_run(self) -> int:
        """Tokens that are run, but for those that all families share."""
        first, last = min(self.beginnings), max(self.beginnings)
        shared = common_length([first, last]) if len(self.families) > 1 else 0
        own = sum(len(beginning) - shared for beginning in self.beginnings)
        return shared + own + len(self.families) * count_tokens(self.trie(()).root)

    def trie(self, end_tokens: Sequence[int]) -> Trie:
        """Grow the tree of how prompts go on, in which only answers are asked about."""
        each = [(tail, ids, end) for tail, ways in self.tails for ids, end in ways]
        sequences = [(*tail, *ids) for tail, ids, _ in each]
        given = [len(tail) for tail, _, _ in each]
        return build_trie(sequences, [end for _, _, end in each], end_tokens, given)

    def answers(self, found: np.ndarray, log_probs: np.ndarray, width: int) -> Answers:
        """Return what was answered to some families, prompt by prompt.

        Parameters
        ----------
        found : ndarray of shape (r,), int
            Numbers of families.
        log_probs : ndarray of shape (r, m)
            Of all answers to all questions.
        width : int
            Columns of the answer.
        """
        sizes = [len(ways) for _, ways in self.tails]
        said = np.full((len(found), len(sizes), width), np.nan)
        for k, part in enumerate(np.split(log_probs, np.cumsum(sizes)[:-1], axis=1)):
            said[:, k, : sizes[k]] = part
        families = [self.families[number] for number in found]
        rows = np.array([row for family in families for row in family.rows])
        behind = sum(len(tail) for tail, _ in self.tails)
        n_read = sum(len(family.beginning) + behind for family in families)
        return Answers(rows, said.reshape(-1, width), [None] * len(rows), (n_read, 0))


def group_families(families: Sequence[Sequence[Member]]) -> list[Group]:
    """Group families that go on alike.

    Examples
    --------
    >>> ways = (((9,), False),)
    >>> ids = [[(1, 2, 5), (1, 2, 6)], [(1, 3, 5), (1, 3, 6)]]
    >>> both = [[Member(2 * f + k, one, ways, False) for k, one in enumerate(own)]
    ...         for f, own in enumerate(ids)]
    >>> (group,) = group_families(both)
    >>> group.families[1], [tail for tail, _ in group.tails]
    (Family(beginning=(1, 3), rows=(2, 3)), [(5,), (6,)])
    """
    groups: dict[object, Group] = {}
    for own in families:
        length = _common(own)
        tails = tuple((one.ids[length:], one.answers) for one in own)
        family = Family(own[0].ids[:length], tuple(one.row for one in own))
        key = tails, own[0].chat
        groups.setdefault(key, Group(tails, [], own[0].chat)).families.append(family)
    return list(groups.values())


def _common(own: Sequence[Member]) -> int:
    """Count the tokens that prompts begin with alike; a single one is all beginning."""
    ids = [one.ids for one in own]
    if len(own) == 1:
        return len(ids[0])
    # What follows a token is asked after it was run, so one is left to run.
    return min(common_length([min(ids), max(ids)]), min(map(len, ids)) - 1)
