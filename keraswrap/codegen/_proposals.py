"""Ask a language model for one specification after another, and keep what was paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from keraswrap.codegen._calls import Call
from keraswrap.codegen._candidates import MODEL, RANDOM, Candidate
from keraswrap.codegen._prompt import MOST_LISTED, Briefing
from keraswrap.codegen._space import Fields, Json
from keraswrap.codegen._specification import draw_specification, read_specification
from keraswrap.codegen._trials import Outcome
from keraswrap.exceptions import BudgetError, EndpointError, ParameterError
from keraswrap.llm._protocol import LanguageModel, Prompt, count_writing
from keraswrap.llm._query import Account, Estimate, Query, price
from keraswrap.llm._questions import Generation
from keraswrap.llm._responses import Store
from keraswrap.llm._sampling import SEEDS, Generated, Sampling

__all__ = ["Plan", "Proposer", "Search", "ask_model", "draw_random"]

# How a specification becomes a pipeline, and what becomes of that.
Plan = Callable[[dict[str, Json]], Call]
Run = Callable[[Call], Outcome]
# What is said of a specification that comes again, and what each one adds to the temperature
# until something new comes: small models would go on repeating themselves.
REPEATED = "It was tried before."
_WARMER, _WARMEST = 0.3, 2.0
# Draws in a row that were tried before, after which a small space counts as searched.
_MOST_REPEATS = 200


@dataclass
class Search:
    """What was tried so far, and how something is tried.

    Parameters
    ----------
    plan : callable
    run : callable
    candidates : list of Candidate
    """

    plan: Plan
    run: Run
    candidates: list[Candidate] = field(default_factory=list)

    def try_pipeline(
        self, source: str, pipeline: Call, specification: dict[str, Json] | None = None
    ) -> None:
        """Score a pipeline; one that was scored before has the same scores."""
        known = self._known(pipeline)
        outcome = known.outcome if known else self.run(pipeline)
        number = len(self.candidates)
        self.candidates.append(Candidate(number, source, outcome, specification, pipeline))

    def was_tried_by(self, source: str, pipeline: Call) -> bool:
        """Return whether a source has tried a pipeline before."""
        return any(one.source == source and one.pipeline == pipeline for one in self.candidates)

    def refuse(
        self, source: str, reason: str, specification: dict[str, Json] | None = None
    ) -> None:
        """Note an answer that is not tried."""
        outcome = Outcome((), 0.0, reason, reason)
        self.candidates.append(Candidate(len(self.candidates), source, outcome, specification))

    def _known(self, pipeline: Call) -> Candidate | None:
        scored = (one for one in self.candidates if one.outcome.scores)
        return next((one for one in scored if one.pipeline == pipeline), None)


class Formed(Protocol):
    """What an answer has to look like."""

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema."""


@dataclass(frozen=True)
class Proposer:
    """Whom to ask, and how.

    Parameters
    ----------
    model : LanguageModel
    store : Store
    account : Account
    max_cost : float or None
    max_tokens : int
    temperature : float
    seed : int
    progress : bool or None
    """

    model: LanguageModel
    store: Store
    account: Account
    max_cost: float | None
    max_tokens: int
    temperature: float
    seed: int
    progress: bool | None = False

    def query(self, space: Formed, number: int, repeats: int = 0) -> Query:
        """Return how the answer of that number is asked for, after some repeats in a row."""
        sampling = self._sampling(space, number, repeats)
        question = Generation(sampling)
        return Query(self.model, question, self.store, self.account, self.max_cost, self.progress)

    def estimate(self, briefing: Briefing, space: Fields, n: int) -> Estimate:
        """Return what asking for some candidates would take at most, and ask nothing."""
        prompt = briefing.prompt([], MODEL)
        cached = self.query(space, 0).estimate([prompt]).cached
        return self._at_most(prompt, self._sampling(space, 0), n, cached)

    def estimate_functions(self, prompt: Prompt, n: int) -> Estimate:
        """Return what asking for some functions would take at most, and ask nothing."""
        # Any schema: a server may be asked more often for one.
        sampling = Sampling(self.max_tokens, schema={"type": "object"})
        return self._at_most(prompt, sampling, n, 0)

    def _at_most(self, prompt: Prompt, sampling: Sampling, n: int, cached: int) -> Estimate:
        """Count as if each prompt listed as many earlier answers as it may, each in full."""
        read, written = count_writing(self.model, [prompt], sampling)
        listed = sum(min(number, MOST_LISTED) for number in range(n)) * written
        tokens = n * int(read[0]) + listed, n * written
        return Estimate(n - cached, cached, *tokens, None, price(*tokens, self.model.prices))

    def _sampling(self, space: Formed, number: int, repeats: int = 0) -> Sampling:
        temperature = self.temperature
        if 0 < temperature < _WARMEST:
            temperature = min(temperature + _WARMER * repeats, _WARMEST)
        seed = (self.seed + number) % SEEDS
        return Sampling(self.max_tokens, temperature, 0.95, seed, schema=space.schema())


def add_estimates(one: Estimate, other: Estimate) -> Estimate:
    """Return what two kinds of questions take together."""
    calls, cached = one.calls + other.calls, one.cached + other.cached
    tokens = one.tokens_in + other.tokens_in, one.tokens_out + other.tokens_out
    return Estimate(calls, cached, *tokens, None, one.cost + other.cost)


def ask_model(
    search: Search, proposer: Proposer, briefing: Briefing, space: Fields, n: int
) -> str | None:
    """Try what a language model proposes, each time telling it what came of it.

    Parameters
    ----------
    search : Search
    proposer : Proposer
    briefing : Briefing
    space : Fields
    n : int
        Answers to ask for. Those that cannot be used count.

    Returns
    -------
    str or None
        Why fewer were asked for.

    Raises
    ------
    EndpointError
        If the first answer does not come.
    """
    repeats = 0
    for number in range(n):
        prompt = briefing.prompt(search.candidates, MODEL)
        try:
            written = proposer.query(space, number, repeats).ask([prompt]).found[0]
        except BudgetError as error:
            return f"budget: {error}"
        except EndpointError as error:
            if not number:
                raise
            return f"endpoint: {error}"
        _try_answer(search, written, space)
        repeats = repeats + 1 if search.candidates[-1].outcome.error == REPEATED else 0
    return None


def _try_answer(search: Search, written: Generated | None, space: Fields) -> None:
    if written is None or not written.is_whole:
        reason = written.problem or written.finish_reason if written else "there is none"
        search.refuse(MODEL, f"The answer cannot be used: {reason:.200}.")
        return
    try:
        specification = read_specification(written.text, space)
    except ParameterError as error:
        search.refuse(MODEL, str(error))
        return
    pipeline = search.plan(specification)
    if search.was_tried_by(MODEL, pipeline):
        search.refuse(MODEL, REPEATED, specification)
    else:
        search.try_pipeline(MODEL, pipeline, specification)


def draw_random(search: Search, space: Fields, n: int, rng: np.random.Generator) -> None:
    """Try pipelines that are drawn at random from the same space, each a different one.

    Parameters
    ----------
    search : Search
    space : Fields
    n : int
    rng : Generator
    """
    drawn = _distinct(search, space, rng)
    for _ in range(n):
        found = next(drawn, None)
        if found is None:
            return
        search.try_pipeline(RANDOM, found[1], found[0])


def _distinct(
    search: Search, space: Fields, rng: np.random.Generator
) -> Iterator[tuple[dict[str, Json], Call]]:
    repeats = 0
    while repeats < _MOST_REPEATS:
        specification = draw_specification(space, rng)
        pipeline = search.plan(specification)
        if search.was_tried_by(RANDOM, pipeline):
            repeats += 1
        else:
            repeats = 0
            yield specification, pipeline
