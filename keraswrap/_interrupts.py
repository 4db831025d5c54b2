"""Ctrl-C that Python would drop. Loads nothing."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Seconds until a Ctrl-C that came at a bad moment is repeated.
_SOON = 0.05


@contextmanager
def hearing_stop() -> Iterator[None]:
    """Make sure that no Ctrl-C is lost: Python drops what some callbacks raise.

    These run during garbage collection (JAX has one, which TensorFlow's packages load),
    when an object ends, and after each import. What is dropped is reported to
    ``sys.unraisablehook``, where a Ctrl-C is repeated; anything else goes to the hook that
    was there, which comes back at the end.
    """
    before = sys.unraisablehook
    if threading.current_thread() is not threading.main_thread() or _is_ours(before):
        yield
        return

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if dropped.exc_type is KeyboardInterrupt:
            _repeat()
        else:
            before(dropped)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        if sys.unraisablehook is hook:  # else the block chose another
            sys.unraisablehook = before


@contextmanager
def stopping_later() -> Iterator[None]:
    """Hear Ctrl-C at the end of a step; a second one is heard at once.

    Meant for loading native packages: some, JAX among them, can end the process with a
    segmentation fault if an exception reaches them while they set themselves up.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) > 1:
            before(number, frame)

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if len(heard) == 1:
        signal.raise_signal(signal.SIGINT)


def _is_ours(hook: object) -> bool:
    return getattr(hook, "__module__", None) == __name__


def _repeat() -> None:
    again = threading.Timer(_SOON, _interrupt)
    again.daemon = True
    again.start()


def _interrupt() -> None:
    """Send the signal again: a real one also wakes what sleeps or waits."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
