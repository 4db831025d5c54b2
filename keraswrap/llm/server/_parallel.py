"""Rows in threads: what is answered is yielded at once, and what is refused is raised last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from keraswrap.exceptions import RefusedError
from keraswrap.llm.server._transport import Refusal

__all__ = ["in_parallel", "tell_refused"]

_T = TypeVar("_T")


def in_parallel(
    task: Callable[[int], _T], count: int, workers: int, stop: threading.Event
) -> Iterator[_T]:
    """Run numbered tasks in threads, and yield results as they finish.

    After a failure no task begins, those that run are waited for, and what they
    come to is given before the failure is raised.

    Parameters
    ----------
    stop : threading.Event
        Set after a failure, and at the end.

    Yields
    ------
    object
        What a task returned.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="keraswrap-endpoint")
    running: set[Future[_T]] = set()
    rows, failure = iter(range(count)), None
    try:
        while True:
            # Never submit more than run at once: answers nobody waits for would still cost money.
            while failure is None and len(running) < workers and (n := next(rows, -1)) >= 0:
                running.add(pool.submit(task, n))
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                error = future.exception()
                if error is None:
                    yield future.result()
                elif failure is None:
                    failure = error
                    stop.set()
        if failure is not None:
            raise failure
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def tell_refused(answers: Iterator[_T | None], refused: dict[int, Refusal], n: int) -> Iterator[_T]:
    """Yield the answers, and then name the rows that were refused."""
    n_given = 0
    for answer in answers:
        if answer is not None:
            n_given += 1
            yield answer
    if refused:
        reasons = {row: f"status {refused[row].status}: {refused[row].said}" for row in refused}
        first = min(refused)
        raise RefusedError(
            f"{refused[first]} This is of {len(refused)} of {n} texts, first in row {first}. "
            f"Answered and kept: {n_given} of {n}.",
            {row: " ".join(reasons[row].split()) for row in sorted(reasons)},
        )
