"""Write and check the texts of one class, until there are enough or the attempts end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sklearn.base import BaseEstimator

from keraswrap._wording import counted
from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.llm._protocol import LanguageModel, Prompt
from keraswrap.llm._sampling import Generated
from keraswrap.synthetic._attempts import Attempt, Attempts
from keraswrap.synthetic._checks import (
    CustomCheck,
    Examiner,
    clean,
    name_to_avoid,
    why_not_whole,
)
from keraswrap.synthetic._copies import KnownTexts, RunIndex, words_of
from keraswrap.synthetic._judge import Judge, has_others
from keraswrap.synthetic._prompts import Writing
from keraswrap.synthetic._table import SyntheticText, SyntheticTexts
from keraswrap.synthetic._training_rows import TrainingRows
from keraswrap.synthetic._writer import Writer

__all__ = ["ClassJob", "Known", "Task"]

# Rejected in a row: more of the same would only cost.
_PATIENCE = 30


@dataclass(frozen=True, eq=False)
class Known:
    """Training rows of all classes, as texts that must not come back."""

    training: KnownTexts
    runs: RunIndex


@dataclass(frozen=True, eq=False)
class Task:
    """What is asked for, and what is checked, the same for all classes.

    Parameters
    ----------
    rows : TrainingRows
    model : LanguageModel
    shots, max_tokens, max_tries, seed : int
    min_words : int or None
    attributes : dict of str to tuple of str
    holds : dict of str to function
    checks : tuple of str or function
    judge : classifier or None
    """

    rows: TrainingRows
    model: LanguageModel
    shots: int
    max_tokens: int
    max_tries: int
    seed: int
    min_words: int | None
    attributes: Mapping[str, tuple[str, ...]]
    holds: Mapping[str, Callable[[str, str], bool]]
    checks: tuple[str | CustomCheck, ...]
    judge: BaseEstimator | None


@dataclass(eq=False)
class ClassJob:
    """The texts of a class.

    Parameters
    ----------
    task : Task
    label : object
    writing : Writing
        How they are asked for.
    """

    task: Task
    label: object
    writing: Writing
    attempts: Attempts = field(init=False)

    def __post_init__(self) -> None:
        task = self.task
        if not len(task.rows.of(self.label)):
            raise ParameterError(
                f"Expected a row with a text of the class {self.label!r:.60} to show, got none. "
                "Leave this class out."
            )
        drawn = (task.rows, self.label, task.shots, task.attributes, task.seed)
        can_judge = "label" in task.checks and has_others(task.rows, self.label)
        self.attempts = Attempts(*drawn, in_folds=can_judge)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the checks."""
        if "label" not in self.task.checks or self.attempts.in_folds:
            return ()
        return (
            f"The label of texts for {self.label!r} was not checked: a classifier needs another "
            "class, and a row of this one that is not shown.",
        )

    @property
    def stop(self) -> tuple[str, ...]:
        """What ends a text: a line, unless rows of the class have several lines."""
        rows = self.task.rows
        several = any("\n" in rows.texts[row].strip() for row in rows.of(self.label))
        return () if several and self.writing.chat else ("\n",)

    def prompts(self, n: int) -> list[Prompt]:
        """Return what is asked in the first attempts."""
        return [self._prompt(self.attempts.draw(number)) for number in range(n)]

    def run(self, n: int, writer: Writer, known: Known, accepted: KnownTexts) -> SyntheticTexts:
        """Write until `n` texts are accepted, or it has to end.

        Parameters
        ----------
        n : int
        writer : Writer
        known : Known
        accepted : KnownTexts
            Texts accepted so far, of any class; those accepted here are added.
        """
        examiner = self._examiner(known, accepted)
        rows: list[SyntheticText] = []
        tried = good = failed = 0
        while good < n and not (why := self._why_end(n, tried, failed, writer)):
            size = min(n - good, n * self.task.max_tries - tried, _PATIENCE - failed)
            for row in self._try(range(tried, tried + size), writer, examiner):
                rows.append(row)
                failed = 0 if row.reason is None else failed + 1
                good += row.reason is None
            tried += size
        table = SyntheticTexts(tuple(rows), {self.label: n}, self.notes)
        return table if good >= n else _tell_missing(table, self.label, why)

    def _why_end(self, n: int, tried: int, failed: int, writer: Writer) -> str:
        if writer.is_over:
            return "the next would pass max_cost, and with a larger one only the rest is asked"
        if failed >= _PATIENCE:
            return f"{_PATIENCE} in a row were rejected"
        most = n * self.task.max_tries
        return f"max_tries={self.task.max_tries} allows {most:,} attempts" if tried >= most else ""

    def _try(self, numbers: range, writer: Writer, examiner: Examiner) -> Iterator[SyntheticText]:
        attempts = [self.attempts.draw(number) for number in numbers]
        written = writer.write([self._prompt(each) for each in attempts])
        for attempt, one in zip(attempts, written, strict=True):
            if one is not None:
                yield self._judge(attempt, one, examiner)

    def _judge(self, attempt: Attempt, written: Generated, examiner: Examiner) -> SyntheticText:
        text = clean(written.text)
        rejection = why_not_whole(written) or examiner.examine(text, attempt)
        if rejection is None:
            examiner.accepted.add(text)
        reason, detail = rejection or (None, "")
        made = (text, self.label, attempt.attributes, attempt.examples, attempt.number)
        return SyntheticText(*made, reason, detail)

    def _prompt(self, attempt: Attempt) -> Prompt:
        texts = [self.task.rows.texts[row] for row in attempt.examples]
        return self.writing.fit_in(self.task.model, texts, attempt.attributes, self.task.max_tokens)

    def _examiner(self, known: Known, accepted: KnownTexts) -> Examiner:
        task = self.task
        texts = [task.rows.texts[row] for row in task.rows.of(self.label)]
        shortest = min(len(words_of(text)) for text in texts)
        judge = Judge(task.judge, task.rows, self.label, self.attempts.folds)
        return Examiner(
            checks=task.checks,
            label=self.label,
            training=known.training,
            runs=known.runs,
            accepted=accepted,
            prompt=RunIndex(self.writing.said),
            min_words=max(1, shortest // 2) if task.min_words is None else task.min_words,
            class_name=name_to_avoid(self.writing.label, texts),
            holds=task.holds,
            judge=judge if self.attempts.in_folds else None,
        )


def _tell_missing(table: SyntheticTexts, label: object, why: str) -> SyntheticTexts:
    """Warn of texts that are missing, and note it in the table."""
    counts = "; ".join(f"{reason}: {n:,}" for reason, n in table.reasons().items())
    told = (
        f"Accepted {len(table):,} of {counted(table.asked[label], 'text')} asked for as {label!r}: "
        f"{why}. Rejected: {counts or 'none'}."
    )
    warn_user(told)
    return replace(table, notes=(*table.notes, told))
