"""Several questions about each text, each with answers of its own, asked as one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from keraswrap.llm._protocol import Answers, Continuation, LanguageModel, Prompt
from keraswrap.llm._questions import Scoring
from keraswrap.llm._responses import KnownAnswers, Responses, Store

__all__ = ["Place", "Survey"]


class Place(NamedTuple):
    """The positions of a prompt's text and question."""

    text: int
    question: int


@dataclass(frozen=True)
class Survey:
    """Ask how likely each answer is, where the answers depend on the question.

    Parameters
    ----------
    answers : tuple of tuple of Continuation
        The answers to each question. Columns beyond those of a question stay NaN.
    places : dict of Prompt to Place
        All prompts that may be asked.
    """

    answers: tuple[tuple[Continuation, ...], ...]
    places: dict[Prompt, Place]

    @property
    def width(self) -> int:
        """The largest number of answers to a question."""
        return max(map(len, self.answers))

    def unknown(self, n: int) -> Responses:
        """Return empty responses to `n` prompts."""
        return Responses.unknown(n, self.width)

    def known(self, store: Store, fingerprint: str) -> KnownSurvey:
        """Return the answers in a store."""
        return KnownSurvey(self, store, fingerprint)

    def by_question(self, prompts: Sequence[Prompt]) -> Iterator[tuple[int, list[int]]]:
        """Yield each question that is asked, and the rows of its prompts."""
        numbers = [self.places[prompt].question for prompt in prompts]
        for question in sorted(set(numbers)):
            yield question, [row for row, number in enumerate(numbers) if number == question]

    def by_text(self, prompts: Sequence[Prompt]) -> list[list[int]]:
        """Return the rows of each text's prompts."""
        rows: dict[int, list[int]] = {}
        for row, prompt in enumerate(prompts):
            rows.setdefault(self.places[prompt].text, []).append(row)
        return list(rows.values())

    def ask(
        self, model: LanguageModel, prompts: Sequence[Prompt]
    ) -> Iterator[tuple[list[int], tuple[int, int], Answers]]:
        """Ask a model, and yield batches.

        A model that can run a text once for all of its questions does so.
        """
        own = getattr(model, "score_families", None)
        if own is None:
            yield from self._ask_each(model, prompts)
            return
        rows = [row for family in self.by_text(prompts) for row in family]
        for answers in own(self._families(prompts)):
            own_rows = [rows[int(n)] for n in answers.rows]
            yield own_rows, answers.n_tokens, widened(answers, self.width)

    def _families(
        self, prompts: Sequence[Prompt]
    ) -> list[list[tuple[Prompt, tuple[Continuation, ...]]]]:
        """Return the prompts of each text, with what may follow them."""
        asked = [(prompt, self.answers[self.places[prompt].question]) for prompt in prompts]
        return [[asked[row] for row in family] for family in self.by_text(prompts)]

    def _ask_each(
        self, model: LanguageModel, prompts: Sequence[Prompt]
    ) -> Iterator[tuple[list[int], tuple[int, int], Answers]]:
        for question, rows in self.by_question(prompts):
            for answers in model.score([prompts[row] for row in rows], self.answers[question]):
                own = [rows[int(n)] for n in answers.rows]
                yield own, answers.n_tokens, widened(answers, self.width)

    def count_work(self, model: LanguageModel, prompts: Sequence[Prompt]) -> tuple[np.ndarray, int]:
        """Count the tokens read for each prompt, and those written for any, at most."""
        read, most = np.zeros(len(prompts), dtype=int), 0
        for question, rows in self.by_question(prompts):
            own = Scoring(self.answers[question])
            read[rows], written = own.count_work(model, [prompts[row] for row in rows])
            most = max(most, written)
        return read, most

    def expect_seconds(self, model: LanguageModel, prompts: Sequence[Prompt]) -> float | None:
        """Return the most seconds it takes, if the model can estimate it."""
        own = getattr(model, "expect_families", None)
        if own is not None:
            return own(self._families(prompts))
        told = [
            Scoring(self.answers[question]).expect_seconds(model, [prompts[row] for row in rows])
            for question, rows in self.by_question(prompts)
        ]
        known = [seconds for seconds in told if seconds is not None]
        return sum(known) if len(known) == len(told) else None


@dataclass(frozen=True)
class KnownSurvey:
    """Stored answers of a model to a survey, in records like those of a single question."""

    survey: Survey
    store: Store
    fingerprint: str

    def recall(self, prompts: Sequence[Prompt], into: Responses) -> list[int]:
        """Fill in what is known, and return the rows that are not."""
        left: list[int] = []
        for question, rows in self.survey.by_question(prompts):
            some = Responses.unknown(len(rows), len(self.survey.answers[question]))
            missing = self._known(question).recall([prompts[row] for row in rows], some)
            left += [rows[n] for n in missing]
            into.log_probs[rows, : some.log_probs.shape[1]] = some.log_probs
            into.upper[rows, : some.upper.shape[1]] = some.upper
            for row, text, problem in zip(rows, some.texts, some.problems, strict=True):
                into.texts[row], into.problems[row] = text, problem
        return sorted(left)

    def keep(self, prompts: Sequence[Prompt], answers: Answers) -> None:
        """Store the answers to prompts."""
        for question, rows in self.survey.by_question(prompts):
            narrow = _some(answers, rows, len(self.survey.answers[question]))
            self._known(question).keep([prompts[row] for row in rows], narrow)

    def _known(self, question: int) -> KnownAnswers:
        return KnownAnswers(self.store, self.fingerprint, self.survey.answers[question])


def widened(answers: Answers, width: int) -> Answers:
    """Add columns of NaN to answers."""
    more = ((0, 0), (0, width - answers.log_probs.shape[1]))
    log_probs = np.pad(answers.log_probs, more, constant_values=np.nan)
    upper = None if answers.upper is None else np.pad(answers.upper, more)
    return Answers(
        answers.rows, log_probs, answers.texts, answers.n_tokens, upper, answers.problems
    )


def _some(answers: Answers, rows: list[int], width: int) -> Answers:
    """Return the answers to some prompts of a batch, without the columns of others."""
    return Answers(
        np.asarray(answers.rows)[rows],
        answers.log_probs[rows, :width],
        [answers.texts[row] for row in rows] if answers.texts else [],
        (0, 0),
        None if answers.upper is None else answers.upper[rows, :width],
        [answers.problems[row] for row in rows] if answers.problems else [],
    )
