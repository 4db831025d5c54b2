"""Asks Dask's scheduler whether it still works on what is waited for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from keraswrap.exceptions import WorkerError

if TYPE_CHECKING:
    import distributed

log = logging.getLogger(__name__)

# Seconds between two checks.
LOOK = 10


class Watch:
    """Checks from time to time, and names the tasks that no worker runs.

    A task counts as forsaken where two looks agree: the scheduler does not know
    it, or counts it as ended while the client was not told, or gave it to a
    worker that has since said that it has nothing to do.

    Parameters
    ----------
    patience : float
        Seconds that a cluster may be without workers.
    """

    def __init__(self, client: distributed.Client, patience: float) -> None:
        self.client, self.patience = client, patience
        self._next = time.monotonic() + LOOK
        self._manned = time.monotonic()
        self._idle: dict[str, float] = {}

    def forsaken(self, keys: Sequence[str]) -> list[str]:
        """Name those of the keys that two looks found idle; none before the time has come."""
        now = time.monotonic()
        if now < self._next or not keys:
            return []
        workers, idle = self._look(keys)
        self._next = time.monotonic() + LOOK
        self._check_manned(workers)
        first = {key: self._idle.get(key, told) for key, told in idle.items()}
        self._idle = first
        # The second report of a worker must be newer than the first.
        return [key for key, told in idle.items() if told > first[key]]

    def _look(self, keys: Sequence[str]) -> tuple[int, dict[str, float]]:
        try:
            return self.client.run_on_scheduler(_looker(), keys=list(keys))
        except Exception as error:  # a scheduler may forbid it: rely on futures alone
            log.debug("the scheduler was not asked: %r", error)
            return 1, {}

    def _check_manned(self, workers: int) -> None:
        if workers:
            self._manned = time.monotonic()
        elif time.monotonic() - self._manned > self.patience:
            raise no_workers(self.patience)


def no_workers(patience: float) -> WorkerError:
    """Build the error for a cluster that has been without workers for too long."""
    return WorkerError(
        f"Expected the Dask cluster to have workers, got none for {patience:.0f} s. "
        "Start some and fit again; with journal= what was done is kept. To wait longer: "
        "joblib.parallel_config('dask', wait_for_workers_timeout=600)."
    )


def _looker() -> Callable[..., tuple[int, dict[str, float]]]:
    # A nested function is sent by value, so a scheduler need not have this package.
    def look(
        keys: list[str], dask_scheduler: distributed.Scheduler
    ) -> tuple[int, dict[str, float]]:
        import time

        over = {"memory", "erred", "released", "forgotten"}
        busy = {"executing", "long-running", "ready", "constrained", "fetch", "flight"}
        busy |= {"cancelled", "resumed"}
        idle = {}
        for key in keys:
            task = dask_scheduler.tasks.get(key)
            if task is None or task.state in over:
                idle[key] = time.time()
            elif task.state == "processing" and task.processing_on is not None:
                counts = task.processing_on.metrics.get("task_counts", {})
                if not any(counts.get(state) for state in busy):
                    idle[key] = task.processing_on.last_seen
        return len(dask_scheduler.workers), idle

    return look
