"""Define what is asked about each text, and how answers become rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from keraswrap.exceptions import InputError
from keraswrap.llm._prompts import Template
from keraswrap.llm._protocol import LanguageModel, Prompt
from keraswrap.llm._sampling import Generated, Sampling
from keraswrap.llm.texts._columns import Value
from keraswrap.llm.texts._parts import Limit, Part

__all__ = ["Rewriting", "Row", "Task", "limits_of", "of_part", "why_not"]

# Tokens that a chat template may add to a prompt, and the fewest to leave for a text.
_AROUND, _LEAST = 256, 8


@dataclass(frozen=True)
class Row:
    """The output for a text.

    Parameters
    ----------
    values : sequence of value
        One for each column, or empty.
    problem : str or None
        Why values are missing.
    """

    values: Sequence[Value]
    problem: str | None = None


class Task(Protocol):
    """What is asked about a text, and how answers become a row."""

    @property
    def sampling(self) -> Sampling:
        """How an answer is written."""

    def prompt(self, text: str) -> Prompt:
        """Return what is asked about a text or a part of one."""

    def merge(self, parts: Sequence[Part], written: Sequence[Generated | None]) -> Row:
        """Make a row from the answers about a text's parts; None was not asked."""


def why_not(written: Generated | None) -> str | None:
    """Return why there is no whole answer, or None if there is one.

    Examples
    --------
    >>> why_not(Generated(0, "Well", "stop")), why_not(Generated(0, "", "stop"))
    (None, 'invalid: the answer is empty')
    """
    if written is None:
        return "budget: not asked, since the next texts would pass max_cost"
    if written.is_whole:
        return None if written.text.strip() else "invalid: the answer is empty"
    if written.finish_reason == "length":
        return f"cut off: {written.problem or 'the answer did not end within max_tokens'}"
    return f"{written.finish_reason}: {written.problem or 'no answer'}"


def of_part(problem: str, n: int, parts: Sequence[Part]) -> str:
    """Add the number of the part to a problem, if a text has several.

    Examples
    --------
    >>> of_part("cut off: it is long", 0, [Part("a", 0), Part("b", 2)])
    'cut off: it is long (part 1 of 2)'
    """
    return problem if len(parts) == 1 else f"{problem} (part {n + 1} of {len(parts)})"


@dataclass(frozen=True)
class Rewriting:
    """Ask for another text in place of each.

    Parameters
    ----------
    sampling : Sampling
    template : Template
        With the field ``{text}``.
    told : mapping of str to str
        Values of its other fields.
    """

    sampling: Sampling
    template: Template
    told: Mapping[str, str]

    def prompt(self, text: str) -> Prompt:
        """Return what is asked about a text."""
        return self.template.fill({**self.told, "text": text})

    def merge(self, parts: Sequence[Part], written: Sequence[Generated | None]) -> Row:
        """Join the texts of all parts; if one is missing, there is none."""
        texts = []
        for n, (part, one) in enumerate(zip(parts, written, strict=True)):
            problem = why_not(one)
            if one is None or problem is not None:
                return Row((), of_part(str(problem), n, parts))
            texts.append(one.text.strip() + part.after)
        return Row(("".join(texts),))


def limits_of(model: LanguageModel, task: Task, part_words: int | None) -> list[Limit]:
    """Return the limits of a part of a text, in words and in tokens of the model.

    Raises
    ------
    InputError
        If the model has no room for any text.
    """
    limits = [] if part_words is None else [Limit(_count_words, part_words)]
    length = model.context_length
    if length is None:
        return limits
    around = int(model.count_tokens([task.prompt("")])[0])
    room = length - task.sampling.max_tokens - around
    if room < _LEAST:
        raise InputError(
            f"Expected a model with room for a prompt of {around} tokens, a text, and an answer of "
            f"max_tokens={task.sampling.max_tokens}, got one that reads {length} in all. Lower "
            "max_tokens, or use another model."
        )
    return [*limits, Limit(_Tokens(model, task, around, room), room)]


@dataclass(frozen=True)
class _Tokens:
    """Count the tokens of texts within their prompts."""

    model: LanguageModel
    task: Task
    around: int
    room: int

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        # A text has at most as many tokens as bytes, so most texts need no counting.
        sizes = np.array([len(text.encode()) for text in texts])
        if (sizes + _AROUND <= self.room).all() and len(texts) == 1:
            return sizes
        prompts = [self.task.prompt(text) for text in texts]
        return np.asarray(self.model.count_tokens(prompts)) - self.around + 1


def _count_words(texts: Sequence[str]) -> np.ndarray:
    return np.array([len(text.split()) for text in texts])
