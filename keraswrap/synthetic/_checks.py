"""Decide which texts are rejected, and why. Pure, but for the classifier that judges labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from keraswrap._data import items_of
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._sampling import Generated
from keraswrap.synthetic._attempts import Attempt
from keraswrap.synthetic._copies import RUN_SHARE, KnownTexts, RunIndex, words_of
from keraswrap.synthetic._judge import Judge
from keraswrap.synthetic._personal_data import find_personal_data

__all__ = [
    "CHECKS",
    "CustomCheck",
    "Examiner",
    "Rejection",
    "check_checks",
    "clean",
    "why_not_whole",
]

# In this order: a text gets the first reason that applies.
CHECKS = (
    *("prompt", "assistant", "copy", "near_copy", "repeat", "short", "loop"),
    *("class_name", "attributes", "personal_data", "label"),
)
# Takes a text and its class, and returns why the text is rejected, or None.
CustomCheck: TypeAlias = Callable[[str, object], str | None]
# Words of the prompt in a row that show that a text is not one but speaks of it.
_OF_PROMPT = 5
# Share of different runs of three words below which a text only repeats itself, and the
# runs that it takes to say so.
_DIFFERENT, _RUNS = 0.6, 6
# What a model says as itself, instead of writing a text.
_ASSISTANT = re.compile(
    r"\bas an? (?:ai|language model)\b|\bi(?:'m| am) (?:just |only )?an? (?:\w+[ -]){0,3}"
    r"(?:ai|language model|assistant|chatbot)\b|\bai (?:language )?(?:model|assistant|text)\b"
    r"|\bi(?:'m| am) (?:sorry|unable|not able)\b[^.!?]{0,40}\b(?:assist|fulfil\w*|provide|generate"
    r"|access|read|examples?|text|instructions)\b|\bi(?:'m| am) here to (?:assist|help)\b"
    r"|\bhow (?:can|may) i (?:assist|help) you\b"
    r"|^(?:sure|certainly|of course|here(?:'s| is| are))\b[^\n]{0,120}:(?:\s|$)",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "'": "'", "«": "»", "„": "“"}


class Rejection(NamedTuple):
    """Why a text is rejected, and more about it."""

    reason: str
    detail: str = ""


def check_checks(checks: object) -> tuple[str | CustomCheck, ...]:
    """Return what is checked, or raise if something is unknown.

    Raises
    ------
    InputTypeError
        If it is neither "default" nor a list.
    ParameterError
        If a check has no such name.

    Examples
    --------
    >>> check_checks(["copy", "short"])
    ('copy', 'short')
    """
    if isinstance(checks, str) and checks == "default":
        return CHECKS
    listed = None if isinstance(checks, str) else items_of(checks)
    if listed is None:
        raise InputTypeError(
            f"Expected checks as 'default' or a list of them, got {checks!r:.60}. Choose from "
            f"{', '.join(CHECKS)}, or pass functions."
        )
    unknown = [one for one in listed if not callable(one) and one not in CHECKS]
    if unknown:
        raise ParameterError(
            f"Expected checks from {', '.join(CHECKS)}, or functions, got {unknown[0]!r:.60}."
        )
    return tuple(listed)  # type: ignore[arg-type]


def clean(text: str) -> str:
    """Return a text without white space, a list's dash and one pair of quotes around it.

    Examples
    --------
    >>> clean(' - "It broke." '), clean('"Good", he said')
    ('It broke.', '"Good", he said')
    """
    text = re.sub(r"^[-*•]\s+", "", text.strip())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def why_not_whole(written: Generated) -> Rejection | None:
    """Return why there is no whole text, or None if there is one."""
    if written.finish_reason == "length":
        return Rejection("cut off", written.problem or "it did not end within max_tokens")
    if not written.is_whole:
        return Rejection(written.finish_reason, written.problem or "")
    return None if clean(written.text) else Rejection("empty")


@dataclass(eq=False)
class Examiner:
    """All that texts of a class are compared with.

    Parameters
    ----------
    checks : tuple of str or function
        Made in the order of `CHECKS`, functions last.
    label : object
    training : KnownTexts
    runs : RunIndex
        Of the training rows.
    accepted : KnownTexts
        Texts accepted so far.
    prompt : RunIndex
        What the prompt says in the project's words and the user's.
    min_words : int
    class_name : str
        Which no text may mention; "" if any may.
    holds : dict of str to function
    judge : Judge or None
    """

    checks: tuple[str | CustomCheck, ...]
    label: object
    training: KnownTexts
    runs: RunIndex
    accepted: KnownTexts
    prompt: RunIndex
    min_words: int
    class_name: str
    holds: Mapping[str, Callable[[str, str], bool]]
    judge: Judge | None

    def examine(self, text: str, attempt: Attempt) -> Rejection | None:
        """Return the first reason to reject a text; None if there is none."""
        named = [name for name in CHECKS if name in self.checks]
        for name in named:
            found = getattr(self, f"_find_{name}")(text, attempt)
            if found is not None:
                return found
        return next(self._ask_functions(text), None)

    def _ask_functions(self, text: str) -> Iterator[Rejection]:
        for function in self.checks:
            reason = function(text, self.label) if callable(function) else None
            if reason:
                yield Rejection(str(reason))

    def _find_prompt(self, text: str, attempt: Attempt) -> Rejection | None:
        run = self.prompt.longest(text)
        return Rejection("repeats the prompt", run.words) if run.length >= _OF_PROMPT else None

    def _find_assistant(self, text: str, attempt: Attempt) -> Rejection | None:
        found = _ASSISTANT.search(text)
        return Rejection("speaks as an assistant", found.group()[:60]) if found else None

    def _find_copy(self, text: str, attempt: Attempt) -> Rejection | None:
        row, similarity = self.training.find(text)
        return Rejection("copy of a training row", f"row {row}") if similarity == 1 else None

    def _find_near_copy(self, text: str, attempt: Attempt) -> Rejection | None:
        row, similarity = self.training.find(text)
        if row >= 0 and similarity < 1:
            return Rejection("near copy of a training row", f"row {row}, {similarity:.0%} alike")
        run = self.runs.longest(text)
        if run.share < RUN_SHARE:
            return None
        told = f"{run.share:.0%} of the words in copied runs, one from row {run.source}"
        return Rejection("near copy of a training row", told)

    def _find_repeat(self, text: str, attempt: Attempt) -> Rejection | None:
        number, similarity = self.accepted.find(text)
        kind = "copy" if similarity == 1 else "near copy"
        return Rejection(f"{kind} of an accepted text", f"text {number}") if number >= 0 else None

    def _find_short(self, text: str, attempt: Attempt) -> Rejection | None:
        n = len(words_of(text))
        if n >= self.min_words:
            return None
        return Rejection("too short", f"{n} words, fewer than {self.min_words}")

    def _find_loop(self, text: str, attempt: Attempt) -> Rejection | None:
        words = words_of(text)
        runs = list(zip(words, words[1:], words[2:], strict=False))
        looped = len(runs) >= _RUNS and len(set(runs)) < _DIFFERENT * len(runs)
        return Rejection("repeats itself") if looped else None

    def _find_class_name(self, text: str, attempt: Attempt) -> Rejection | None:
        named = self.class_name and mentions(text, self.class_name)
        return Rejection("mentions the class name", self.class_name) if named else None

    def _find_attributes(self, text: str, attempt: Attempt) -> Rejection | None:
        for name, value in attempt.attributes.items():
            if name in self.holds and not self.holds[name](text, value):
                return Rejection(f"attribute {name} does not hold", value)
        return None

    def _find_personal_data(self, text: str, attempt: Attempt) -> Rejection | None:
        # Only the kind: a table of rejected texts is no place to repeat it.
        kinds = dict.fromkeys(kind for kind, _ in find_personal_data(text))
        return Rejection("personal data", ", ".join(kinds)) if kinds else None

    def _find_label(self, text: str, attempt: Attempt) -> Rejection | None:
        if self.judge is None:
            return None
        label = self.judge.find_other(text, attempt.fold)
        if label is None:
            return None
        return Rejection("another label by an out-of-fold classifier", str(label))


def mentions(text: str, name: str) -> bool:
    """Return whether a text has the words of a name, one after another.

    Examples
    --------
    >>> mentions("About card-arrival: where is it?", "card arrival"), mentions("cards", "card")
    (True, False)
    """
    words, wanted = (re.findall(r"\w+", one.casefold()) for one in (text, name))
    n = len(wanted)
    return any(words[at : at + n] == wanted for at in range(len(words) - n + 1)) if n else False


def name_to_avoid(name: str, texts: Sequence[str]) -> str:
    """Return the name of a class if it has a word in letters, and none of its rows mentions it.

    Examples
    --------
    >>> name_to_avoid("refund", ["I want my money"]), name_to_avoid("refund", ["A refund, please"])
    ('refund', '')
    """
    in_words = any(character.isalpha() for character in name)
    return name if in_words and not any(mentions(text, name) for text in texts) else ""
