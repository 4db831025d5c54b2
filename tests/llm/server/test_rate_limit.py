"""When requests are sent: computed, not timed."""

import random
import threading
from datetime import UTC, datetime

import numpy as np
import pytest

from keraswrap.llm.server._rate_limit import (
    LONGEST_PAUSE,
    RateLimiter,
    next_slot,
    pause_after,
    read_retry_after,
)


@pytest.mark.parametrize("per_minute", [30, 60, 600])
def test_no_minute_has_more_than_is_allowed_and_a_second_over(per_minute):
    interval, burst = 60 / per_minute, max(1.0, per_minute / 60)
    now, full_at, times = 0.0, -np.inf, []
    for _ in range(3 * per_minute):  # each asks when the one before was let through
        wait, full_at = next_slot(now, full_at, interval, burst)
        now += wait
        times.append(now)
    within = np.searchsorted(times, np.array(times) + 60 - 1e-6) - np.arange(len(times))
    assert within.max() <= per_minute + burst
    assert times[-1] == pytest.approx((len(times) - burst) * interval)


def test_one_who_was_idle_has_no_more_than_a_burst():
    wait, full_at = next_slot(1000.0, 0.0, 1.0, 2.0)
    waits = [wait]
    for _ in range(3):
        wait, full_at = next_slot(1000.0, full_at, 1.0, 2.0)
        waits.append(wait)
    assert waits == [0, 0, 1, 2]


def test_a_pause_doubles_has_jitter_and_ends():
    rng = random.Random(0)
    pauses = np.array([[pause_after(n, 0.5, rng) for n in range(12)] for _ in range(50)])
    grown = 0.5 * 2.0 ** np.arange(12)
    assert (pauses <= np.minimum(grown, LONGEST_PAUSE)).all()
    assert (pauses >= np.minimum(grown / 2, LONGEST_PAUSE)).all()
    assert len(set(pauses[:, 0])) == 50


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *[("3", 3), ("0.5", 0.5), ("-4", 0), ("Sun, 22 Nov 2026 08:01:00 GMT", 60)],
        *[("Sun, 22 Nov 2026 07:00:00 GMT", 0), (None, None), ("", None), ("inf", None)],
        *[("nan", None), ("tomorrow", None), ("Sun, 99 Nov 2026 08:01:00 GMT", None)],
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert read_retry_after(value, at) == seconds


def test_who_is_stopped_does_not_wait():
    stop, pacer = threading.Event(), RateLimiter()
    assert pacer.wait(stop)
    pacer.hold(3600.0)
    stop.set()
    assert not pacer.wait(stop)
