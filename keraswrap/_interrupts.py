"""Ctrl-C that comes while Python collects garbage. Loads nothing."""

from __future__ import annotations

import _thread
import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Seconds until a Ctrl-C that came at a bad moment is repeated.
_SOON = 0.05


@contextmanager
def hearing_stop() -> Iterator[None]:
    """Make sure that no Ctrl-C is lost: Python drops what is raised during garbage collection.

    JAX has a callback there, which TensorFlow's packages load and which runs
    often. Nothing changes where Ctrl-C is handled in another way than Python's own,
    or outside the main thread, which alone hears it.
    """
    plain = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not plain or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is _stop:  # else the block chose another
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _stop(number: int, frame: FrameType | None) -> None:
    if not _is_dropped(frame):
        raise KeyboardInterrupt
    again = threading.Timer(_SOON, _thread.interrupt_main)
    again.daemon = True
    again.start()


def _is_dropped(frame: FrameType | None) -> bool:
    """Return whether an exception raised in a frame would be dropped."""
    deaf = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None:
        if frame.f_code in deaf or frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False
