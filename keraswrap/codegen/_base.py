"""What PipelineWriter checks before any work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._sandbox import find_isolation
from keraswrap.codegen._data import Table, by_name, read_table
from keraswrap.codegen._design import Job, Settings, begin
from keraswrap.codegen._parameters import (
    check_number,
    check_seconds,
    check_whole,
    is_whole,
    scorer_of,
    seed_of,
)
from keraswrap.codegen._proposals import Proposer
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._cache import AnswerCache, check_cache, store_of
from keraswrap.llm._model_parameter import NamedModelEstimator
from keraswrap.llm._protocol import LanguageModel
from keraswrap.llm._query import Account, check_cost

if TYPE_CHECKING:
    from keraswrap.codegen._trials import Scorer

__all__ = ["DEFAULT_SCORING", "PipelineChooser"]

DEFAULT_SCORING = {"classification": "accuracy", "regression": "r2"}


class PipelineChooser(NamedModelEstimator):
    """The parameters of PipelineWriter, and what is known before anything is asked."""

    model: LanguageModel | str | os.PathLike[str]
    description: str
    scoring: str | Scorer | None
    cv: object
    n_candidates: int
    max_cost: float | None
    holdout: float
    features: str | None
    n_functions: int
    task: str | None
    time_limit: float | None
    show_rows: int
    random_state: int | np.random.RandomState | None
    n_jobs: int | None
    temperature: float
    max_tokens: int
    chat: bool
    cache: str | os.PathLike[str] | AnswerCache | None
    progress: bool | None

    def _begin(
        self, X: object, y: object, account: Account | None = None
    ) -> tuple[Job, Settings, Proposer]:
        """Check everything, and return what is known before anything is fitted or asked."""
        self._check()
        if self.features is not None:
            find_isolation()
        model = self._find_model()
        check_cache(self.cache)
        table = read_table(X, y, self.task)
        if self.features is not None and not by_name(table.X):
            raise InputTypeError(
                "Expected X as a DataFrame with names of columns for features='code', as functions "
                f"know columns by name, got {type(X).__name__}."
            )
        settings = self._settings(table)
        job = begin(table, settings)
        proposer = Proposer(
            model,
            store_of(self.cache, model),
            account or Account(),
            self.max_cost,
            int(self.max_tokens),
            float(self.temperature),
            settings.seed,
        )
        proposer.query(job.space, 0)  # the sampling is checked before any work
        return job, settings, proposer

    def _check(self) -> None:
        if self.features not in (None, "code"):
            raise ParameterError(f"Expected features as None or 'code', got {self.features!r:.60}.")
        wholes = {"n_candidates": 1, "n_functions": 1, "max_tokens": 1, "show_rows": 0}
        for name, least in wholes.items():
            check_whole(name, getattr(self, name), least)
        check_number("holdout", self.holdout, 0, below=1)
        if self.time_limit is not None:
            check_seconds("time_limit", self.time_limit)
        if self.n_jobs is not None and (not is_whole(self.n_jobs) or not self.n_jobs):
            raise ParameterError(f"Expected n_jobs as a whole number, got {self.n_jobs!r:.60}.")
        if not isinstance(self.description, str):
            raise InputTypeError(f"Expected description as a text, got {self.description!r:.60}.")
        for name, values in (("chat", (True, False)), ("progress", (None, True, False))):
            if getattr(self, name) not in values:
                raise ParameterError(f"Expected {name} as a bool, got {getattr(self, name)!r:.60}.")
        if self.max_cost is not None:
            check_cost(self.max_cost)

    def _settings(self, table: Table) -> Settings:
        scoring = self.scoring or DEFAULT_SCORING[table.target.task.kind]
        return Settings(
            self.description,
            scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "a score"),
            scorer_of(scoring),
            self.cv,
            int(self.n_candidates),
            int(self.n_functions) if self.features else 0,
            float(self.holdout),
            self.time_limit,
            self.n_jobs,
            int(self.show_rows),
            bool(self.chat),
            seed_of(self.random_state),
            self.progress,
        )
