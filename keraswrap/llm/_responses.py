"""What a model answered to prompts: row by row, and as the records that are kept of it.

A record's key is a digest of the model and the prompt. It holds the log-probabilities
of the continuations that were asked about, or what was said instead. There is one
record for each prompt: with one for each of 77 labels, reading took 17 times as long.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from keraswrap.llm._protocol import Answers, Continuation, LanguageModel, Prompt

__all__ = [
    "REFUSED",
    "KnownAnswers",
    "MemoryCache",
    "Record",
    "Responses",
    "Store",
    "digest_of",
    "memory_of",
    "prompt_digest",
]

# How the message about a text that a server refuses begins: each call asks about it again.
REFUSED = "refused: "

# Log-probabilities kept in memory per process and model: about 50 MB.
_MOST = 500_000


@dataclass(frozen=True, eq=False)
class Responses:
    """What a model responded to prompts.

    Parameters
    ----------
    log_probs : ndarray of shape (n, m)
        NaN where it does not say.
    texts : list of str or None
        What it answered in its own words.
    upper : ndarray of shape (n, m)
        The logarithm of what a continuation without a value has at most; by default 0.
    problems : list of str or None
        Why there is no answer, or only part of one.
    """

    log_probs: np.ndarray
    texts: list[str | None]
    upper: np.ndarray = field(default_factory=lambda: np.zeros(()))
    problems: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.upper.shape:
            object.__setattr__(self, "upper", np.zeros(self.log_probs.shape))
        if not self.problems:
            object.__setattr__(self, "problems", [None] * len(self.log_probs))

    @classmethod
    def unknown(cls, n: int, m: int) -> Responses:
        """Return what is filled in as a model answers."""
        return cls(np.full((n, m), np.nan), [None] * n)

    def put(self, rows: list[int], answers: Answers) -> None:
        """Fill in what was answered to some rows."""
        self.log_probs[rows] = answers.log_probs
        if answers.upper is not None:
            self.upper[rows] = answers.upper
        for row, text in zip(rows, answers.texts, strict=False):
            self.texts[row] = text
        for row, problem in zip(rows, answers.problems, strict=False):
            self.problems[row] = problem

    def refuse(self, row: int, reason: str) -> None:
        """Note why a row has no answer."""
        self.problems[row] = f"{REFUSED}{reason}"

    def at(self, rows: list[int]) -> Responses:
        """Return the responses to some rows, in their order."""
        texts, problems = ([each[row] for row in rows] for each in (self.texts, self.problems))
        return Responses(self.log_probs[rows], texts, self.upper[rows], problems)

    def has_any(self) -> bool:
        """Return whether anything was answered."""
        answered = any(text is not None for text in self.texts)
        return answered or bool(np.isfinite(self.log_probs).any())


class Record(NamedTuple):
    """What is kept of a prompt.

    Parameters
    ----------
    log_probs : dict of str to float
        By the name of the continuation.
    answer : str or None
        What was said, where that is all that is known.
    """

    log_probs: dict[str, float]
    answer: str | None = None

    def merged(self, older: Record | None) -> Record:
        """Add what an older record knows besides."""
        return self if older is None else Record({**older.log_probs, **self.log_probs}, self.answer)


class Store(Protocol):
    """Where records are kept: on disk, or in memory."""

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """Return the records that are there."""

    def write(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add records."""


@dataclass(frozen=True)
class KnownAnswers:
    """What a store knows of a model and some continuations."""

    store: Store
    fingerprint: str
    continuations: Sequence[Continuation]

    def recall(self, prompts: Sequence[Prompt], into: Responses) -> list[int]:
        """Fill in what is known, and return the rows that are not."""
        digests = [prompt_digest(self.fingerprint, prompt) for prompt in prompts]
        names = [continuation_name(one) for one in self.continuations]
        known, left = self.store.read(digests), {}
        for row, digest in enumerate(digests):
            log_probs = known[digest].log_probs if digest in known else {}
            if all(name in log_probs for name in names):
                into.log_probs[row] = [log_probs[name] for name in names]
            else:
                left[row] = answer_key(digest, self.continuations)
        return self._recall_texts(left, into)

    def _recall_texts(self, keys: dict[int, bytes], into: Responses) -> list[int]:
        """Fill in what was said instead, and return the rows without any answer."""
        known = self.store.read(list(keys.values()))
        told = {row: json.loads(known[k].answer or "[]") for row, k in keys.items() if k in known}
        whole = {row: one for row, one in told.items() if _is_whole(one)}
        for row, (scores, text, *more) in whole.items():
            upper, into.problems[row] = [*more, None, None][:2]
            into.log_probs[row], into.texts[row] = scores, text
            if upper is not None:
                into.upper[row] = upper
        return [row for row in keys if row not in whole]

    def keep(self, prompts: Sequence[Prompt], answers: Answers) -> None:
        """Add what was answered to prompts."""
        self.store.write(list(self._records(prompts, answers)))

    def _records(
        self, prompts: Sequence[Prompt], answers: Answers
    ) -> Iterator[tuple[bytes, Record]]:
        names = [continuation_name(one) for one in self.continuations]
        n = len(prompts)
        texts = [*answers.texts, *[None] * (n - len(answers.texts))]
        uppers = [None] * n if answers.upper is None else answers.upper.tolist()
        problems = [*answers.problems, *[None] * (n - len(answers.problems))]
        rows = zip(prompts, answers.log_probs, texts, uppers, problems, strict=True)
        for prompt, scores, text, upper, problem in rows:
            digest = prompt_digest(self.fingerprint, prompt)
            if text is not None or np.isnan(scores).any():
                # A free answer depends on the labels offered.
                told = json.dumps([scores.tolist(), text, upper, problem])
                yield answer_key(digest, self.continuations), Record({}, told)
            else:
                yield digest, Record(dict(zip(names, scores.tolist(), strict=True)))


def _is_whole(told: list[object]) -> bool:
    """Return whether a record is complete: older ones lack bounds for unlisted tokens."""
    open_ = np.isnan(np.asarray(told[0], dtype=float))
    return len(told) > 2 or bool(open_.all() or not open_.any())


def prompt_digest(fingerprint: str, prompt: Prompt) -> bytes:
    """Digest a model and what it is asked."""
    return digest_of([fingerprint, prompt.chat, prompt.messages])


def continuation_name(one: Continuation) -> str:
    """Name a continuation within a record."""
    return ("ends " if one.ends else "goes on ") + one.text


def answer_key(digest: bytes, continuations: Sequence[Continuation]) -> bytes:
    """Return the key of what was said, which depends on all that could be chosen."""
    return digest_of([[one.text, one.ends] for one in continuations], digest)


def digest_of(value: object, before: bytes = b"") -> bytes:
    """Digest what JSON can hold, after another digest."""
    # JSON delimits every text, so no two different values are written alike.
    return hashlib.blake2b(before + json.dumps(value).encode(), digest_size=16).digest()


class MemoryCache:
    """Records in memory, up to a number; those not used for longest are dropped first.

    Parameters
    ----------
    size : int, default=500_000
        Log-probabilities; an answer in words counts as one.
    """

    def __init__(self, size: int = _MOST) -> None:
        self.size = size
        self._records: OrderedDict[bytes, Record] = OrderedDict()
        self._held = 0

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """Return the records that are there, by key."""
        found = {key: self._records[key] for key in keys if key in self._records}
        for key in found:
            self._records.move_to_end(key)
        return found

    def write(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add records, or merge them into existing ones."""
        for key, record in records:
            older = self._records.pop(key, None)
            self._records[key] = record.merged(older)
            self._held += _weight(self._records[key]) - (_weight(older) if older else 0)
        while self._held > self.size:
            self._held -= _weight(self._records.popitem(last=False)[1])

    def clear(self) -> None:
        """Remove everything."""
        self._records.clear()
        self._held = 0


def _weight(record: Record) -> int:
    return len(record.log_probs) or 1


_MEMORIES: weakref.WeakKeyDictionary[LanguageModel, MemoryCache] = weakref.WeakKeyDictionary()


def memory_of(model: LanguageModel) -> MemoryCache:
    """Return what this process keeps of a model's answers, as long as the model lives."""
    try:
        return _MEMORIES.setdefault(model, MemoryCache())
    except TypeError:  # it cannot be hashed or weakly referenced
        return MemoryCache()
