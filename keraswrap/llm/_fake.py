"""A fake language model for tests, without a net or a network."""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from keraswrap._fingerprint import fingerprint
from keraswrap.exceptions import EndpointError
from keraswrap.llm._protocol import Answers, Continuation, Prompt
from keraswrap.llm._sampling import Generated, Sampling, before_stop
from keraswrap.llm._schemas import find_problem

__all__ = ["FakeLM"]

# Joint probability of the labels in a `scores` dict; the rest belongs to all other answers.
_MASS = 0.9


class FakeLM:
    """A language model for tests, with instant and deterministic answers.

    Parameters
    ----------
    scores : dict of str to list of str, callable, or None, default=None
        What it answers. A dict maps labels to words: the more of a label's words the
        row's text contains, the likelier the label. A function of the prompt's and the
        continuation's text returns the log-probability, or NaN. None draws it from a
        hash of both.
    context_length : int, optional
        As in :class:`LanguageModel`; a token is a word.
    prices : tuple of float, default=(0.0, 0.0)
        Price of a million tokens read, and of a million generated.
    gives_log_probs : bool, default=True
        If False, it answers only with a text: the likeliest continuation, or the result
        of `says`.
    says : callable, optional
        Returns the generated text after a prompt's text. If it needs two arguments, the
        second is the :class:`Sampling`, or None when it is asked for a label.
    batch_size : int, default=4
        Prompts answered at once.
    fail_after : int, optional
        Number of batches after which it raises EndpointError, once.

    Attributes
    ----------
    calls : list of Prompt
        Prompts that it was asked about in this process.

    Notes
    -----
    The row's text is assumed to be the last untrusted piece of the last message that
    follows a line "Text:"; or, without such a line, the last that does not name all
    labels. The labels of a dict share a probability of 0.9.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM, ZeroShotClassifier
    >>> model = FakeLM({"bad": ["broke"], "good": ["superb", "great"]})
    >>> clf = ZeroShotClassifier(model=model).fit(X=None, y=["bad", "good"])
    >>> clf.predict(["It broke.", "Superb, great!"]).tolist()
    ['bad', 'good']
    >>> len(model.calls)
    2
    """

    def __init__(
        self,
        scores: Mapping[str, Sequence[str]] | Callable[[str, str], float] | None = None,
        *,
        context_length: int | None = None,
        prices: tuple[float, float] = (0.0, 0.0),
        gives_log_probs: bool = True,
        says: Callable[..., str] | None = None,
        batch_size: int = 4,
        fail_after: int | None = None,
    ) -> None:
        self.scores = scores
        self.context_length = context_length
        self.prices = prices
        self.gives_log_probs = gives_log_probs
        self.says = says
        self.batch_size = batch_size
        self.fail_after = fail_after
        self.calls: list[Prompt] = []
        known = fingerprint([scores, gives_log_probs, says])
        self.fingerprint = f"fake-{known or id(self)}"

    def __deepcopy__(self, memo: object) -> FakeLM:
        return self

    def __repr__(self) -> str:
        return f"FakeLM({self.fingerprint[5:13]})"

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "calls": []}

    def count_tokens(self, prompts: Sequence[Prompt]) -> np.ndarray:
        """Count the words of each prompt."""
        return np.array([len(prompt.text.split()) for prompt in prompts], dtype=int)

    def count_continuations(self, continuations: Sequence[Continuation]) -> np.ndarray:
        """Count the words of each continuation."""
        return np.array([len(one.text.split()) for one in continuations], dtype=int)

    def count_work(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, int]:
        """Count the words of each prompt, and of the longest continuation, with its end."""
        longest = int(np.max(self.count_continuations(continuations), initial=0)) + 1
        return self.count_tokens(prompts), longest

    def expect_seconds(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> float | None:
        """Return None: the time is unknown."""
        return None

    def score(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> Iterator[Answers]:
        """Answer one batch at a time, in another order than asked."""
        order = np.arange(len(prompts))[::-1]
        for start in range(0, len(prompts), self.batch_size):
            self._fail_if_told()
            rows = order[start : start + self.batch_size]
            self.calls += [prompts[row] for row in rows]
            yield self._answer(rows, [prompts[row] for row in rows], continuations)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Generated]:
        """Write what `says` returns, or the likeliest label, up to a stop text or a length.

        A text that is not cut must have the form of the schema.
        """
        for start in range(0, len(prompts), self.batch_size):
            self._fail_if_told()
            for row in range(len(prompts))[::-1][start : start + self.batch_size]:
                self.calls.append(prompts[row])
                n_read = int(self.count_tokens(prompts[row : row + 1])[0])
                yield _end(row, self._speak(prompts[row], (), sampling), sampling, n_read)

    def _fail_if_told(self) -> None:
        if self.fail_after == 0:
            self.fail_after = None
            raise EndpointError("Expected an answer, got none: this FakeLM was told to fail.")
        if self.fail_after is not None:
            self.fail_after -= 1

    def _answer(
        self, rows: np.ndarray, prompts: list[Prompt], continuations: Sequence[Continuation]
    ) -> Answers:
        read = int(self.count_tokens(prompts).sum())
        if self.gives_log_probs:
            log_probs = [[self._log_prob(p, c.text) for c in continuations] for p in prompts]
            return Answers(rows, np.array(log_probs), [None] * len(rows), (read, 0))
        texts: list[str | None] = [self._speak(prompt, continuations) for prompt in prompts]
        written = sum(len((text or "").split()) for text in texts)
        return Answers(
            rows, np.full((len(rows), len(continuations)), np.nan), texts, (read, written)
        )

    def _speak(
        self,
        prompt: Prompt,
        continuations: Sequence[Continuation],
        sampling: Sampling | None = None,
    ) -> str:
        if self.says is not None:
            return self.says(prompt.text, *([sampling] if _takes_two(self.says) else []))
        words = [one.text for one in continuations]
        words = words or (list(self.scores) if isinstance(self.scores, Mapping) else ["Well."])
        return max(words, key=lambda word: self._log_prob(prompt, word))

    def _log_prob(self, prompt: Prompt, word: str) -> float:
        if isinstance(self.scores, Mapping) and word in self.scores:
            return _count_words(self.scores, _row_text(prompt, list(self.scores)), word)
        if callable(self.scores):
            return float(self.scores(prompt.text, word))
        return _hashed(prompt, word)


def _takes_two(function: Callable[..., str]) -> bool:
    """Return whether a function must be called with two arguments."""
    try:
        given = inspect.signature(function).parameters.values()
    except ValueError:  # some built-in ones do not tell
        return False
    needed = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in needed and each.default is each.empty for each in given) > 1


def _end(row: int, said: str, sampling: Sampling, n_read: int) -> Generated:
    """End a text as a model would whose tokens are words."""
    text, _ = before_stop(said, sampling.stop)
    words = list(re.finditer(r"\S+", text))
    if len(words) > sampling.max_tokens:
        cut = text[: words[sampling.max_tokens - 1].end()]
        return Generated(row, cut, "length", (n_read, sampling.max_tokens))
    problem = find_problem(sampling.schema, text)
    return Generated(row, text, "invalid" if problem else "stop", (n_read, len(words)), problem)


def _row_text(prompt: Prompt, labels: list[str]) -> str:
    """Find the text of the row: what follows "Text:", or else the last that lists no labels."""
    pieces = prompt.messages[-1].pieces
    before = ["", *(piece.text for piece in pieces)]
    named = [p.text for p, b in zip(pieces, before, strict=False) if _names_text(p.trusted, b)]
    others = [piece.text for piece in pieces if not piece.trusted]
    texts = [text for text in others if not all(label in text for label in labels)]
    return (named or texts or [""])[-1]


def _names_text(trusted: bool, before: str) -> bool:
    return not trusted and before.endswith("Text:\n")


def _count_words(scores: Mapping[str, Sequence[str]], text: str, label: str) -> float:
    found = re.findall(r"\w+", text.casefold())
    counts = {k: sum(found.count(word.casefold()) for word in v) for k, v in scores.items()}
    norm = math.log(sum(math.exp(2 * count) for count in counts.values()))
    return math.log(_MASS) + 2 * counts[label] - norm


def _hashed(prompt: Prompt, word: str) -> float:
    seed = json.dumps([prompt, word]).encode()
    number = int.from_bytes(hashlib.blake2b(seed, digest_size=7).digest(), "big") + 1
    return math.log(number / 2**56 / 100)  # so that a hundred labels sum to less than 1
