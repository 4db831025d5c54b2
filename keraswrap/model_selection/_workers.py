"""Runs units wherever joblib's active backend has its workers, and outlives those that die."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from keraswrap._config import config_context, get_config
from keraswrap._drafts import draft_folder
from keraswrap.exceptions import StorageError, WorkerError
from keraswrap.model_selection import _dask
from keraswrap.model_selection._broadcast import Broadcast
from keraswrap.model_selection._candidate_fit import Fit, Task
from keraswrap.model_selection._child_processes import (
    end_with,
    end_workers,
    interruptible,
    let_grow,
    start_uninterrupted,
)
from keraswrap.model_selection._progress_bar import inside_a_fit
from keraswrap.model_selection._run_plan import Unit
from keraswrap.model_selection._stack_plan import plan_stacks
from keraswrap.model_selection._stacked_fits import run_stack

if TYPE_CHECKING:
    from keraswrap.model_selection._broadcast import Received
    from keraswrap.model_selection._dask import DelayedCall


# Units that a worker is given together; the fits of those that it has done, and which are left.
Stack = tuple[Unit, ...]
Output = tuple[list[tuple[int, list[Fit]]], list[int]]


@dataclass(frozen=True)
class Place:
    """Where units are run.

    Parameters
    ----------
    folder : str, optional
        Shared with workers that are other processes of this machine.
    apart : bool
        Whether workers are other processes, here or elsewhere.
    owner : int, optional
        The process that runs the search, where workers are its children.
    """

    folder: str | None = None
    apart: bool = False
    owner: int | None = None

    def begun_file(self, number: int) -> str | None:
        """Name the file that says that a unit was begun, and did not end."""
        return None if self.folder is None else os.path.join(self.folder, f"begun-{number}")


def run_units(
    units: Sequence[Unit],
    task: Task,
    X: object,
    y: object,
    *,
    n_jobs: int | None = None,
    pre_dispatch: int | str = "2*n_jobs",
) -> Generator[tuple[Unit, list[Fit]], None, None]:
    """Run units, and give what each of them made as soon as it is there.

    Units whose nets seem to be of one shape go to a worker together; what it cannot
    train together is run alone. A worker that dies takes its units along, and those that
    others had begun. Each of them is run again, alone; one that dies twice has failed.
    Workers that still run when the generator is closed are ended.

    Parameters
    ----------
    X, y : rows and targets
    n_jobs, pre_dispatch
        As in scikit-learn.

    Yields
    ------
    unit : Unit
    fits : list of Fit
        One for each of its candidates.

    Raises
    ------
    WorkerError
        If a unit killed its worker twice, and ``task.error_score`` is ``'raise'``.
    StorageError
        If what the workers need cannot be written down for them.
    Exception
        What a fit raised, if ``task.error_score`` is ``'raise'``.
    """
    waiting = {unit.number: unit for unit in units}
    if not waiting:
        return
    with _place(*_find_workers(n_jobs)) as place:
        call = _caller(task, X, y, place)
        blind = 0
        planned = _alone(units)
        if task.stack_fits:
            jobs = effective_n_jobs(n_jobs)
            planned = plan_stacks(units, task.estimator, X, jobs, task.fit_params)
        queue = deque(planned)
        while waiting:
            try:
                for done, rest in _outputs(call, _Taken(queue), n_jobs, pre_dispatch):
                    for number, fits in done:
                        yield waiting.pop(number), fits
                    # Next, so that nets of one shape follow each other.
                    queue.extendleft(_alone([waiting[number] for number in reversed(rest)]))
            except Exception as error:
                if not (place.apart and _is_death(error)):
                    raise
                suspects = _begun(waiting, place)
                blind += not suspects
                # If nothing was started, or this is unknown, all are tried once more together.
                for unit in suspects or (list(waiting.values()) if blind > 1 else ()):
                    # If this is unknown, a unit started earlier may still be running.
                    yield unit, _run_alone(call, unit, task, tries=1 if suspects else 2)
                    del waiting[unit.number]
            queue = deque(_alone(list(waiting.values())))


def _alone(units: Sequence[Unit]) -> list[Stack]:
    return [(unit,) for unit in units]


class _Taken:
    """Takes stacks out of a queue; goes on after its end, as a stack may be put back in part."""

    def __init__(self, queue: deque[Stack]) -> None:
        self.queue = queue

    def __iter__(self) -> Iterator[Stack]:
        return self

    def __next__(self) -> Stack:
        try:
            return self.queue.popleft()
        except IndexError:
            raise StopIteration from None


def _find_workers(n_jobs: int | None) -> tuple[bool, bool]:
    """Return whether workers are processes on this machine, or elsewhere."""
    backend, _ = get_active_backend()
    if getattr(backend, "uses_threads", False):
        return False, False
    own = type(backend).__module__.startswith("joblib._parallel_backends")
    return own and effective_n_jobs(n_jobs) > 1, not own


@contextmanager
def _place(local: bool, away: bool) -> Iterator[Place]:
    if not local:
        yield Place(apart=away)
        return
    with ExitStack() as stack:
        try:
            home = os.environ.get("JOBLIB_TEMP_FOLDER") or tempfile.gettempdir()
            folder = stack.enter_context(draft_folder(Path(home), "keraswrap-search-"))
        except OSError as error:
            raise StorageError(_UNWRITTEN.format(error)) from error
        yield Place(str(folder), apart=True, owner=os.getpid())


_UNWRITTEN = (
    "Expected to write the workers' files to a temporary folder, got: {}. Free some "
    "space, or name another folder in the environment variable TMPDIR."
)


def _caller(task: Task, X: object, y: object, place: Place) -> Callable[[Stack], DelayedCall]:
    """Make the calls that joblib is given; arrays of numbers it shares between processes itself."""
    plain = {name: rows for name, rows in (("X", X), ("y", y)) if _is_numbers(rows)}
    other = {name: rows for name, rows in (("X", X), ("y", y)) if name not in plain}
    broadcast = Broadcast({"task": task, "settings": get_config(), **other}, place.folder)
    if place.apart:
        try:
            broadcast.send()
        except OSError as error:
            raise StorageError(_UNWRITTEN.format(error)) from error
    return lambda units: delayed(work)(units, broadcast, plain.get("X"), plain.get("y"), place)


def _is_numbers(rows: object) -> bool:
    return isinstance(rows, np.ndarray) and not rows.dtype.hasobject


def work(
    units: Stack, broadcast: Broadcast | Received, X: object, y: object, place: Place
) -> Output:
    """Run units in a worker, one alone or several that may be trained together.

    Parameters
    ----------
    broadcast : Broadcast
        The task, and the rows that are no plain arrays.
    X, y : ndarray or None
        The others.

    Returns
    -------
    done : list of (number, fits)
        Of at least one unit.
    rest : list of int
        Numbers of the units that must be run alone.
    """
    if place.owner is None:
        return _work(units, broadcast, X, y, place)
    let_grow()
    end_with(place.owner)
    with interruptible():
        return _work(units, broadcast, X, y, place)


def _work(
    units: Stack, broadcast: Broadcast | Received, X: object, y: object, place: Place
) -> Output:
    held: Mapping[str, Any] = broadcast.open()
    # Nets are kept by the settings of the process that started the search.
    with (
        inside_a_fit(),
        config_context(**held["settings"]),
        ExitStack() as begun,
    ):
        for unit in units:
            begun.enter_context(_while_begun(place.begun_file(unit.number)))
        try:
            done = run_stack(units, held["task"], held.get("X", X), held.get("y", y))
            numbers = {number for number, _ in done}
            return done, [unit.number for unit in units if unit.number not in numbers]
        except Exception as error:
            if place.apart and not _can_be_sent(error):
                raise RuntimeError(f"{type(error).__name__}: {error}") from None
            raise


def _can_be_sent(error: Exception) -> bool:
    # An object that cannot be unpickled on arrival would look like a dead worker.
    try:
        return isinstance(pickle.loads(pickle.dumps(error)), type(error))
    except Exception:
        return False


@contextmanager
def _while_begun(path: str | None) -> Iterator[None]:
    if path is None:
        yield
        return
    with open(path, "wb"):
        pass
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)


def _outputs(
    call: Callable[[Stack], DelayedCall],
    stacks: Iterator[Stack],
    n_jobs: int | None,
    pre_dispatch: int | str,
) -> Iterator[Output]:
    # A batch of several units would reach the journal only when all are done.
    settings = {"n_jobs": n_jobs, "pre_dispatch": pre_dispatch, "batch_size": 1}
    backend, _ = get_active_backend()
    if _dask.is_dask(backend):
        yield from _dask.outputs(backend, (call(units) for units in stacks), pre_dispatch)
        return
    if getattr(backend, "uses_threads", False) or backend.supports_return_generator:
        parallel = Parallel(**settings, return_as="generator_unordered")
        with ExitStack() as stack:
            with start_uninterrupted():
                found = parallel(call(units) for units in stacks)
                # Ctrl-C is handled when this block ends; nothing else would stop the workers.
                stack.push(partial(end_workers, found))
            for output in found:  # noqa: UP028 (`yield from` would close it first)
                yield output
        return
    with Parallel(**settings) as parallel:  # workers persist between rounds
        while some := list(islice(stacks, 2 * effective_n_jobs(n_jobs))):
            yield from parallel(call(units) for units in some)


def _is_death(error: BaseException) -> bool:
    names = {f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}
    return bool(names & _DEATHS)


# By name, so that none of the packages is imported.
_DEATHS = {
    "concurrent.BrokenExecutor",
    "distributed.KilledWorker",
    "distributed.FutureCancelledError",  # its data were lost with it
    "ray.RayActorError",
    "ray.WorkerCrashedError",
    "ray.OutOfMemoryError",
}


def _begun(waiting: Mapping[int, Unit], place: Place) -> list[Unit]:
    found = []
    for unit in waiting.values():
        path = place.begun_file(unit.number)
        if path is not None and os.path.exists(path):
            os.unlink(path)
            found.append(unit)
    return found


def _run_alone(
    call: Callable[[Stack], DelayedCall], unit: Unit, task: Task, tries: int
) -> list[Fit]:
    jobs = 2  # with one job, it would run in this process
    try:
        ((((_, fits),), _),) = _outputs(call, iter([(unit,)]), jobs, "all")
        return fits
    except Exception as error:
        if not _is_death(error):
            raise
        if tries > 1:
            return _run_alone(call, unit, task, tries - 1)
        told = (
            f"Expected a worker to finish its fit, got a process that died twice, with "
            f"{dict(unit.params)!r:.200} on split {unit.split}. It may have run out of memory: "
            f"try a smaller net or batch, or fewer n_jobs. ({type(error).__name__}: {error})"
        )
        if task.error_score == "raise":
            raise WorkerError(told) from error
        return [task.failed(told) for _ in unit.group.candidates]
