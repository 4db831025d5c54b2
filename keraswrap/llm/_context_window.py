"""Texts that are too long for a model's context: cut and said so, refused, or sent as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from keraswrap.exceptions import InputError, warn_user
from keraswrap.llm._protocol import Continuation, LanguageModel, Prompt

__all__ = ["fit_context"]

CHOICES = ("truncate_text", "raise", "warn")
# Rows that an error names.
_NAMED = 5
# Tokens that a chat template may add to what is said.
_AROUND = 256

Make = Callable[[int, str], Prompt]


def fit_context(
    model: LanguageModel,
    texts: Sequence[str],
    make: Make,
    continuations: Sequence[Continuation],
    on_too_long: str,
) -> list[Prompt]:
    """Make prompts that fit a model's context together with any label.

    Parameters
    ----------
    model : LanguageModel
    texts : sequence of str
    make : callable
        Gives the prompt of a row's number and text.
    continuations : sequence of Continuation
    on_too_long : {"truncate_text", "raise", "warn"}

    Returns
    -------
    list of Prompt

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
    room = _room(model, continuations)
    if room is None:
        return prompts
    long = _too_long(model, prompts, room)
    if not long:
        return prompts
    if on_too_long != "truncate_text":
        _tell(long, len(texts), room, on_too_long)
        return prompts
    cut = _cut(model, [texts[row] for row in long], lambda n, text: make(long[n], text), room)
    for row, text in zip(long, cut, strict=True):
        prompts[row] = make(row, text)
    warn_user(
        f"Cut the end of {len(long)} of {len(texts)} texts, first in row {long[0]}: with their "
        f"prompt they have more than the {room} tokens that the model can read."
    )
    return prompts


def _room(model: LanguageModel, continuations: Sequence[Continuation]) -> int | None:
    """Give the tokens that a prompt may have: a label and its end have to follow."""
    if model.context_length is None:
        return None
    longest = int(np.max(model.count_continuations(continuations), initial=0))
    return model.context_length - longest - 1


def _too_long(model: LanguageModel, prompts: list[Prompt], room: int) -> list[int]:
    # No tokenizer makes more tokens than there are bytes: most texts need no counting.
    doubtful = [row for row, one in enumerate(prompts) if len(one.text.encode()) + _AROUND > room]
    if not doubtful:
        return []
    counts = model.count_tokens([prompts[row] for row in doubtful])
    return [row for row, count in zip(doubtful, counts, strict=True) if count > room]


def _tell(long: list[int], n: int, room: int, on_too_long: str) -> None:
    rows = ", ".join(map(str, long[:_NAMED])) + (", ..." if len(long) > _NAMED else "")
    message = (
        f"Expected prompts of at most {room} tokens, which the model can read, got {len(long)} of "
        f"{n} that have more, in row {rows}. Shorten them, or set on_too_long='truncate_text'."
    )
    if on_too_long == "raise":
        raise InputError(message)
    warn_user(message)


def _cut(model: LanguageModel, texts: list[str], make: Make, room: int) -> list[str]:
    """Keep as many characters of each text as fit, by halving, for all texts at once."""
    low = np.zeros(len(texts), dtype=int)
    high = np.array([len(text) for text in texts])
    if (_counts(model, texts, low, make) > room).any():
        raise InputError(
            f"Expected a prompt that fits into {room} tokens, got one that does not without any "
            "text in it. Shorten the prompt, or show fewer examples (max_samples)."
        )
    while (high - low > 1).any():
        middle = (low + high) // 2
        fits = _counts(model, texts, middle, make) <= room
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return [text[:stop] for text, stop in zip(texts, low, strict=True)]


def _counts(model: LanguageModel, texts: list[str], stops: np.ndarray, make: Make) -> np.ndarray:
    cut = [make(n, text[:stop]) for n, (text, stop) in enumerate(zip(texts, stops, strict=True))]
    return np.asarray(model.count_tokens(cut))
