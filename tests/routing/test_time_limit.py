"""A call that hangs is left behind, and not too many of them are."""

import threading
import time

import pytest

from keraswrap.routing import _time_limit
from keraswrap.routing._time_limit import run_limited


@pytest.mark.parametrize("seconds", [None, 5.0])
def test_a_call_returns_or_raises(seconds):
    assert run_limited(lambda: 3, seconds).value == 3
    assert isinstance(run_limited(lambda: 1 / 0, seconds).error, ZeroDivisionError)
    assert isinstance(run_limited(lambda: exit(3), seconds).error, SystemExit)


def test_a_late_call_is_dropped_and_threads_that_hang_are_bounded(monkeypatch):
    monkeypatch.setattr(_time_limit, "MOST_STUCK", 2)
    go_on = threading.Event()
    started = time.monotonic()
    assert [run_limited(lambda: go_on.wait(60), 0.05).late for _ in range(3)] == [True] * 3
    assert time.monotonic() - started < 10
    assert len(_time_limit._left_behind) == 2
    assert run_limited(lambda: 3, 5).late
    go_on.set()
    for thread in list(_time_limit._left_behind):
        thread.join(10)
    assert run_limited(lambda: 3, 5).value == 3
