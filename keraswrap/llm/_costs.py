"""What asking takes: counted before, booked after. Pure, but for the model's own counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.llm._protocol import Answers, Continuation, LanguageModel, Prompt

__all__ = ["Account", "Estimate", "estimate_costs", "price"]


@dataclass
class Account:
    """What was asked so far, and what it took.

    Parameters
    ----------
    calls, tokens_in, tokens_out : int
        Prompts that were answered, and their tokens.
    seconds, cost : float
        `cost` by the model's prices.
    expected : float
        What the answered prompts were estimated to cost.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    expected: float = 0.0

    def add(self, answers: Answers, expected: float, prices: tuple[float, float]) -> None:
        """Book what was answered."""
        self.calls += len(answers.rows)
        self.tokens_in += answers.n_tokens[0]
        self.tokens_out += answers.n_tokens[1]
        paid = price(answers.n_tokens[0], answers.n_tokens[1], prices)
        self.cost += paid if any(answers.n_tokens) else expected
        self.expected += expected

    @property
    def dearer(self) -> float:
        """How many times the estimate things turned out to cost; at least 1."""
        return max(1.0, self.cost / self.expected) if self.expected else 1.0


@dataclass(frozen=True)
class Estimate:
    """What asking would take.

    Parameters
    ----------
    calls : int
        Prompts that the model would be asked.
    cached : int
        Prompts whose answers are known, and those that come twice.
    tokens_in, tokens_out : int
        Tokens read, and written at most.
    seconds : float or None
        By the pace so far of this estimator; before it asked anything, by what the
        model expects; None where it does not know.
    cost : float
        By the model's prices; 0 where it has none.
    """

    calls: int
    cached: int
    tokens_in: int
    tokens_out: int
    seconds: float | None
    cost: float

    def __repr__(self) -> str:
        # An estimate: more digits would say what nobody knows.
        seconds = None if self.seconds is None else float(f"{self.seconds:.2g}")
        return (
            f"Estimate(calls={self.calls}, cached={self.cached}, tokens_in={self.tokens_in}, "
            f"tokens_out={self.tokens_out}, seconds={seconds}, cost={float(f'{self.cost:.4g}')})"
        )


def estimate_costs(
    model: LanguageModel, prompts: list[Prompt], continuations: Sequence[Continuation]
) -> np.ndarray:
    """Estimate what each prompt costs; nothing is counted where nothing has a price."""
    if not any(model.prices) or not prompts:
        return np.zeros(len(prompts))
    read, written = count_work(model, prompts, continuations)
    return np.array([price(tokens, written, model.prices) for tokens in read])


def count_work(
    model: LanguageModel, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
) -> tuple[np.ndarray, int]:
    """Count the tokens that scoring takes, as the model does, or by those of each part.

    Returns
    -------
    read : ndarray of shape (n,), int
        For each prompt.
    written : int
        For any prompt, at most.
    """
    own = getattr(model, "count_work", None)
    if own is not None:
        read, written = own(prompts, continuations)
        return read, written
    together = int(np.sum(model.count_continuations(continuations)))
    return np.asarray(model.count_tokens(prompts)) + together, 0


def expect_seconds(
    model: LanguageModel, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
) -> float | None:
    """Say how long scoring takes, where the model can; None where it cannot."""
    own = getattr(model, "expect_seconds", None)
    return None if own is None else own(prompts, continuations)


def price(tokens_in: float, tokens_out: float, prices: tuple[float, float]) -> float:
    """Give what tokens cost, at prices by the million."""
    return (tokens_in * prices[0] + tokens_out * prices[1]) / 1e6
