"""Gaps in joblib's backend for Dask, closed for the searches of this package."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

# Seconds that workers have to come back after all have died.
_RETURN = 60


def keep_to_workers(backend: Any) -> None:
    """Let joblib's Dask backend tell of workers that died, and run nothing in this process.

    Where a worker dies, Dask gives its task up with an error that no code of
    joblib's in the worker saw: joblib 1.5 and 1.6 keep the error, and wait for
    its result without end, while what waits goes on to be run. While a single
    worker is left, they run everything here, where what killed the others would
    end this process. Other backends are left as they are.

    Parameters
    ----------
    backend : ParallelBackendBase
        The active one. It is changed, once.
    """
    if type(backend).__name__ != "DaskDistributedBackend" or "submit" in vars(backend):
        return
    _tell_of_deaths(backend)
    _cancel_when_aborted(backend)
    count = backend.effective_n_jobs
    backend.effective_n_jobs = lambda n_jobs: max(2, count(n_jobs))
    backend.wait_for_workers_timeout = max(_RETURN, backend.wait_for_workers_timeout or 0)


def _tell_of_deaths(backend: Any) -> None:
    submit, retrieve = backend.submit, backend.retrieve_result_callback

    def submit_and_tell(batch: Any, callback: Callable[[Any], Any] | None = None) -> Any:
        def tell(done: Future[Any]) -> None:
            error = done.exception()
            if error is not None and callback is not None:
                callback(error)

        job = submit(batch, callback)
        job.add_done_callback(tell)
        return job

    def raise_or_retrieve(output: Any) -> Any:
        if isinstance(output, BaseException):
            raise output
        return retrieve(output)

    backend.submit, backend.retrieve_result_callback = submit_and_tell, raise_or_retrieve


def _cancel_when_aborted(backend: Any) -> None:
    abort = backend.abort_everything

    def cancel_and_abort(ensure_ready: bool = True) -> None:
        abort(ensure_ready)
        futures = list(backend._results)
        # What collects results takes each future out itself, and would end for good where one
        # that had just been finished were not there: no later search would ever hear of its own.
        for future in futures:
            if future in backend._callbacks:
                backend._callbacks[future] = _ignore
        backend.client.cancel(futures)

    backend.abort_everything = cancel_and_abort


def _ignore(result: Any) -> None:
    """Take the result of what was called off."""
