"""What a server writes: one JSON object a line, never a text or a key of a request."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from typing import TextIO

__all__ = ["EventLog"]

# Errors behind an error that are told.
_CHAIN = 5


class EventLog:
    """Lines of JSON.

    Parameters
    ----------
    stream : text file, optional
        By default standard error.
    requests : bool, default=False
        Whether each request is a line.

    Examples
    --------
    >>> import io
    >>> stream = io.StringIO()
    >>> EventLog(stream).write("stopped", rows=3)
    >>> json.loads(stream.getvalue())["rows"]
    3
    """

    def __init__(self, stream: TextIO | None = None, *, requests: bool = False) -> None:
        self.stream, self.requests = stream, requests
        self._lock = threading.Lock()

    def write(self, event: str, **facts: object) -> None:
        """Write a line; a stream that is full or closed stops no answer."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = json.dumps({"time": f"{stamp}.{int(now % 1 * 1000):03d}Z", "event": event, **facts})
        with self._lock:
            try:
                print(line, file=self.stream or sys.stderr, flush=True)
            except (OSError, ValueError):
                return

    def write_error(self, event: str, error: BaseException, **facts: object) -> None:
        """Write a line with the stack trace of an error."""
        trace = "".join(traceback.format_exception(error))
        self.write(event, error=str(error), trace=trace, **facts)

    def write_failure(self, event: str, error: BaseException, **facts: object) -> None:
        """Write where an error over a request arose, without its message.

        Messages quote values, as in "could not convert string to float: 'Smith'".
        """
        self.write(event, error=type(error).__name__, trace=_frames(error), **facts)


def _frames(error: BaseException | None) -> str:
    """Return a stack trace without messages, of an error and what it came from."""
    found: list[str] = []
    while error is not None and len(found) < _CHAIN:
        frames = "".join(traceback.format_tb(error.__traceback__))
        found.insert(0, f"{frames}{type(error).__name__}\n")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(found)
