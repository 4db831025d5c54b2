"""Texts that are too long for a model's context: cut with a warning, refused, or sent anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.exceptions import InputError, warn_user
from keraswrap.llm._protocol import Continuation, LanguageModel, Prompt

__all__ = ["CHOICES", "ContextWindow"]

CHOICES = ("truncate_text", "raise", "warn")
# How many rows an error names.
_NAMED = 5
# Tokens that a chat template may add to a prompt.
_AROUND = 256

# Makes the prompt of a row's number and text.
Make = Callable[[int, str], Prompt]


@dataclass(frozen=True)
class ContextWindow:
    """The tokens that a model can read, and what is done with texts that have more.

    Parameters
    ----------
    model : LanguageModel
        With a `context_length`.
    continuations : sequence of Continuation
        Any of them has to fit after a prompt.
    on_too_long : {"truncate_text", "raise", "warn"}
    """

    model: LanguageModel
    continuations: Sequence[Continuation]
    on_too_long: str

    def fit(self, texts: Sequence[str], make: Make) -> list[Prompt]:
        """Make prompts that fit together with any continuation.

        Raises
        ------
        InputError
            If one does not fit and `on_too_long` is "raise"; or if one does not even
            fit without its text.

        Warns
        -----
        UserWarning
            If texts are cut, or are too long and stay so.
        """
        prompts = [make(row, text) for row, text in enumerate(texts)]
        for row, text in self._cuts(texts, prompts, make):
            prompts[row] = make(row, text)
        return prompts

    def shorten(self, texts: Sequence[str], make: Make) -> list[str]:
        """Return texts, cut as :meth:`fit` cuts them."""
        shorter = list(texts)
        prompts = [make(row, text) for row, text in enumerate(texts)]
        for row, text in self._cuts(texts, prompts, make):
            shorter[row] = text
        return shorter

    def _cuts(
        self, texts: Sequence[str], prompts: list[Prompt], make: Make
    ) -> list[tuple[int, str]]:
        """Return the rows whose texts are cut, with what is left of them."""
        room = self._room()
        long = self._too_long(prompts, room)
        if not long:
            return []
        if self.on_too_long != "truncate_text":
            self._tell(long, len(texts), room)
            return []
        cut = self._cut([texts[n] for n in long], lambda n, text: make(long[n], text), room)
        warn_user(
            f"Cut the end of {len(long)} of {len(texts)} texts, first in row {long[0]}: with their "
            f"prompt they have more than the {room} tokens that the model can read."
        )
        return list(zip(long, cut, strict=True))

    def _room(self) -> int:
        """Return the tokens that a prompt may have: a label and its end have to follow."""
        longest = int(np.max(self.model.count_continuations(self.continuations), initial=0))
        return (self.model.context_length or 0) - longest - 1

    def _too_long(self, prompts: list[Prompt], room: int) -> list[int]:
        # A text has at most as many tokens as bytes, so most texts need no counting.
        sizes = [len(prompt.text.encode()) + _AROUND for prompt in prompts]
        doubtful = [row for row, size in enumerate(sizes) if size > room]
        if not doubtful:
            return []
        counts = self.model.count_tokens([prompts[row] for row in doubtful])
        return [row for row, count in zip(doubtful, counts, strict=True) if count > room]

    def _tell(self, long: list[int], n: int, room: int) -> None:
        rows = ", ".join(map(str, long[:_NAMED])) + (", ..." if len(long) > _NAMED else "")
        message = (
            f"Expected prompts of at most {room} tokens, which the model can read, got {len(long)} "
            f"of {n} that have more, in row {rows}. Shorten them, or set "
            "on_too_long='truncate_text'."
        )
        if self.on_too_long == "raise":
            raise InputError(message)
        warn_user(message)

    def _cut(self, texts: list[str], make: Make, room: int) -> list[str]:
        """Keep as many characters of each text as fit, by halving, for all texts at once."""

        def fits(stops: np.ndarray) -> np.ndarray:
            cut = [
                make(n, text[:stop])
                for n, (text, stop) in enumerate(zip(texts, stops, strict=True))
            ]
            return np.asarray(self.model.count_tokens(cut)) <= room

        low = np.zeros(len(texts), dtype=int)
        high = np.array([len(text) for text in texts])
        if not fits(low).all():
            raise InputError(
                f"Expected a prompt that fits into {room} tokens, got one that does not without "
                "any text in it. Shorten the prompt, or show fewer examples (max_samples)."
            )
        while (high - low > 1).any():
            middle = (low + high) // 2
            fit = fits(middle)
            low, high = np.where(fit, middle, low), np.where(fit, high, middle)
        return [text[:stop] for text, stop in zip(texts, low, strict=True)]
