"""Workers that are children of a search: how they start, grow, hear Ctrl-C and end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from queue import Empty, Queue
from types import FrameType

# Seconds between two checks.
_LOOK = 0.5
_watched: set[int] = set()


def end_with(owner: int) -> None:
    """Have this process end soon after its parent has, once `owner` is that parent.

    A parent that was killed says nothing. Its children are handed to another
    process, which is what is looked for.

    Parameters
    ----------
    owner : int
        The process that runs the search; in it, nothing is done.
    """
    if os.getpid() in _watched or os.getppid() != owner:
        return
    _watched.add(os.getpid())
    threading.Thread(target=_wait_for_end, args=(owner,), daemon=True, name="parent").start()


def _wait_for_end(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(_LOOK)
    os._exit(1)


@contextmanager
def start_uninterrupted() -> Iterator[None]:
    """Start child processes in the block: Ctrl-C does not reach them before `interruptible`.

    A terminal sends it to all processes, and one that is still importing would
    print a traceback. This process answers it after the block: an executor that
    is stopped halfway forgets the children it has started, and they wait for work
    for minutes.
    """
    with _answer_later():
        if sys.platform != "win32":
            # Python starts this process with the first child and then unblocks Ctrl-C.
            resource_tracker.ensure_running()
        with _mask("SIG_BLOCK"):
            yield


@contextmanager
def _answer_later() -> Iterator[None]:
    # Masking one thread is not enough: another thread of this process, such as
    # one of NumPy's, takes the signal, and Python handles it in the main thread.
    answer = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(answer):
        yield
        return
    heard: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _, frame: heard.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, answer)
        if heard:
            answer(signal.SIGINT, heard[0])


def end_workers(
    found: Generator[object, None, None], kind: type[BaseException] | None, *_: object
) -> None:
    """End the workers of a search that was stopped, as the exit of a context.

    Parameters
    ----------
    found : generator
        What joblib gives; closed, which ends its workers unless they are done.
    kind : type, optional
        Of the exception that stopped the search.
    """
    if kind is not None:
        _take_back_waiting_work()
    found.close()


def _take_back_waiting_work() -> None:
    # loky drops it with its workers, and its thread then fails to find it and prints a traceback.
    loky: object = sys.modules.get("joblib.externals.loky.reusable_executor")
    waiting = getattr(getattr(loky, "_executor", None), "_work_ids", None)
    if isinstance(waiting, Queue):
        with suppress(Empty):
            while True:
                waiting.get_nowait()


@contextmanager
def interruptible() -> Iterator[None]:
    """Allow Ctrl-C to interrupt the block in a child that was started without it."""
    with _mask("SIG_UNBLOCK"):
        yield


@contextmanager
def _mask(how: str) -> Iterator[None]:
    if sys.platform == "win32":  # which has no such masks
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(getattr(signal, how), {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_grow() -> None:
    """Keep loky from ending this worker for what TensorFlow and kept nets take.

    loky ends a worker that grew by 300 MB since its first task, for it may
    leak. A restart costs the import and the nets.
    """
    executor: object = sys.modules.get("joblib.externals.loky.process_executor")
    if hasattr(executor, "_MAX_MEMORY_LEAK_SIZE"):
        executor._MAX_MEMORY_LEAK_SIZE = max(executor._MAX_MEMORY_LEAK_SIZE, _GROWTH)


_GROWTH = 4 * 2**30
