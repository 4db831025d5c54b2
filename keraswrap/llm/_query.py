"""Ask a model what is not known yet, keep each answer at once, and stay within a budget."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from keraswrap.exceptions import BudgetError, EndpointError, RefusedError
from keraswrap.llm._cache import Record, answer_key, continuation_name, prompt_digest
from keraswrap.llm._costs import (
    Account,
    Estimate,
    count_work,
    estimate_costs,
    expect_seconds,
    price,
)
from keraswrap.llm._protocol import Answers, Continuation, LanguageModel, Prompt

__all__ = ["Query", "Said", "ask", "estimate"]

# Prompts that are asked at once before a budget's next look: it doubles, as the price gets surer.
_MOST_AT_ONCE = 64
# How the problem of a text begins that a server will not answer: it is asked again by each call.
REFUSED = "refused: "


class Store(Protocol):
    """Where answers are kept: on disk, or in memory."""

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Record]:
        """Give the records that are there."""

    def write(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add records."""


@dataclass(frozen=True)
class Query:
    """Whom to ask, and within what.

    Parameters
    ----------
    model : LanguageModel
    store : Store or None
        Where answers are kept.
    account : Account
    max_cost : float or None
        What `account` may come to.
    progress : bool or None
        Whether to show a bar; None is on a terminal.
    """

    model: LanguageModel
    store: Store | None = None
    account: Account = field(default_factory=Account)
    max_cost: float | None = None
    progress: bool | None = None


@dataclass(frozen=True, eq=False)
class Said:
    """What a model says of prompts.

    Parameters
    ----------
    log_probs : ndarray of shape (n, m)
        NaN where it does not say.
    texts : list of str or None
        What it answered in its own words.
    upper : ndarray of shape (n, m)
        What is not told has at most: natural logarithms; by default 0 everywhere.
    problems : list of str or None
        Why there is no answer, or only part of one.
    """

    log_probs: np.ndarray
    texts: list[str | None]
    upper: Any = None
    problems: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.upper is None:
            object.__setattr__(self, "upper", np.zeros(self.log_probs.shape))
        if not self.problems:
            object.__setattr__(self, "problems", [None] * len(self.log_probs))

    @classmethod
    def nothing(cls, n: int, m: int) -> Said:
        """Make what is filled in as a model answers."""
        return cls(np.full((n, m), np.nan), [None] * n)

    def at(self, rows: list[int]) -> Said:
        """Give what is said of some rows, in their order."""
        texts, problems = ([each[row] for row in rows] for each in (self.texts, self.problems))
        return Said(self.log_probs[rows], texts, self.upper[rows], problems)

    def knows(self) -> bool:
        """Tell whether anything was answered."""
        answered = any(text is not None for text in self.texts)
        return answered or bool(np.isfinite(self.log_probs).any())


def ask(query: Query, prompts: Sequence[Prompt], continuations: Sequence[Continuation]) -> Said:
    """Give a model's log-probabilities, asking only what is not known.

    Parameters
    ----------
    query : Query
    prompts : sequence of Prompt
    continuations : sequence of Continuation

    Returns
    -------
    Said

    Raises
    ------
    BudgetError
        If the next prompts would pass the budget.
    EndpointError
        If a model leaves prompts without an answer. What was answered is kept,
        here as in every other case. RefusedError, if a server refuses all: one that
        answers others leaves NaN, and a problem, in the rows that it refuses.
    """
    distinct, where = _distinct(prompts, query.store is not None)
    said = Said.nothing(len(distinct), len(continuations))
    todo = _recall(query, distinct, continuations, said)
    with _bar(query, len(todo)) as bar:
        for rows, answers in _answers(query, distinct, continuations, todo, said):
            _take(said, rows, answers)
            _keep(query, [distinct[row] for row in rows], continuations, answers)
            bar.update(len(rows))
    return said.at(where)


def _distinct(prompts: Sequence[Prompt], once: bool) -> tuple[list[Prompt], list[int]]:
    """Give prompts, each once if `once`, and where each of those given is among them."""
    if not once:
        return list(prompts), list(range(len(prompts)))
    numbers: dict[Prompt, int] = {}
    where = [numbers.setdefault(prompt, len(numbers)) for prompt in prompts]
    return list(numbers), where


def _recall(
    query: Query, prompts: list[Prompt], continuations: Sequence[Continuation], said: Said
) -> list[int]:
    """Fill in what is known, and give the rows that are not."""
    if query.store is None:
        return list(range(len(prompts)))
    digests = [prompt_digest(query.model.fingerprint, prompt) for prompt in prompts]
    names = [continuation_name(one) for one in continuations]
    known, todo = query.store.read(digests), []
    for row, digest in enumerate(digests):
        log_probs = known[digest].log_probs if digest in known else {}
        if all(name in log_probs for name in names):
            said.log_probs[row] = [log_probs[name] for name in names]
        else:
            todo.append(row)
    return _recall_texts(query.store, digests, continuations, said, todo)


def _recall_texts(
    store: Store,
    digests: list[bytes],
    continuations: Sequence[Continuation],
    said: Said,
    todo: list[int],
) -> list[int]:
    """Fill in what was said instead, and give the rows of which nothing is known."""
    keys = {row: answer_key(digests[row], continuations) for row in todo}
    known = store.read(list(keys.values()))
    told = {row: json.loads(known[key].answer or "[]") for row, key in keys.items() if key in known}
    whole = {row: one for row, one in told.items() if _is_whole(one)}
    for row, (scores, text, *more) in whole.items():
        upper, said.problems[row] = [*more, None, None][:2]
        said.log_probs[row], said.texts[row] = scores, text
        if upper is not None:
            said.upper[row] = upper
    return [row for row in todo if row not in whole]


def _is_whole(told: list[Any]) -> bool:
    """Tell whether a record has what one of today has: older ones lack bounds of what is open."""
    open_ = np.isnan(told[0])
    return len(told) > 2 or bool(open_.all() or not open_.any())


def _answers(
    query: Query,
    prompts: list[Prompt],
    continuations: Sequence[Continuation],
    todo: list[int],
    said: Said,
) -> Iterator[tuple[list[int], Answers]]:
    """Ask, and give what was answered as it comes, with its rows."""
    costs = estimate_costs(query.model, [prompts[row] for row in todo], continuations)
    start = 0
    while start < len(todo):
        stop = start + _affordable(query, costs[start:], start)
        block, waiting = todo[start:stop], set(range(stop - start))
        begun = time.perf_counter()
        try:
            for answers in query.model.score([prompts[row] for row in block], continuations):
                rows = [int(row) for row in answers.rows]
                waiting -= set(rows)
                query.account.add(answers, float(costs[start:][rows].sum()), query.model.prices)
                query.account.seconds += time.perf_counter() - begun
                yield [block[row] for row in rows], answers
                begun = time.perf_counter()
        except RefusedError as error:
            if not said.knows():  # what is refused without exception is not for the texts
                raise
            waiting -= error.refused.keys()
            for row, reason in error.refused.items():
                said.problems[block[row]] = f"{REFUSED}{reason}"
        if waiting:
            raise EndpointError(
                f"Expected answers to {len(block)} prompts, got none to {len(waiting)} of "
                "them. Ask again; the others are kept."
            )
        start = stop


def _affordable(query: Query, costs: np.ndarray, done: int) -> int:
    """Say how many of the next prompts may be asked at once, or raise BudgetError."""
    if query.max_cost is None or not costs.any():
        return len(costs)
    left = query.max_cost - query.account.cost
    fits = int(np.searchsorted(np.cumsum(costs) * query.account.dearer, left, side="right"))
    if not fits:
        raise BudgetError(_over_budget(query, done, done + len(costs)))
    return min(fits, max(1, done), _MOST_AT_ONCE)


def _over_budget(query: Query, done: int, n: int) -> str:
    kept = "They are kept: call again with a larger max_cost, and only the rest is asked."
    lost = "They are lost, since use_caching is False: set it, and a larger max_cost."
    return (
        f"Expected a cost of at most max_cost={query.max_cost:g}, got {query.account.cost:.6g} "
        f"spent for {done} of {n} prompts, and the next would pass it. "
        f"{lost if query.store is None else kept}"
    )


def _take(said: Said, rows: list[int], answers: Answers) -> None:
    said.log_probs[rows] = answers.log_probs
    if answers.upper is not None:
        said.upper[rows] = answers.upper
    for row, problem in zip(rows, answers.problems, strict=False):
        said.problems[row] = problem
    for row, text in zip(rows, answers.texts, strict=False):
        said.texts[row] = text


def _keep(
    query: Query, prompts: list[Prompt], continuations: Sequence[Continuation], answers: Answers
) -> None:
    if query.store is not None:
        query.store.write(list(_records(query.model.fingerprint, prompts, continuations, answers)))


def _records(
    fingerprint: str, prompts: list[Prompt], continuations: Sequence[Continuation], answers: Answers
) -> Iterator[tuple[bytes, Record]]:
    names = [continuation_name(one) for one in continuations]
    texts = [*answers.texts, *[None] * (len(prompts) - len(answers.texts))]
    uppers = [None] * len(prompts) if answers.upper is None else answers.upper.tolist()
    problems = [*answers.problems, *[None] * (len(prompts) - len(answers.problems))]
    rows = zip(prompts, answers.log_probs, texts, uppers, problems, strict=True)
    for prompt, scores, text, upper, problem in rows:
        digest = prompt_digest(fingerprint, prompt)
        if text is not None or np.isnan(scores).any():
            # What a model says freely hangs on what it could say.
            told = json.dumps([scores.tolist(), text, upper, problem])
            yield answer_key(digest, continuations), Record({}, told)
        else:
            yield digest, Record(dict(zip(names, scores.tolist(), strict=True)))


def estimate(
    query: Query, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
) -> Estimate:
    """Say what :func:`ask` would take, and ask nothing.

    Parameters
    ----------
    query, prompts, continuations
        As for :func:`ask`.

    Returns
    -------
    Estimate
    """
    distinct, _ = _distinct(prompts, query.store is not None)
    said = Said.nothing(len(distinct), len(continuations))
    todo = [distinct[row] for row in _recall(query, distinct, continuations, said)]
    read, longest = count_work(query.model, todo, continuations)
    account = query.account
    return Estimate(
        calls=len(todo),
        cached=len(prompts) - len(todo),
        tokens_in=int(read.sum()),
        tokens_out=len(todo) * longest,
        seconds=(
            account.seconds / account.calls * len(todo)
            if account.calls
            else expect_seconds(query.model, todo, continuations)
        ),
        cost=float(price(read.sum(), len(todo) * longest, query.model.prices)) * account.dearer,
    )


def _bar(query: Query, total: int) -> Any:
    from tqdm.auto import tqdm

    hidden = True if not total else None if query.progress is None else not query.progress
    return tqdm(total=total, unit=" prompts", disable=hidden)
