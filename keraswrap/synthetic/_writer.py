"""Have texts written: distinct prompts once, within a budget, whatever was paid for kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from keraswrap.exceptions import BudgetError, RefusedError
from keraswrap.llm._protocol import Prompt
from keraswrap.llm._query import Estimate, Query
from keraswrap.llm._questions import Texts
from keraswrap.llm._sampling import Generated, Sampling

__all__ = ["Writer", "add_estimates"]

Ask = Callable[[Sampling], Query[Texts, list[Generated]]]


@dataclass(eq=False)
class Writer:
    """Writes after prompts; after a prompt that comes again, with another seed.

    Parameters
    ----------
    ask : callable
        Makes a query for a sampling.
    sampling : Sampling
        That of prompts that come for the first time.
    is_over : bool
        Whether the budget has ended.
    """

    ask: Ask
    sampling: Sampling
    is_over: bool = False
    _times: Counter[Prompt] = field(default_factory=Counter)

    def estimate(self, prompts: Sequence[Prompt]) -> list[Estimate]:
        """Return what :meth:`write` would take from the start, for each seed."""
        return [
            self.ask(self._sampling(times)).estimate([prompts[row] for row in rows])
            for times, rows in _group(prompts, Counter())
        ]

    def write(self, prompts: Sequence[Prompt]) -> list[Generated | None]:
        """Return what is written after each prompt; None where the budget has ended.

        Raises
        ------
        EndpointError
            If a server leaves prompts without an answer. Answers so far are kept.
        """
        found: list[Generated | None] = [None] * len(prompts)
        for times, rows in _group(prompts, self._times):
            written = self._write([prompts[row] for row in rows], times)
            for row, one in zip(rows, written, strict=True):
                found[row] = one
        return found

    def _write(self, prompts: list[Prompt], times: int) -> list[Generated | None]:
        query = self.ask(self._sampling(times))
        if self.is_over:
            return query.recall(prompts).found
        try:
            return query.ask(prompts).found
        except BudgetError:
            self.is_over = True
            return query.recall(prompts).found
        except RefusedError as error:  # all that were left: others may be written
            problem = str(error)
            known = query.recall(prompts).found
            return [one or Generated(0, "", "refused", problem=problem) for one in known]

    def _sampling(self, times: int) -> Sampling:
        return replace(self.sampling, seed=_mix(self.sampling.seed or 0, times))


def _mix(seed: int, times: int) -> int:
    """Return the seed for a prompt that came so often; of the first time, the given one.

    It is not the next one up: that of the next random_state, whose texts would be the same.
    """
    return int(np.random.SeedSequence([seed, times]).generate_state(1)[0]) >> 1 if times else seed


def add_estimates(parts: Sequence[Estimate]) -> Estimate:
    """Add estimates; seconds are unknown if those of one are.

    Examples
    --------
    >>> add_estimates([Estimate(1, 0, 5, 9, None, 0.5), Estimate(2, 1, 5, 9, 3.0, 0.5)])
    Estimate(calls=3, cached=1, tokens_in=10, tokens_out=18, seconds=None, cost=1.0)
    """
    seconds = [part.seconds for part in parts]
    known = [each for each in seconds if each is not None]
    return Estimate(
        sum(part.calls for part in parts),
        sum(part.cached for part in parts),
        sum(part.tokens_in for part in parts),
        sum(part.tokens_out for part in parts),
        sum(known) if len(known) == len(seconds) else None,
        sum(part.cost for part in parts),
    )


def _group(prompts: Sequence[Prompt], times: Counter[Prompt]) -> list[tuple[int, list[int]]]:
    """Return rows by how often their prompt came before, and count them."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, prompt in enumerate(prompts):
        groups[times[prompt]].append(row)
        times[prompt] += 1
    return sorted(groups.items())
