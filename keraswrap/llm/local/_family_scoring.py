"""Several questions about each text, whose tokens are run once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count

import numpy as np

from keraswrap.llm._protocol import Answers, Continuation, Prompt
from keraswrap.llm.local._families import Member, group_families
from keraswrap.llm.local._label_trie import Trie
from keraswrap.llm.local._prompt_tokens import PromptTokens

__all__ = ["FamilyScoring"]


class FamilyScoring:
    """A language model that runs what some prompts begin with once."""

    tokens_: PromptTokens

    def _run(
        self, rows: Sequence[tuple[int, ...]], trie: Trie
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield some rows, and the log-probabilities of continuations after them."""
        raise NotImplementedError

    def _speed(self) -> float:
        """Return tokens per second."""
        raise NotImplementedError

    def _check_lengths(self, rows: Sequence[tuple[int, ...]], more: int) -> None:
        """Raise InputError for a prompt without room for what follows."""
        raise NotImplementedError

    def score_families(
        self, families: Sequence[Sequence[tuple[Prompt, Sequence[Continuation]]]]
    ) -> Iterator[Answers]:
        """Score prompts that have a beginning of their own in common, which is run once.

        Parameters
        ----------
        families : sequence of sequence of (Prompt, sequence of Continuation)
            In each the prompts that begin alike, each with what may follow it.

        Yields
        ------
        Answers
            Rows count the prompts of all families. Columns beyond a prompt's own
            continuations are NaN.
        """
        members = self._read_families(families)
        for own in members:
            for one in own:
                self._check_lengths([one.ids], max((len(ids) for ids, _ in one.answers), default=0))
        width = max((len(one.answers) for own in members for one in own), default=0)
        for group in group_families(members):
            trie = group.trie(self.tokens_.end_tokens(group.chat) if group.ends else ())
            for found, log_probs in self._run(group.beginnings, trie):
                yield group.answers(found, log_probs, width)

    def expect_families(
        self, families: Sequence[Sequence[tuple[Prompt, Sequence[Continuation]]]]
    ) -> float:
        """Estimate how many seconds :meth:`score_families` takes."""
        groups = group_families(self._read_families(families))
        return sum(group.n_run for group in groups) / self._speed()

    def _read_families(
        self, families: Sequence[Sequence[tuple[Prompt, Sequence[Continuation]]]]
    ) -> list[list[Member]]:
        numbers, encode = count(), lru_cache(maxsize=None)(self.tokens_.encode_continuation)

        def read(prompt: Prompt, continuations: Sequence[Continuation]) -> Member:
            answers = tuple((encode(one.text), one.ends) for one in continuations)
            return Member(next(numbers), self.tokens_.encode(prompt), answers, prompt.chat)

        return [[read(*one) for one in family] for family in families]
