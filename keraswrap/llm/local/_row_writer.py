"""One row's answer as it is written: which token comes next, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.llm._sampling import Generated, Sampling, before_stop
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
    noise : float
        Logits may differ by so much with what else is in a batch; 0 if choices are not
        to be checked for it.
    """

    sampling: Sampling
    end: tuple[int, ...]
    decode: Callable[[Sequence[int]], str]
    noise: float = 0.0


class RowWriter:
    """Writes the answer to one prompt, token by token.

    Parameters
    ----------
    writing : Writing
    prompt : tuple of int
    room : int
        Tokens that fit behind the prompt.
    """

    def __init__(self, writing: Writing, prompt: tuple[int, ...], room: int) -> None:
        self.prompt, self.ids, self.is_open = prompt, list[int](), True
        self._writing, self._reason = writing, "length"
        self._most = min(writing.sampling.max_tokens, room)
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
        stop = self._writing.sampling.stop
        if stop and before_stop(self._writing.decode(self.ids), stop)[1]:
            self._close("stop")
        elif self._n_written >= self._most:
            self._close("length")

    def result(self, row: int) -> Generated:
        """Return what was written, as the answer to a prompt of this number."""
        sampling = self._writing.sampling
        text, _ = before_stop(self._writing.decode(self.ids), sampling.stop)
        problem = None
        if self._reason == "length":
            limit = "max_tokens" if self._most == sampling.max_tokens else "the model's context"
            problem = f"cut after {self._n_written} tokens by {limit}"
        tokens = len(self.prompt), self._n_written
        return Generated(row, text, self._reason, tokens, problem)

    def _choose(self, logits: np.ndarray, alone: Callable[[], np.ndarray]) -> int:
        sampling, noise = self._writing.sampling, self._writing.noise
        times = self._stream.standard_exponential(len(logits) if sampling.temperature else 0)
        how = (sampling.temperature, sampling.top_p, times)
        given = self._allowed(logits)
        if noise and not is_clear(given, *how, noise):
            given = self._allowed(alone())
        return choose(given, *how)

    def _allowed(self, logits: np.ndarray) -> np.ndarray:
        return logits.astype("float64")

    def _close(self, reason: str) -> None:
        self.is_open, self._reason = False, reason
