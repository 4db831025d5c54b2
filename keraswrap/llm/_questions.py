"""What prompts can be asked: how likely continuations are, or for a text.

:class:`~keraswrap.llm._query.Query` asks both in the same way: each prompt once, within
a budget, and what was answered is kept at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from keraswrap.llm._protocol import (
    Answers,
    Continuation,
    LanguageModel,
    Prompt,
    count_work,
    count_writing,
    expect_seconds,
)
from keraswrap.llm._responses import (
    KnownAnswers,
    Record,
    Responses,
    Store,
    digest_of,
    prompt_digest,
)
from keraswrap.llm._sampling import Generated, Sampling

__all__ = ["Answered", "Batch", "Generation", "Known", "Question", "Said", "Scoring", "Texts"]


# What is answered at once, and to all prompts.
Batch = TypeVar("Batch")
Answered = TypeVar("Answered", bound="Said[Any]")
# The same, where it is only taken.
_Batch = TypeVar("_Batch", contravariant=True)
_Answered = TypeVar("_Answered", bound="Said[Any]", contravariant=True)


class Said(Protocol[_Batch]):
    """What is filled in as a model answers."""

    def put(self, rows: list[int], batch: _Batch) -> None:
        """Fill in what was answered to some rows."""

    def refuse(self, row: int, reason: str) -> None:
        """Note that a server refused a row."""

    def has_any(self) -> bool:
        """Return whether anything was answered."""

    def at(self, rows: list[int]) -> Self:
        """Return what was answered to some rows, in their order."""


class Known(Protocol[_Answered, _Batch]):
    """What a store knows of a model and a question."""

    def recall(self, prompts: Sequence[Prompt], into: _Answered) -> list[int]:
        """Fill in what is known, and return the rows that are not."""

    def keep(self, prompts: Sequence[Prompt], batch: _Batch) -> None:
        """Add what was answered to prompts."""


class Question(Protocol[Answered, Batch]):
    """What each prompt is asked."""

    def unknown(self, n: int) -> Answered:
        """Return what is filled in for so many prompts."""

    def known(self, store: Store, fingerprint: str) -> Known[Answered, Batch]:
        """Return what a store knows."""

    def ask(
        self, model: LanguageModel, prompts: Sequence[Prompt]
    ) -> Iterator[tuple[list[int], tuple[int, int], Batch]]:
        """Ask a model, and yield rows, tokens read and written, and what was answered."""

    def count_work(self, model: LanguageModel, prompts: Sequence[Prompt]) -> tuple[np.ndarray, int]:
        """Count the tokens read for each prompt, and those written for any, at most."""

    def expect_seconds(self, model: LanguageModel, prompts: Sequence[Prompt]) -> float | None:
        """Return how many seconds asking takes, if the model can estimate it."""


@dataclass(frozen=True)
class Scoring:
    """Asks how likely each continuation is."""

    continuations: Sequence[Continuation]

    def unknown(self, n: int) -> Responses:
        """Return what is filled in for so many prompts."""
        return Responses.unknown(n, len(self.continuations))

    def known(self, store: Store, fingerprint: str) -> KnownAnswers:
        """Return what a store knows."""
        return KnownAnswers(store, fingerprint, self.continuations)

    def ask(
        self, model: LanguageModel, prompts: Sequence[Prompt]
    ) -> Iterator[tuple[list[int], tuple[int, int], Answers]]:
        """Ask a model, and yield batches."""
        for answers in model.score(prompts, self.continuations):
            yield [int(row) for row in answers.rows], answers.n_tokens, answers

    def count_work(self, model: LanguageModel, prompts: Sequence[Prompt]) -> tuple[np.ndarray, int]:
        """Count the tokens read for each prompt, and those written for any."""
        return count_work(model, prompts, self.continuations)

    def expect_seconds(self, model: LanguageModel, prompts: Sequence[Prompt]) -> float | None:
        """Return how many seconds scoring takes, if the model can estimate it."""
        return expect_seconds(model, prompts, self.continuations)


@dataclass(frozen=True)
class Texts:
    """What a model wrote after prompts; None where it has not yet."""

    found: list[Generated | None]

    def put(self, rows: list[int], batch: Sequence[Generated]) -> None:
        """Fill in what was written for some rows."""
        for row, one in zip(rows, batch, strict=True):
            self.found[row] = one

    def refuse(self, row: int, reason: str) -> None:
        """Note that a server refused a row."""
        self.found[row] = Generated(row, "", "refused", problem=reason)

    def has_any(self) -> bool:
        """Return whether anything was written."""
        return any(one is not None and one.finish_reason != "refused" for one in self.found)

    def at(self, rows: list[int]) -> Texts:
        """Return what was written for some rows, in their order."""
        found = [self.found[row] for row in rows]
        return Texts([one and replace(one, row=n) for n, one in enumerate(found)])


@dataclass(frozen=True)
class KnownTexts:
    """What a store knows of the texts that a model wrote in one way."""

    store: Store
    fingerprint: str
    sampling: Sampling

    def recall(self, prompts: Sequence[Prompt], into: Texts) -> list[int]:
        """Fill in what is known, and return the rows that are not."""
        keys = [self._key(prompt) for prompt in prompts]
        known = self.store.read(keys)
        for row, key in enumerate(keys):
            if key in known:
                text, reason, n_tokens, problem = json.loads(known[key].answer or "null")
                into.found[row] = Generated(row, text, reason, tuple(n_tokens), problem)
        return [row for row, key in enumerate(keys) if key not in known]

    def keep(self, prompts: Sequence[Prompt], batch: Sequence[Generated]) -> None:
        """Add what was written after prompts. A text that a server refused is asked about again."""
        pairs = [pair for pair in zip(prompts, batch, strict=True) if _is_kept(pair[1])]
        self.store.write([(self._key(prompt), _record(one)) for prompt, one in pairs])

    def _key(self, prompt: Prompt) -> bytes:
        written = ["generate", self.sampling.to_json()]
        return digest_of(written, prompt_digest(self.fingerprint, prompt))


def _is_kept(one: Generated) -> bool:
    return one.finish_reason != "refused"


def _record(one: Generated) -> Record:
    return Record({}, json.dumps([one.text, one.finish_reason, one.n_tokens, one.problem]))


@dataclass(frozen=True)
class Generation:
    """Asks for a text."""

    sampling: Sampling

    def unknown(self, n: int) -> Texts:
        """Return what is filled in for so many prompts."""
        return Texts([None] * n)

    def known(self, store: Store, fingerprint: str) -> KnownTexts:
        """Return what a store knows."""
        return KnownTexts(store, fingerprint, self.sampling)

    def ask(
        self, model: LanguageModel, prompts: Sequence[Prompt]
    ) -> Iterator[tuple[list[int], tuple[int, int], list[Generated]]]:
        """Ask a model, and yield one row at a time."""
        for one in model.generate(prompts, self.sampling):
            yield [one.row], one.n_tokens, [one]

    def count_work(self, model: LanguageModel, prompts: Sequence[Prompt]) -> tuple[np.ndarray, int]:
        """Count the tokens read for each prompt, and those written for any, at most."""
        return count_writing(model, prompts, self.sampling)

    def expect_seconds(self, model: LanguageModel, prompts: Sequence[Prompt]) -> float | None:
        """Return None: only the pace so far says how long it takes."""
        return None
