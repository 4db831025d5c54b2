"""Units on a Dask cluster, one future each: what the cluster loses is sent again.

joblib's own backend (1.5 and 1.6) learns of results in callbacks of the event
loop, and never hears of one whose callback broke: where a worker dies while its
result is fetched, while data is sent to it, or after the data that a call needs
was there only. Its caller then waits without end. Here the futures' own states
are read, and the scheduler is asked about what takes long.
"""

from __future__ import annotations

import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import sklearn
from joblib import parallel_config
from joblib._utils import eval_expr

from keraswrap.exceptions import WorkerError
from keraswrap.model_selection._dask_watch import Watch, no_workers

if TYPE_CHECKING:
    import distributed
    from joblib._dask import DaskDistributedBackend
    from sklearn.utils.parallel import _FuncWrapper

    # What `sklearn.utils.parallel.delayed` returns for a call.
    DelayedCall = tuple[_FuncWrapper, tuple[object, ...], dict[str, object]]

# Seconds that workers have to return after all have died, unless the user allows more.
_RETURN = 120
# Seconds between two checks of the futures if none reports.
_TICK = 1.0
# Seconds that a result may take to arrive; doubled each time it takes longer.
_FETCH = 30.0
# How often to resend a call that the cluster lost although no worker died.
_SENT_AGAIN = 5
# Values of at least this many bytes are sent once for all calls, as in joblib.
_SHARED = 1000
_FORSAKEN = (
    f"Expected the Dask cluster to run a fit, got {_SENT_AGAIN + 1} tries that it did not work on. "
    "Restart its scheduler and fit again; with journal= what was done is kept."
)


def is_dask(backend: object) -> bool:
    """Return whether a joblib backend sends its calls to Dask."""
    return type(backend).__name__ == "DaskDistributedBackend"


def outputs(
    backend: DaskDistributedBackend, calls: Iterable[DelayedCall], pre_dispatch: int | str
) -> Iterator[Any]:
    """Make calls on the cluster of a backend, and give each result as soon as it is there.

    Parameters
    ----------
    backend : joblib's DaskDistributedBackend
    calls : iterable of (function, args, kwargs)
        As ``sklearn.utils.parallel.delayed`` makes them.
    pre_dispatch : int or str
        How many calls the cluster holds at a time, as for joblib.

    Yields
    ------
    object

    Raises
    ------
    distributed.KilledWorker, distributed.FutureCancelledError
        When all others are there, if a call went down with its worker.
    WorkerError
        If the cluster stays without workers.
    Exception
        What a call raised, at once.
    """
    queue = _Queue(backend)
    # Inside a task of Dask's, this frees the thread that waits for others.
    with backend.retrieval_context():
        try:
            yield from queue.results(calls, _limit(backend, pre_dispatch))
        finally:
            queue.drop()


def _limit(backend: DaskDistributedBackend, pre_dispatch: int | str | None) -> int | None:
    if pre_dispatch in ("all", None):
        return None
    workers = max(2, sum(backend.client.ncores().values()))
    if isinstance(pre_dispatch, str):
        pre_dispatch = eval_expr(pre_dispatch.replace("n_jobs", str(workers)))
    return max(1, int(pre_dispatch))


@dataclass(eq=False)
class _Call:
    """A call and its current future."""

    function: Callable[..., object]
    args: tuple[object, ...]
    kwargs: dict[str, object]
    future: Any = None
    sent_again: int = 0
    patience: float = _FETCH


@dataclass(frozen=True)
class _Raised:
    """What a call raised; errors of the cluster arrive as such."""

    error: BaseException


def _make(function: Callable[..., object], *args: object, **kwargs: object) -> object:
    try:
        with parallel_config(backend="dask"):
            return function(*args, **kwargs)
    except BaseException as error:  # one that ended the worker would be taken for its death
        return _Raised(error)


class _Queue:
    """Calls that the cluster holds."""

    def __init__(self, backend: DaskDistributedBackend) -> None:
        self.client, self.settings = backend.client, backend.submit_kwargs
        patience = max(_RETURN, backend.wait_for_workers_timeout or 0)
        self.watch = Watch(self.client, patience)
        self.pending: list[_Call] = []
        self.death: Exception | None = None
        self._wake = threading.Event()
        # By id; the value is held too, as what is gone might leave its id to another.
        self._shared: dict[int, tuple[object, distributed.Future]] = {}

    def results(self, calls: Iterable[DelayedCall], limit: int | None) -> Iterator[object]:
        settings, filters = sklearn.get_config(), warnings.filters
        rest = iter(calls)
        while True:
            for function, args, kwargs in islice(rest, self._room(limit)):
                configured = function.with_config_and_warning_filters(settings, filters)
                call = _Call(configured, args, kwargs)
                self._send(call)
                self.pending.append(call)
            if not self.pending:
                break
            yield from self._arrived()
        if self.death is not None:
            raise self.death

    def _room(self, limit: int | None) -> int | None:
        return None if limit is None else max(0, limit - len(self.pending))

    def drop(self) -> None:
        """Cancel what is pending; the cluster drops results that nobody waits for."""
        for call in self.pending:
            call.future.release()
        self.pending.clear()

    def _send(self, call: _Call) -> None:
        args = [self._share(arg) for arg in call.args]
        call.future = self.client.submit(
            *(_make, call.function, *args),
            **call.kwargs,
            key=f"keraswrap-{uuid.uuid4().hex}",
            **self.settings,
        )
        call.future.add_done_callback(lambda _: self._wake.set())

    def _share(self, value: object) -> object:
        """Return the stand-in for a value in a call: a future if it is large."""
        from dask.sizeof import sizeof

        if sizeof(value) <= _SHARED:
            return value
        _, future = self._shared.get(id(value), (None, None))
        if future is None or future.status != "finished":
            # What was scattered is nowhere else: it goes with its worker, and is sent anew.
            future = self._scatter(value)
            self._shared[id(value)] = value, future
        return future

    def _scatter(self, value: object) -> distributed.Future:
        deadline = time.monotonic() + self.watch.patience
        while True:
            try:
                return self.client.scatter(value, hash=False, timeout=_FETCH)
            except OSError as error:  # no worker is there, or the one that was chosen died
                if time.monotonic() > deadline:
                    raise no_workers(self.watch.patience) from error
                time.sleep(_TICK)

    def _arrived(self) -> Iterator[object]:
        self._wake.wait(_TICK)
        self._wake.clear()
        done = [call for call in self.pending if call.future.status not in ("pending", "lost")]
        for call in done:
            yield from self._take(call)
        waiting = {call.future.key: call for call in self.pending if call not in done}
        for key in self.watch.forsaken(list(waiting)):
            self._send_again(waiting[key], WorkerError(_FORSAKEN))

    def _take(self, call: _Call) -> Iterator[object]:
        """Fetch the result of a call; there is none if it is still running."""
        try:
            result = call.future.result(timeout=call.patience)
        except TimeoutError:  # lost on the way: compute it again
            call.patience *= 2
            return
        except Exception as error:
            self._bear(call, error)
            return
        self.pending.remove(call)
        if isinstance(result, _Raised):
            raise result.error
        yield result

    def _bear(self, call: _Call, error: Exception) -> None:
        if type(error).__name__ == "KilledWorker":
            self.pending.remove(call)
            self.death = error
        elif call.future.cancelled():  # together with data that its worker held
            self._send_again(call, error)
        else:
            raise error

    def _send_again(self, call: _Call, error: Exception) -> None:
        call.future.release()
        if call.sent_again < _SENT_AGAIN:
            call.sent_again += 1
            self._send(call)
            return
        self.pending.remove(call)
        self.death = error
