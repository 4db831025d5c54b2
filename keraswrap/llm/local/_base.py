"""What the language models in this process share: tokens, one net for each, and a lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._protocol import Answers, Continuation, Message, Piece, Prompt
from keraswrap.llm._sampling import Generated, Sampling, as_schema
from keraswrap.llm.local._constraints import Grammar
from keraswrap.llm.local._family_scoring import FamilyScoring
from keraswrap.llm.local._label_trie import Trie, build_trie, count_tokens
from keraswrap.llm.local._live_models import Net, Recipe, key_of, models, nets, one_per_process
from keraswrap.llm.local._packing import common_length
from keraswrap.llm.local._prompt_tokens import PromptTokens
from keraswrap.llm.local._row_writer import NOISE, RowWriter, Writing
from keraswrap.llm.local._runner import Runner

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["LocalLM"]

# Text that a net's speed is measured with.
_TRIED = Prompt((Message("user", (Piece("so many words as a sentence of a review has"),)),))


class LocalLM(FamilyScoring):
    """A causal language model whose net runs in this process; base of the two local models."""

    fingerprint: str
    context_length: int | None
    tokens_: PromptTokens
    batch_size: int | None
    share_prefix: bool
    gives_log_probs: bool = True
    prices: tuple[float, float] = (0.0, 0.0)

    def _set_up(
        self,
        tokens: PromptTokens,
        fingerprint: str,
        context_length: int | None,
        load: Callable[[], Runner[Any]],
        recipe: Recipe | None = None,
    ) -> None:
        self.tokens_, self.fingerprint, self.context_length = tokens, fingerprint, context_length
        self._recipe = recipe
        self._net = nets.get((type(self), fingerprint), partial(Net, load))
        if recipe is not None:
            models.add(key_of(type(self), recipe), self)

    @property
    def tokenizer(self) -> PreTrainedTokenizerFast:
        """The checkpoint's tokenizer."""
        return self.tokens_.tokenizer

    def __deepcopy__(self, memo: object) -> LocalLM:
        return self

    def __copy__(self) -> LocalLM:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        if self._recipe is None:
            raise ParameterError(
                f"Expected a model that was named, to pickle it by its name, got a live one: "
                f"{self!r}. Save it to a directory, and pass that."
            )
        return one_per_process, (type(self), self._recipe)

    def __repr__(self) -> str:
        given = "a live model" if self._recipe is None else repr(self._recipe["model"])
        return f"{type(self).__name__}({given})"

    def count_tokens(self, prompts: Sequence[Prompt]) -> np.ndarray:
        """Count the tokens of each prompt, including those that the model adds.

        Parameters
        ----------
        prompts : sequence of Prompt

        Returns
        -------
        ndarray of shape (n,), int

        Raises
        ------
        InputError
            If a prompt is a chat and the model has no chat template.
        """
        return np.array([len(self.tokens_.encode(prompt)) for prompt in prompts], dtype=int)

    def count_work(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, int]:
        """Count the tokens of each prompt and of all continuations; none is generated.

        Parameters
        ----------
        prompts : sequence of Prompt
        continuations : sequence of Continuation

        Returns
        -------
        read : ndarray of shape (n,), int
            An upper bound: shared prefixes of prompts and continuations are processed
            once.
        written : int
        """
        return self.count_tokens(prompts) + int(self.count_continuations(continuations).sum()), 0

    def count_continuations(self, continuations: Sequence[Continuation]) -> np.ndarray:
        """Count the tokens of each continuation, without the end token.

        Parameters
        ----------
        continuations : sequence of Continuation

        Returns
        -------
        ndarray of shape (m,), int
        """
        return np.array([len(ids) for ids in self._encode(continuations)], dtype=int)

    def expect_seconds(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> float:
        """Estimate how long scoring takes, from a one-second trial made once per net.

        Parameters
        ----------
        prompts : sequence of Prompt
        continuations : sequence of Continuation

        Returns
        -------
        float
        """
        rows = [self.tokens_.encode(prompt) for prompt in prompts]
        shared = common_length([min(rows), max(rows)]) if self.share_prefix and rows else 0
        tree = build_trie(self._encode(continuations), [each.ends for each in continuations], ())
        behind = count_tokens(tree.root)
        run = sum(len(ids) - shared + behind for ids in rows) + shared
        return run / self._speed()

    def _speed(self) -> float:
        """Return tokens per second, from a trial made once per net."""
        if self._net.tokens_a_second is None:
            self._net.tokens_a_second = self._try()
        return self._net.tokens_a_second

    def score(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> Iterator[Answers]:
        """Score how likely each continuation is after each prompt.

        The common prefix of all prompts is processed once and kept for the next call;
        rows of equal length share a batch; common prefixes of continuations are
        processed once per batch.

        Parameters
        ----------
        prompts : sequence of Prompt
        continuations : sequence of Continuation

        Yields
        ------
        Answers
            One batch each, the longest prompts first.

        Raises
        ------
        InputError
            If a prompt or a continuation has no tokens, or both together exceed
            `context_length`; before anything is computed.
        """
        rows = [self.tokens_.encode(prompt) for prompt in prompts]
        ends = self._encode(continuations)
        for number, ids in enumerate(ends):
            if not ids:
                raise InputError(
                    f"Expected continuations of at least one token, got "
                    f"{continuations[number].text!r} as number {number}. Leave it out."
                )
        self._check_lengths(rows, max((len(ids) for ids in ends), default=0))
        return self._score(prompts, rows, continuations, ends)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Generated]:
        """Write a text after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt
        sampling : Sampling

        Yields
        ------
        Generated
            As they end, the longest prompts first. An answer is cut where the context
            ends, too.

        Raises
        ------
        ParameterError
            If models in this process cannot follow the schema.
        InputError
            As for :meth:`score`; a prompt needs room for at least one token. Both are
            raised before anything is computed.
        """
        rows = [self.tokens_.encode(prompt) for prompt in prompts]
        self._check_lengths(rows, 1)
        form = as_schema(sampling)
        grammar = None if form is None else Grammar(self.tokens_, form)
        return self._generate(prompts, rows, sampling, grammar)

    def _generate(
        self,
        prompts: Sequence[Prompt],
        rows: Sequence[tuple[int, ...]],
        sampling: Sampling,
        grammar: Grammar | None,
    ) -> Iterator[Generated]:
        for part in _by_kind(prompts):
            end = self.tokens_.end_tokens(True) if prompts[part[0]].chat else self.tokens_.eos
            with self._net.lock:
                scorer = self._net.scorer(self.batch_size, self.share_prefix)
                noise = NOISE if scorer.runner.is_exact else 0.0
                writing = Writing(sampling, end, self.tokens_.decode, grammar, noise)
                writers = [RowWriter(writing, rows[k], self._room(rows[k])) for k in part]
                steps = scorer.write(writers)
            # The lock is released while the caller handles a row.
            while True:
                with self._net.lock:
                    number = next(steps, None)
                if number is None:
                    break
                yield writers[number].result(part[number])

    def _room(self, ids: tuple[int, ...]) -> int:
        return (self.context_length or 2**31) - len(ids)

    def _score(
        self,
        prompts: Sequence[Prompt],
        rows: Sequence[tuple[int, ...]],
        continuations: Sequence[Continuation],
        ends: Sequence[tuple[int, ...]],
    ) -> Iterator[Answers]:
        if not ends:
            yield Answers(np.arange(len(rows)), np.empty((len(rows), 0)), [None] * len(rows))
            return
        must_end = [each.ends for each in continuations]
        for part in _by_kind(prompts):
            end = self.tokens_.end_tokens(prompts[part[0]].chat) if any(must_end) else ()
            trie = build_trie(ends, must_end, end)
            for found, log_probs in self._run([rows[k] for k in part], trie):
                which = np.asarray(part)[found]
                n_read = sum(len(rows[k]) for k in which)
                yield Answers(which, log_probs, [None] * len(which), (n_read, 0))

    def _run(
        self, rows: Sequence[tuple[int, ...]], trie: Trie
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        # The lock is released while the caller handles a batch.
        with self._net.lock:
            steps = self._net.scorer(self.batch_size, self.share_prefix).score(rows, trie)
        while True:
            with self._net.lock:
                found = next(steps, None)
            if found is None:
                return
            yield found

    def _encode(self, continuations: Sequence[Continuation]) -> list[tuple[int, ...]]:
        return [self.tokens_.encode_continuation(each.text) for each in continuations]

    def _try(self) -> float:
        """Run some rows of words, and return tokens per second."""
        ids = (self.tokens_.encode(_TRIED) * 3)[: (self.context_length or 1000) - 1]
        trie = build_trie([ids[:1]], [False], ())
        for _ in range(2):  # the first run loads and traces
            started = time.perf_counter()
            with self._net.lock:
                list(self._net.scorer(self.batch_size, False).score([ids] * 8, trie))
        return 8 * len(ids) / (time.perf_counter() - started)

    def _check_lengths(self, rows: Sequence[tuple[int, ...]], more: int) -> None:
        for number, ids in enumerate(rows):
            if not ids:
                raise InputError(
                    f"Expected prompts of at least one token, got none in number {number}. Put "
                    "an instruction before the text."
                )
            if self.context_length is not None and len(ids) + more > self.context_length:
                raise InputError(
                    f"Expected at most {self.context_length} tokens in a prompt and what follows "
                    f"it, the context of {self!r}, got {len(ids)} + {more} in number {number}. "
                    "Shorten the text, or give fewer examples."
                )


def _by_kind(prompts: Sequence[Prompt]) -> list[list[int]]:
    kinds = [[k for k, p in enumerate(prompts) if bool(p.chat) is chat] for chat in (True, False)]
    return [kind for kind in kinds if kind]
