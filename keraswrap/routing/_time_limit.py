"""Run a function with a time limit, in a thread that is left behind if it exceeds it."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["MOST_STUCK", "Outcome", "run_limited"]

# Threads of this process that may be left behind at once. Python cannot end a thread.
MOST_STUCK = 16
_left_behind: set[threading.Thread] = set()
_lock = threading.Lock()


@dataclass
class Outcome:
    """What became of a call.

    Parameters
    ----------
    value : object
        What it returned.
    error : Exception, optional
        What it raised.
    late : bool
        Whether it exceeded its limit, or was not begun since too many others had.
    """

    value: object = None
    error: BaseException | None = None
    late: bool = False


def run_limited(function: Callable[[], object], seconds: float | None) -> Outcome:
    """Call a function and wait no longer than a number of seconds.

    What exceeds its limit goes on in a daemon thread, and its result is dropped. Beyond
    16 such threads nothing is begun until one of them ends.

    Parameters
    ----------
    function : callable without arguments
    seconds : float or None
        None waits, in this thread.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> run_limited(lambda: 1 + 1, 5).value
    2
    """
    outcome = Outcome()
    if seconds is None:
        _call(function, outcome)
        return outcome
    with _lock:
        _left_behind.intersection_update([each for each in _left_behind if each.is_alive()])
        if len(_left_behind) >= MOST_STUCK:
            return Outcome(late=True)
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(_call, function, outcome), daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        with _lock:
            _left_behind.add(thread)
        return Outcome(late=True)
    return outcome


def _call(function: Callable[[], object], outcome: Outcome) -> None:
    try:
        outcome.value = function()
    except (Exception, SystemExit) as error:  # a handler ends nobody's process
        outcome.error = error
