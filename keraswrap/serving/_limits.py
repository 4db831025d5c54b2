"""What a server takes, and how long it waits: settings, checked once."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from keraswrap.exceptions import ParameterError

__all__ = ["ServingLimits"]

_WHOLE = ("max_bytes", "max_rows", "max_chars", "max_queue", "max_connections", "batch_rows")


@dataclass(frozen=True)
class ServingLimits:
    """Limits of a server: sizes, times, and how requests are put together.

    Parameters
    ----------
    max_bytes : int, default=10_000_000
        Bytes of the body of a request, or of a line where rows are streamed.
    max_rows : int, default=10_000
        Rows of a request. A stream may have any number.
    max_chars : int, default=100_000
        Characters of a text.
    max_queue : int, default=4096
        Rows that may wait for the model. A request beyond is refused with 503 and the
        seconds after which to try again; a larger one is taken if nothing waits.
    max_pending_bytes : int, default=67_108_864
        Bytes of all bodies that are read or wait, at least `max_bytes`.
    max_connections : int, default=1000
        Connections at once.
    batch_rows : int, default=1024
        Rows that the model is given at a time, of several requests.
    batch_ms : float, default=100.0
        Milliseconds that such a batch should take at most: fewer rows are taken of a slow
        model, but 8 at least.
    batch_wait_ms : float, optional
        Milliseconds that the model waits for further requests while it has nothing to do.
        By default not at all after a request that was answered alone; after several, for as
        many, half of the time that these took and at most 20 ms.
    head_seconds : float, default=10.0
        Time that a client has to send the head of a request.
    body_seconds : float, default=30.0
        Time for the body, or between two parts of a stream; and for a client to read what
        it is sent.
    answer_seconds : float, default=30.0
        Time in which a request is answered; after it, 504.
    drain_seconds : float, default=1.0
        On SIGTERM, time in which requests are still taken while ``/ready`` says no.
    stop_seconds : float, default=30.0
        Time in which what was taken is answered before the server stops.

    Raises
    ------
    ParameterError
        If a number is not above 0, or cannot be below 0.

    Examples
    --------
    >>> ServingLimits(max_rows=10).max_rows
    10
    >>> ServingLimits(max_rows=0)
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected max_rows to be a whole number above 0, got 0.
    """

    max_bytes: int = 10_000_000
    max_rows: int = 10_000
    max_chars: int = 100_000
    max_queue: int = 4096
    max_pending_bytes: int = 64 << 20
    max_connections: int = 1000
    batch_rows: int = 1024
    batch_ms: float = 100.0
    batch_wait_ms: float | None = None
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 30.0
    drain_seconds: float = 1.0
    stop_seconds: float = 30.0

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name))
        if self.max_pending_bytes < self.max_bytes:
            raise ParameterError(
                f"Expected max_pending_bytes of at least max_bytes, {self.max_bytes}, got "
                f"{self.max_pending_bytes}: one body would not fit."
            )


def _check(name: str, value: object) -> None:
    if name in (*_WHOLE, "max_pending_bytes"):
        if type(value) is not int or value < 1:
            raise ParameterError(
                f"Expected {name} to be a whole number above 0, got {value!r:.60}."
            )
        return
    if name == "batch_wait_ms" and value is None:
        return
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    if not math.isfinite(number) or number < 0:
        raise ParameterError(f"Expected {name} to be a number of 0 or more, got {value!r:.60}.")
    if value == 0 and name not in ("batch_wait_ms", "drain_seconds"):
        raise ParameterError(f"Expected {name} to be above 0, got 0.")
