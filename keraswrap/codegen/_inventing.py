"""Ask a language model for functions of columns, check each isolated, and keep what gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keraswrap._sandbox import Failure, Limits, find_kinds
from keraswrap.codegen._candidates import MODEL, Candidate, best_of, gain_over
from keraswrap.codegen._function_prompt import FunctionBriefing
from keraswrap.codegen._functions import check_alone, rows_to_check, run_functions
from keraswrap.codegen._inventions import Form, Invention, Written
from keraswrap.codegen._plan_functions import add_functions
from keraswrap.codegen._proposals import Proposer, Search
from keraswrap.codegen._space import Json
from keraswrap.exceptions import BudgetError, EndpointError, InputError, ParameterError
from keraswrap.llm._sampling import Generated

__all__ = ["Workshop", "ask_functions", "check_written"]

# Rows that are computed once more, each by itself.
_CHECKED = 20
_OTHER_ROWS = (
    "It gives a row another number alone than within the table: use that row's own values."
)
_CONSTANT = "It gives all rows the same number."


@dataclass
class Workshop:
    """Where functions are tried: on top of the best pipeline, in the folds of the search.

    Parameters
    ----------
    search : Search
        What was tried before; pipelines with functions that are kept are added.
    rows : DataFrame of shape (n, d)
        Training rows.
    test_share : float
    inventions : list of Invention
    """

    search: Search
    rows: pd.DataFrame
    test_share: float
    inventions: list[Invention] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._root = self.best = best_of(self.search.candidates)[0]

    @property
    def _kept(self) -> list[Written]:
        return [one.written for one in self.inventions if one.kept and one.written is not None]

    def refuse(self, problem: str, written: Written | None = None, reason: str = "") -> None:
        """Note an answer that is not scored."""
        told = reason or problem
        self.inventions.append(Invention(written, problem=problem, reason=told))

    def try_function(self, written: Written) -> None:
        """Check a function, score it, and keep it if it gains."""
        if written.name in {one.name for one in self._kept}:
            self.refuse("There is a column of that name.", written)
            return
        found = check_written(written, self.rows)
        if found is not None:
            self.refuse(found[0], written, found[1])
            return
        self._score(written)

    def _score(self, written: Written) -> None:
        functions = [*self._kept, written]
        assert self._root.pipeline is not None
        outcome = self.search.run(add_functions(self._root.pipeline, functions, checked=True))
        if not outcome.scores:
            self.refuse(str(outcome.error), written, str(outcome.reason))
            return
        gain = gain_over(outcome.scores, self.best.outcome.scores, self.test_share)
        made = Invention(written, float(np.mean(outcome.scores)), gain)
        self.inventions.append(made)
        if made.kept:
            names: list[Json] = [one.name for one in functions]
            told: dict[str, Json] = {"add_to": self._root.number, "functions": names}
            number = len(self.search.candidates)
            pipeline = add_functions(self._root.pipeline, functions)
            self.best = Candidate(number, MODEL, outcome, told, pipeline)
            self.search.candidates.append(self.best)


def check_written(written: Written, rows: pd.DataFrame) -> tuple[str, str] | None:
    """Run a function on training rows, isolated, and say why it cannot be used.

    Parameters
    ----------
    written : Written
    rows : DataFrame of shape (n, d)

    Returns
    -------
    tuple of str, or None
        Why, and the same without any value of the table; None if it can be used.

    Raises
    ------
    IsolationError, MissingExtraError
        If this machine cannot isolate a process.
    """
    frame, some = rows[list(written.columns)], rows_to_check(len(rows), _CHECKED)
    functions, kinds, limits = {written.name: written.source}, find_kinds(frame), Limits()
    made = run_functions(functions, frame, kinds, limits)
    if isinstance(made, Failure):
        return made.message, made.brief
    alone = run_functions(functions, frame.iloc[some], kinds, limits, by_row=True)
    if isinstance(alone, Failure):
        return alone.message, alone.brief
    try:
        check_alone([written.name], made[some], alone, some)
    except InputError as error:
        return str(error), _OTHER_ROWS
    return (_CONSTANT, _CONSTANT) if len(np.unique(made)) < 2 else None


def ask_functions(
    workshop: Workshop,
    proposer: Proposer,
    briefing: FunctionBriefing,
    form: Form,
    numbers: Sequence[int],
) -> str | None:
    """Try the functions that a language model writes, each time telling it what came of it.

    Parameters
    ----------
    workshop : Workshop
    proposer : Proposer
    briefing : FunctionBriefing
    form : Form
    numbers : sequence of int
        Of the answers to ask for. Those that cannot be used count.

    Returns
    -------
    str or None
        Why fewer were asked for.
    """
    for number in numbers:
        prompt = briefing.prompt(workshop.inventions, workshop.best)
        try:
            written = proposer.query(form, number).ask([prompt]).found[0]
        except BudgetError as error:
            return f"budget: {error}"
        except EndpointError as error:
            return f"endpoint: {error}"
        _try_answer(workshop, written, form)
    return None


def _try_answer(workshop: Workshop, answer: Generated | None, form: Form) -> None:
    if answer is None or not answer.is_whole:
        reason = answer.problem or answer.finish_reason if answer else "there is none"
        workshop.refuse(f"The answer cannot be used: {reason:.200}.")
        return
    try:
        written = form.read(answer.text)
    except ParameterError as error:
        workshop.refuse(str(error))
        return
    workshop.try_function(written)
