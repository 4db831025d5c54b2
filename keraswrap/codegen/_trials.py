"""Cross-validate pipelines, each within a time limit, in child processes that can be ended."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from joblib import cpu_count, effective_n_jobs
from sklearn.base import BaseEstimator

from keraswrap.codegen._calls import Call, make
from keraswrap.codegen._data import Table
from keraswrap.model_selection._child_processes import end_with, start_uninterrupted

if TYPE_CHECKING:
    from joblib.externals.loky import ProcessPoolExecutor

__all__ = ["Outcome", "Scorer", "Trials", "fit_and_score"]

Scorer = Callable[[BaseEstimator, object, np.ndarray], float]
Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Outcome:
    """What became of a pipeline.

    Parameters
    ----------
    scores : tuple of float
        One for each fold; empty if one failed.
    seconds : float
        Wall time.
    error : str, optional
        Why there are no scores. It may show values of the table.
    reason : str, optional
        The same without any value of the table.
    """

    scores: tuple[float, ...]
    seconds: float
    error: str | None = None
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """What children need to score any pipeline.

    Parameters
    ----------
    table : Table
    folds : sequence of (ndarray, ndarray)
        Rows to fit on, and rows to score.
    scorer : callable
    owner : int
        The process that the children belong to.
    """

    table: Table
    folds: Sequence[Fold]
    scorer: Scorer
    owner: int


class Trials:
    """Score pipelines on the same folds, as a context.

    Parameters
    ----------
    table : Table
    folds : sequence of (ndarray, ndarray)
    scorer : callable
    time_limit : float or None
        Seconds for all folds of a pipeline. With None and one job, they are fitted in
        this process.
    n_jobs : int or None
        Folds that are fitted at once.
    """

    def __init__(
        self,
        table: Table,
        folds: Sequence[Fold],
        scorer: Scorer,
        time_limit: float | None,
        n_jobs: int | None,
    ) -> None:
        self._work = Work(table, folds, scorer, os.getpid())
        self._limit, self._n_jobs = time_limit, min(effective_n_jobs(n_jobs), len(folds))
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, pipeline: Call) -> Outcome:
        """Return the score of a pipeline in each fold, or why there are none."""
        if self._limit is None and self._n_jobs == 1:
            begun = time.perf_counter()
            found = [_score(self._work, pipeline, k) for k in range(len(self._work.folds))]
        else:
            pool = self._started()
            begun = time.perf_counter()
            found = self._collect(pool, pipeline, begun)
        return _outcome_of(found, time.perf_counter() - begun)

    def _collect(self, pool: ProcessPoolExecutor, pipeline: Call, begun: float) -> list[Result]:
        futures = [pool.submit(_score_here, pipeline, k) for k in range(len(self._work.folds))]
        found: list[Result] = []
        for future in futures:
            left = None if self._limit is None else begun + self._limit - time.perf_counter()
            try:
                found.append(future.result(left if left is None else max(left, 0.0)))
            except TimeoutError:
                self._end()
                late = f"It took longer than time_limit={self._limit:g} seconds."
                return [Result(None, late, late)]
            except Exception as error:  # loky's, of a child that died
                self._end()
                died = "Its process died, for instance for lack of memory"
                return [Result(None, f"{died}: {error!s:.200}", f"{died}.")]
        return found

    def _started(self) -> ProcessPoolExecutor:
        """Return running children: the time limit begins when they can work."""
        if self._pool is None:
            from joblib.externals.loky import ProcessPoolExecutor

            with start_uninterrupted():
                self._pool = ProcessPoolExecutor(
                    self._n_jobs,
                    initializer=_receive,
                    initargs=(self._work,),
                    env=_threads(self._n_jobs),
                )
                ready = [self._pool.submit(_is_ready) for _ in range(self._n_jobs)]
            for each in ready:
                each.result()
        return self._pool

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = None


def _threads(n_jobs: int) -> dict[str, str]:
    """Share the cores among children: threads that wait for one another slow all down."""
    if n_jobs == 1:
        return {}
    each = str(max(1, cpu_count() // n_jobs))
    return {name: os.environ.get(name, each) for name in _THREADS}


_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Result:
    """The score of one fold, or why there is none."""

    score: float | None
    error: str | None = None
    reason: str | None = None


def _outcome_of(found: Sequence[Result], seconds: float) -> Outcome:
    failed = next((each for each in found if each.score is None), None)
    if failed is not None:
        return Outcome((), seconds, failed.error, failed.reason)
    return Outcome(tuple(each.score for each in found if each.score is not None), seconds)


# In a child

_RECEIVED: list[Work] = []


def _receive(work: Work) -> None:
    end_with(work.owner)
    _RECEIVED[:] = [work]


def _is_ready() -> bool:
    return bool(_RECEIVED)


def _score_here(pipeline: Call, fold: int) -> Result:
    return _score(_RECEIVED[0], pipeline, fold)


def _score(work: Work, pipeline: Call, fold: int) -> Result:
    train, test = work.folds[fold]
    try:
        _, score = fit_and_score(pipeline, work.table, train, test, work.scorer)
    except Exception as error:  # whatever a pipeline raises is an entry of the leaderboard
        kind = type(error).__name__
        return Result(None, f"{kind}: {' '.join(str(error).split()):.300}", f"It raised {kind}.")
    if not np.isfinite(score):
        bad = f"Its score in fold {fold} is {score}."
        return Result(None, bad, bad)
    return Result(score)


def fit_and_score(
    pipeline: Call, table: Table, train: np.ndarray, test: np.ndarray, scorer: Scorer
) -> tuple[BaseEstimator, float]:
    """Return a pipeline fitted on some rows, and its score on others.

    Parameters
    ----------
    pipeline : Call
    table : Table
    train, test : ndarray of int
    scorer : callable

    Returns
    -------
    estimator, float
    """
    fitted = fit(pipeline, table, train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fitted, float(scorer(fitted, *table.at(test)))


def fit(pipeline: Call, table: Table, rows: np.ndarray | None = None) -> BaseEstimator:
    """Return a pipeline fitted on some rows, or on all.

    Warnings are dropped: that a net of steps does not converge is seen in its score.
    """
    made = make(pipeline)
    assert hasattr(made, "fit")
    X, y = (table.X, table.target.values) if rows is None else table.at(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return made.fit(X, y)
