"""Ask a model what is not known yet, keep each answer at once, and stay within a budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.exceptions import BudgetError, EndpointError, RefusedError
from keraswrap.llm._protocol import (
    Answers,
    Continuation,
    LanguageModel,
    Prompt,
    count_work,
    expect_seconds,
)
from keraswrap.llm._responses import KnownAnswers, Responses, Store

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Account", "Estimate", "Query"]

# Prompts sent before the budget is first checked; doubles as the price estimate improves.
_MOST_AT_ONCE = 64
# How the message about a text that a server refuses begins: each call asks about it again.
REFUSED = "refused: "


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
        paid = _price(answers.n_tokens[0], answers.n_tokens[1], prices)
        self.cost += paid if any(answers.n_tokens) else expected
        self.expected += expected

    @property
    def dearer(self) -> float:
        """How many times the estimate things turned out to cost; at least 1."""
        return max(1.0, self.cost / self.expected) if self.expected else 1.0


@dataclass(frozen=True)
class Estimate:
    """Estimated cost of a prediction.

    Parameters
    ----------
    calls : int
        Number of prompts to send to the model.
    cached : int
        Number of prompts that are already answered or duplicates.
    tokens_in, tokens_out : int
        Tokens read, and the maximum number generated.
    seconds : float or None
        From this estimator's pace so far; before its first request, from the model's
        own estimate; None if unknown.
    cost : float
        From the model's prices; 0 if it has none.
    """

    calls: int
    cached: int
    tokens_in: int
    tokens_out: int
    seconds: float | None
    cost: float

    def __repr__(self) -> str:
        # It is an estimate: more digits would suggest false precision.
        seconds = None if self.seconds is None else float(f"{self.seconds:.2g}")
        return (
            f"Estimate(calls={self.calls}, cached={self.cached}, tokens_in={self.tokens_in}, "
            f"tokens_out={self.tokens_out}, seconds={seconds}, cost={float(f'{self.cost:.4g}')})"
        )


def _price(tokens_in: float, tokens_out: float, prices: tuple[float, float]) -> float:
    """Return what tokens cost, at prices by the million."""
    return (tokens_in * prices[0] + tokens_out * prices[1]) / 1e6


@dataclass(frozen=True)
class Query:
    """Whom to ask about which continuations, and within what.

    Parameters
    ----------
    store : Store or None
        Where answers are kept.
    max_cost : float or None
        What `account` may come to.
    progress : bool or None
        Whether to show a bar; None is on a terminal.
    """

    model: LanguageModel
    continuations: Sequence[Continuation]
    store: Store | None = None
    account: Account = field(default_factory=Account)
    max_cost: float | None = None
    progress: bool | None = None

    def ask(self, prompts: Sequence[Prompt]) -> Responses:
        """Return a model's responses to prompts, asking only what is not known.

        Raises
        ------
        BudgetError
            If the next prompts would pass the budget.
        EndpointError
            If a model leaves prompts without an answer. What was answered is kept,
            here as in every other case. RefusedError, if a server refuses all: one that
            answers others leaves NaN, and a problem, in the rows that it refuses.
        """
        distinct, where = self._distinct(prompts)
        said = Responses.unknown(len(distinct), len(self.continuations))
        known = self._known()
        todo = known.recall(distinct, said) if known else list(range(len(distinct)))
        with self._bar(len(todo)) as bar:
            for rows, answers in self._answers(distinct, todo, said):
                said.put(rows, answers)
                if known:
                    known.keep([distinct[row] for row in rows], answers)
                bar.update(len(rows))
        return said.at(where)

    def estimate(self, prompts: Sequence[Prompt]) -> Estimate:
        """Return what :meth:`ask` would take, and ask nothing."""
        distinct, _ = self._distinct(prompts)
        said = Responses.unknown(len(distinct), len(self.continuations))
        known, account = self._known(), self.account
        todo = [distinct[row] for row in known.recall(distinct, said)] if known else distinct
        read, longest = count_work(self.model, todo, self.continuations)
        tokens = int(read.sum()), len(todo) * longest
        if account.calls:
            seconds: float | None = account.seconds / account.calls * len(todo)
        else:
            seconds = expect_seconds(self.model, todo, self.continuations)
        cost = float(_price(*tokens, self.model.prices)) * account.dearer
        return Estimate(len(todo), len(prompts) - len(todo), *tokens, seconds, cost)

    def _known(self) -> KnownAnswers | None:
        if self.store is None:
            return None
        return KnownAnswers(self.store, self.model.fingerprint, self.continuations)

    def _distinct(self, prompts: Sequence[Prompt]) -> tuple[list[Prompt], list[int]]:
        """Return prompts, each once if answers are kept, and where those given are among them."""
        if self.store is None:
            return list(prompts), list(range(len(prompts)))
        numbers: dict[Prompt, int] = {}
        where = [numbers.setdefault(prompt, len(numbers)) for prompt in prompts]
        return list(numbers), where

    def _answers(
        self, prompts: list[Prompt], todo: list[int], said: Responses
    ) -> Iterator[tuple[list[int], Answers]]:
        """Ask, and yield answers with their rows as they arrive."""
        costs = np.zeros(len(todo))
        if any(self.model.prices) and todo:  # count only if something has a price
            read, written = count_work(self.model, [prompts[n] for n in todo], self.continuations)
            costs = np.array([_price(tokens, written, self.model.prices) for tokens in read])
        start = 0
        while start < len(todo):
            block = todo[start : start + self._affordable(costs[start:], start)]
            waiting = set(range(len(block)))
            try:
                for answers in self._score([prompts[row] for row in block], costs[start:]):
                    rows = [int(row) for row in answers.rows]
                    waiting -= set(rows)
                    yield [block[row] for row in rows], answers
            except RefusedError as error:
                if not said.has_any():  # if all are refused, the texts are not the reason
                    raise
                waiting -= error.refused.keys()
                for row, reason in error.refused.items():
                    said.problems[block[row]] = f"{REFUSED}{reason}"
            if waiting:
                raise EndpointError(
                    f"Expected answers to {len(block)} prompts, got none to {len(waiting)} of "
                    "them. Ask again; the others are kept."
                )
            start += len(block)

    def _score(self, prompts: list[Prompt], costs: np.ndarray) -> Iterator[Answers]:
        """Ask, and book what was answered, without the time in which others use it."""
        begun = time.perf_counter()
        for answers in self.model.score(prompts, self.continuations):
            self.account.add(answers, float(costs[answers.rows].sum()), self.model.prices)
            self.account.seconds += time.perf_counter() - begun
            yield answers
            begun = time.perf_counter()

    def _affordable(self, costs: np.ndarray, done: int) -> int:
        """Return how many of the next prompts may be asked at once, or raise BudgetError."""
        if self.max_cost is None or not costs.any():
            return len(costs)
        left = self.max_cost - self.account.cost
        fits = int(np.searchsorted(np.cumsum(costs) * self.account.dearer, left, side="right"))
        if not fits:
            raise BudgetError(self._over_budget(done, done + len(costs)))
        return min(fits, max(1, done), _MOST_AT_ONCE)

    def _over_budget(self, done: int, n: int) -> str:
        kept = "They are kept: call again with a larger max_cost, and only the rest is asked."
        lost = "They are lost, since use_caching is False: set it, and a larger max_cost."
        return (
            f"Expected a cost of at most max_cost={self.max_cost:g}, got {self.account.cost:.6g} "
            f"spent for {done} of {n} prompts, and the next would pass it. "
            f"{lost if self.store is None else kept}"
        )

    def _bar(self, total: int) -> tqdm[None]:
        from tqdm.auto import tqdm

        hidden = True if not total else None if self.progress is None else not self.progress
        return tqdm(total=total, unit=" prompts", disable=hidden)
