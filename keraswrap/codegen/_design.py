"""The whole of a design: fold, try, choose, and score the winner on rows that were set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from tqdm.auto import tqdm

from keraswrap.codegen._calls import Call
from keraswrap.codegen._candidates import DEFAULTS, Candidate, best_of
from keraswrap.codegen._data import Table
from keraswrap.codegen._function_prompt import FunctionBriefing, brief_functions
from keraswrap.codegen._inventing import Workshop, ask_functions
from keraswrap.codegen._inventions import Form, Invention, form_of
from keraswrap.codegen._plan import plan_defaults, plan_pipeline
from keraswrap.codegen._prompt import Briefing, brief
from keraswrap.codegen._proposals import Proposer, Search, ask_model, draw_random
from keraswrap.codegen._space import Fields
from keraswrap.codegen._specification import space_of
from keraswrap.codegen._splits import make_folds, scored_share, set_aside
from keraswrap.codegen._trials import Outcome, Scorer, Trials, fit, fit_and_score
from keraswrap.exceptions import InputError
from keraswrap.llm._query import Account

__all__ = ["Design", "Job", "Settings", "begin", "design"]


@dataclass(frozen=True)
class Settings:
    """How pipelines are tried and chosen; see :class:`PipelineWriter`."""

    description: str
    metric: str
    scorer: Scorer
    cv: object
    n_candidates: int
    n_functions: int
    holdout: float
    time_limit: float | None
    n_jobs: int | None
    show_rows: int
    chat: bool
    seed: int
    progress: bool | None


@dataclass(frozen=True, eq=False)
class Job:
    """What is known before anything is fitted or asked.

    Parameters
    ----------
    table : Table
        Its columns are described by the rows that a pipeline is chosen by.
    rows, aside : ndarray of int
        Rows to choose a pipeline by, and those that are set aside.
    folds : list of (ndarray, ndarray)
    space : Fields
    briefing : Briefing
    form : Form
        Of functions that compute columns.
    """

    table: Table
    rows: np.ndarray
    aside: np.ndarray
    folds: Sequence[tuple[np.ndarray, np.ndarray]]
    space: Fields
    briefing: Briefing
    form: Form

    def brief_functions(self) -> FunctionBriefing:
        """Return what a model is told to write functions."""
        return brief_functions(self.briefing.told, self.briefing.template.chat)


@dataclass(frozen=True, eq=False)
class Design:
    """What came of a design.

    Parameters
    ----------
    candidates : list of Candidate
    test_share : float
    winner : Candidate
    fitted : estimator
        The winner, fitted on all rows.
    holdout_score : float or None
    stopped : str or None
        Why the model was asked less often than it might have been.
    inventions : list of Invention
        Functions that the model wrote, and what became of them.
    """

    candidates: Sequence[Candidate]
    test_share: float
    winner: Candidate
    fitted: BaseEstimator
    holdout_score: float | None
    stopped: str | None
    inventions: Sequence[Invention] = ()


def begin(table: Table, settings: Settings) -> Job:
    """Return what is known before anything is fitted or asked.

    Raises
    ------
    InputError, ParameterError
        If there are too few rows to set some aside, or for the folds.
    """
    target, seed = table.target, settings.seed
    rows, aside = set_aside(target, settings.holdout, seed)
    folds = make_folds(target, rows, settings.cv, seed)
    some = table.described_by(rows)
    space = space_of(some.columns, target.task)
    drawn = np.random.default_rng([seed, 0]).permutation(rows)[: settings.show_rows]
    briefing = brief(
        some,
        space,
        rows,
        description=settings.description,
        metric=settings.metric,
        shown=drawn.tolist(),
        chat=settings.chat,
    )
    return Job(some, rows, aside, folds, space, briefing, form_of(some.columns))


def design(job: Job, settings: Settings, proposer: Proposer) -> Design:
    """Try the defaults, what a model proposes and what is drawn; return the best of them.

    Raises
    ------
    InputError
        If gradient boosting with its defaults cannot be fitted or scored.
    EndpointError
        If the model does not give a first answer.
    """
    n, task, seed = settings.n_candidates, job.table.target.task, settings.seed
    total = n + settings.n_functions
    with (
        Trials(
            job.table, job.folds, settings.scorer, settings.time_limit, settings.n_jobs
        ) as trials,
        _bar(2 * total + 1, settings.progress) as bar,
    ):
        columns = job.table.columns
        search = Search(
            lambda told: plan_pipeline(told, columns, task, seed),
            _counting(trials.run, bar, proposer.account),
        )
        search.try_pipeline(DEFAULTS, plan_defaults(columns, task, seed))
        _check_defaults(search.candidates[0])
        stopped = ask_model(search, proposer, job.briefing, job.space, n)
        draw_random(search, job.space, total, np.random.default_rng([seed, 1]))
        inventions, ended = _invent(job, settings, proposer, search)
    found = _finish(job, settings, search.candidates, stopped or ended)
    return replace(found, inventions=inventions)


def _invent(
    job: Job, settings: Settings, proposer: Proposer, search: Search
) -> tuple[list[Invention], str | None]:
    """Let the model write functions, on top of the best pipeline; none if none were asked for."""
    if not settings.n_functions or not best_of(search.candidates):
        return [], None
    rows = pd.DataFrame(job.table.at(job.rows)[0])
    workshop = Workshop(search, rows, scored_share(job.folds))
    n = settings.n_candidates
    numbers = range(n, n + settings.n_functions)
    ended = ask_functions(workshop, proposer, job.brief_functions(), job.form, numbers)
    return workshop.inventions, ended


def _counting(
    run: Callable[[Call], Outcome], bar: tqdm[None], account: Account
) -> Callable[[Call], Outcome]:
    def counted(pipeline: Call) -> Outcome:
        outcome = run(pipeline)
        if account.cost:
            bar.set_postfix(cost=f"{account.cost:.4g}", refresh=False)
        bar.update()
        return outcome

    return counted


def _bar(total: int, progress: bool | None) -> tqdm[None]:
    return tqdm(total=total, unit=" pipelines", disable=None if progress is None else not progress)


def _check_defaults(one: Candidate) -> None:
    """Raise InputError if not even the defaults work, for then nothing will."""
    error = one.outcome.error
    if error is not None and "time_limit" not in error:
        raise InputError(
            "Expected a table and a scoring that gradient boosting with its defaults works with, "
            f"got: {error} Check scoring, task, and the columns of X."
        )


def _finish(
    job: Job, settings: Settings, candidates: list[Candidate], stopped: str | None
) -> Design:
    """Score the best candidate on the rows that were set aside, and fit it on all rows."""
    errors = []
    for winner in best_of(candidates):
        assert winner.pipeline is not None
        try:
            score = None
            if len(job.aside):
                _, score = fit_and_score(
                    winner.pipeline, job.table, job.rows, job.aside, settings.scorer
                )
            fitted = fit(winner.pipeline, job.table)
        except Exception as error:  # what works in each fold may fail on all rows
            errors.append(f"{type(error).__name__}: {error!s:.200}")
            continue
        return Design(candidates, scored_share(job.folds), winner, fitted, score, stopped)
    told = errors or [str(one.outcome.error) for one in candidates]
    raise InputError(
        f"Expected a pipeline that can be fitted, got none of {len(candidates)}. The last error: "
        f"{told[-1]} Raise time_limit, or pass fewer rows."
    )
