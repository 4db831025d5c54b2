"""When a request may be sent: never too many a minute, and later after a failure."""

from __future__ import annotations

import math
import random
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["RateLimiter", "next_slot", "pause_after", "read_retry_after"]

# Longest wait before a request is sent again, in seconds, whatever a server asks for.
LONGEST_PAUSE = 60.0


class RateLimiter:
    """Limit the requests of several threads to so many per minute.

    Parameters
    ----------
    per_minute : float or None
        None for as many as come.
    """

    def __init__(self, per_minute: float | None = None) -> None:
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._burst = max(1.0, (per_minute or 0.0) / 60.0)
        self._lock = threading.Lock()
        self._full_at = -math.inf
        self._held_until = -math.inf

    def wait(self, stop: threading.Event) -> bool:
        """Wait for a turn; return False if `stop` was set before it came."""
        with self._lock:
            now = time.monotonic()
            seconds, self._full_at = next_slot(now, self._full_at, self._interval, self._burst)
            seconds = max(seconds, self._held_until - now)
        return not (stop.wait(seconds) if seconds > 0 else stop.is_set())

    def hold(self, seconds: float) -> None:
        """Block all threads for so long: a busy server is busy for every thread."""
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)


def next_slot(now: float, full_at: float, interval: float, burst: float) -> tuple[float, float]:
    """Take a token out of a bucket, or out of the future.

    Parameters
    ----------
    now : float
        Seconds of a clock that never goes back.
    full_at : float
        When the bucket is full again.
    interval : float
        Seconds in which a token drops into the bucket.
    burst : float
        Tokens that it holds.

    Returns
    -------
    wait : float
        Seconds until the token is there.
    full_at : float
        When the bucket is full again, now that it is taken.

    Examples
    --------
    >>> next_slot(100.0, 0.0, 2.0, 1.0), next_slot(100.0, 102.0, 2.0, 1.0)
    ((0.0, 102.0), (2.0, 104.0))
    """
    full_at = max(full_at, now) + interval
    return max(0.0, full_at - burst * interval - now), full_at


def pause_after(
    attempt: int, base: float, rng: random.Random, retry_after: float | None = None
) -> float:
    """Return how long to wait after a failure.

    Parameters
    ----------
    attempt : int
        How often it was tried before.
    base : float
        Seconds after the first failure; doubled with each, and jittered.
    retry_after : float, optional
        What the server asks for, at least.

    Returns
    -------
    float
        Seconds, 60 at most.

    Examples
    --------
    >>> 2.0 <= pause_after(2, 1.0, random.Random(0)) <= 4.0
    True
    >>> pause_after(0, 0.1, random.Random(0), retry_after=3600.0)
    60.0
    """
    grown = base * 2.0 ** min(attempt, 32) * (0.5 + 0.5 * rng.random())
    return min(max(grown, retry_after or 0.0), LONGEST_PAUSE)


def read_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Read the seconds out of a Retry-After header, which names them or a date.

    Returns
    -------
    float or None
        None if it says nothing that can be read.

    Examples
    --------
    >>> read_retry_after("7"), read_retry_after("soon")
    (7.0, None)
    >>> at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    >>> read_retry_after("Sun, 22 Nov 2026 08:00:30 GMT", at)
    30.0
    """
    try:
        seconds = float(value or "")
    except ValueError:
        seconds = _until(value or "", now or datetime.now(UTC))
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until(date: str, now: datetime) -> float:
    try:
        when = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError):
        return math.nan
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - now).total_seconds()
