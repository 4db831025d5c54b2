"""One row's answer as it is written: which token comes next, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.llm._sampling import Generated, Sampling, before_stop
from keraswrap.llm._schemas import find_problem
from keraswrap.llm.local._constraints import Constraint, Grammar
from keraswrap.llm.local._sampling_step import choose, is_clear, stream_of

__all__ = ["NOISE", "RowWriter", "Writing"]

# Logits in float32 differ by so much, at most, with what else is in a batch.
NOISE = 1e-3


@dataclass(frozen=True)
class Writing:
    """How the rows of a call are written.

    Parameters
    ----------
    end : tuple of int
        Any of these tokens ends an answer, and is not in it.
    decode : callable
        Returns the text of tokens.
    grammar : Grammar or None
        Which tokens may come where.
    noise : float
        Logits may differ by so much with what else is in a batch; 0 if choices are not
        to be checked for it.
    """

    sampling: Sampling
    end: tuple[int, ...]
    decode: Callable[[Sequence[int]], str]
    grammar: Grammar | None = None
    noise: float = 0.0

    def begin(self) -> Constraint | None:
        """Return what holds for a new answer."""
        return None if self.grammar is None else self.grammar.begin(self.end)


class RowWriter:
    """Writes the answer to one prompt, token by token.

    Parameters
    ----------
    writing : Writing
    prompt : tuple of int
    room : int
        Tokens that fit behind the prompt.

    Attributes
    ----------
    ids : list of int
        The tokens so far.
    is_open : bool
        Whether the answer goes on.
    most : int
        How many tokens it may have.
    """

    def __init__(self, writing: Writing, prompt: tuple[int, ...], room: int) -> None:
        self.prompt, self.ids, self.is_open = prompt, list[int](), True
        self._writing, self._reason, self._form = writing, "length", writing.begin()
        self.most = min(writing.sampling.max_tokens, room)
        self._n_written = 0
        self._stream = stream_of(writing.sampling.seed, prompt)

    def add(self, logits: np.ndarray, alone: Callable[[], np.ndarray]) -> None:
        """Choose the next token.

        Parameters
        ----------
        logits : ndarray of shape (v,)
        alone : callable
            Returns the logits as they are when the row is run by itself.
        """
        token = self._choose(logits, alone)
        self._n_written += 1
        if token in self._writing.end:
            self._close("stop")
            return
        self.ids.append(token)
        if self._form is not None:
            self._form.take(token)
        if self._has_ended():
            self._close("stop")
        elif self._form is not None and self._form.problem:
            self._close("invalid")
        elif self._n_written >= self.most:
            self._close("length")

    def result(self, row: int) -> Generated:
        """Return what was written, as the answer to a prompt of this number."""
        sampling, reason, problem = self._writing.sampling, self._reason, None
        text, _ = before_stop(self._decode(), sampling.stop)
        if reason == "length":
            limit = "max_tokens" if self.most == sampling.max_tokens else "the model's context"
            problem = f"cut after {self._n_written} tokens by {limit}"
        elif reason == "invalid":
            problem = None if self._form is None else self._form.problem
        elif (problem := find_problem(sampling.schema, text)) is not None:
            reason = "invalid"  # a stop text within the form
        return Generated(row, text, reason, (len(self.prompt), self._n_written), problem)

    def _choose(self, logits: np.ndarray, alone: Callable[[], np.ndarray]) -> int:
        sampling, noise = self._writing.sampling, self._writing.noise
        times = self._stream.standard_exponential(len(logits) if sampling.temperature else 0)
        how = (sampling.temperature, sampling.top_p, times)
        barred = None if self._form is None else ~self._form.allowed(len(logits))
        given = _without(barred, logits)
        if noise and not is_clear(given, *how, noise):
            given = _without(barred, alone())
        return choose(given, *how)

    def _has_ended(self) -> bool:
        if self._form is not None and self._form.is_complete:
            return True
        stop = self._writing.sampling.stop
        return bool(stop) and before_stop(self._decode(), stop)[1]

    def _decode(self) -> str:
        return (self._form or self._writing).decode(self.ids)

    def _close(self, reason: str) -> None:
        self.is_open, self._reason = False, reason


def _without(barred: np.ndarray | None, logits: np.ndarray) -> np.ndarray:
    wide = logits.astype("float64")
    if barred is not None:
        wide[barred] = -np.inf
    return wide
