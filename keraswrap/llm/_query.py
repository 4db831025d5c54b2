"""Ask a model what is not known yet, keep each answer at once, and stay within a budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

import numpy as np

from keraswrap._interrupts import hearing_stop
from keraswrap.exceptions import BudgetError, EndpointError, ParameterError, RefusedError
from keraswrap.llm._protocol import LanguageModel, Prompt
from keraswrap.llm._questions import Answered, Batch, Known, Question
from keraswrap.llm._responses import Store

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Account", "Estimate", "Query", "check_cost", "price"]

# Prompts sent before the budget is first checked; doubles as the price estimate improves.
_MOST_AT_ONCE = 64


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

    def add(
        self, calls: int, tokens: tuple[int, int], expected: float, prices: tuple[float, float]
    ) -> None:
        """Book what was answered."""
        self.calls += calls
        self.tokens_in += tokens[0]
        self.tokens_out += tokens[1]
        self.cost += price(*tokens, prices) if any(tokens) else expected
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


def price(tokens_in: float, tokens_out: float, prices: tuple[float, float]) -> float:
    """Return what tokens cost, at prices by the million."""
    return (tokens_in * prices[0] + tokens_out * prices[1]) / 1e6


@dataclass(frozen=True)
class Query(Generic[Answered, Batch]):
    """Whom to ask what, and within what.

    Parameters
    ----------
    question : Question
        What each prompt is asked: how likely continuations are, or for a text.
    store : Store or None
        Where answers are kept.
    max_cost : float or None
        What `account` may come to.
    progress : bool or None
        Whether to show a bar; None is on a terminal.
    """

    model: LanguageModel
    question: Question[Answered, Batch]
    store: Store | None = None
    account: Account = field(default_factory=Account)
    max_cost: float | None = None
    progress: bool | None = None

    def ask(self, prompts: Sequence[Prompt]) -> Answered:
        """Return a model's responses to prompts, asking only what is not known.

        Raises
        ------
        BudgetError
            If the next prompts would pass the budget.
        EndpointError
            If a model leaves prompts without an answer. What was answered is kept,
            here as in every other case. RefusedError, if a server refuses all: one that
            answers others leaves the rows that it refuses without an answer, and a
            problem in them.
        """
        distinct, where = self._distinct(prompts)
        said = self.question.unknown(len(distinct))
        known = self._known()
        todo = known.recall(distinct, said) if known else list(range(len(distinct)))
        with hearing_stop(), self._bar(len(todo)) as bar:
            for rows, batch in self._answers(distinct, todo, said):
                said.put(rows, batch)
                if known:
                    known.keep([distinct[row] for row in rows], batch)
                if any(self.model.prices):
                    bar.set_postfix_str(f"cost {self.account.cost:.4g}", refresh=False)
                bar.update(len(rows))
        return said.at(where)

    def recall(self, prompts: Sequence[Prompt]) -> Answered:
        """Return what is known of prompts, and ask nothing."""
        distinct, where = self._distinct(prompts)
        said = self.question.unknown(len(distinct))
        if known := self._known():
            known.recall(distinct, said)
        return said.at(where)

    def estimate(self, prompts: Sequence[Prompt]) -> Estimate:
        """Return what :meth:`ask` would take, and ask nothing."""
        distinct, _ = self._distinct(prompts)
        said = self.question.unknown(len(distinct))
        known, account = self._known(), self.account
        todo = [distinct[row] for row in known.recall(distinct, said)] if known else distinct
        read, longest = self.question.count_work(self.model, todo)
        tokens = int(read.sum()), len(todo) * longest
        if account.calls:
            seconds: float | None = account.seconds / account.calls * len(todo)
        else:
            seconds = self.question.expect_seconds(self.model, todo)
        cost = float(price(*tokens, self.model.prices)) * account.dearer
        return Estimate(len(todo), len(prompts) - len(todo), *tokens, seconds, cost)

    def _known(self) -> Known[Answered, Batch] | None:
        if self.store is None:
            return None
        return self.question.known(self.store, self.model.fingerprint)

    def _distinct(self, prompts: Sequence[Prompt]) -> tuple[list[Prompt], list[int]]:
        """Return prompts, each once if answers are kept, and where those given are among them."""
        if self.store is None:
            return list(prompts), list(range(len(prompts)))
        numbers: dict[Prompt, int] = {}
        where = [numbers.setdefault(prompt, len(numbers)) for prompt in prompts]
        return list(numbers), where

    def _answers(
        self, prompts: list[Prompt], todo: list[int], said: Answered
    ) -> Iterator[tuple[list[int], Batch]]:
        """Ask, and yield answers with their rows as they arrive."""
        costs = np.zeros(len(todo))
        if any(self.model.prices) and todo:  # count only if something has a price
            read, written = self.question.count_work(self.model, [prompts[n] for n in todo])
            costs = np.array([price(tokens, written, self.model.prices) for tokens in read])
        start = 0
        while start < len(todo):
            block = todo[start : start + self._affordable(costs[start:], start)]
            waiting = set(range(len(block)))
            try:
                for rows, batch in self._put([prompts[row] for row in block], costs[start:]):
                    waiting -= set(rows)
                    yield [block[row] for row in rows], batch
            except RefusedError as error:
                if not said.has_any():  # if all are refused, the texts are not the reason
                    raise
                waiting -= error.refused.keys()
                for row, reason in error.refused.items():
                    said.refuse(block[row], reason)
            if waiting:
                raise EndpointError(
                    f"Expected answers to {len(block)} prompts, got none to {len(waiting)} of "
                    "them. Ask again; the others are kept."
                )
            start += len(block)

    def _put(self, prompts: list[Prompt], costs: np.ndarray) -> Iterator[tuple[list[int], Batch]]:
        """Ask, and book what was answered, without the time in which others use it."""
        begun = time.perf_counter()
        for rows, tokens, batch in self.question.ask(self.model, prompts):
            self.account.add(len(rows), tokens, float(costs[rows].sum()), self.model.prices)
            self.account.seconds += time.perf_counter() - begun
            yield rows, batch
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


def check_cost(value: float) -> None:
    """Raise ParameterError unless a budget is a number from 0 on."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not value >= 0:  # NaN would not limit anything
        raise ParameterError(f"Expected max_cost as a number from 0 on, got {value!r:.60}.")
