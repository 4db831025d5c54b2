"""uvicorn's connections, with times and errors of this server."""

from __future__ import annotations

import asyncio
from typing import Any

from keraswrap._optional import require
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._refusals import error_body

__all__ = ["MOST_UNREAD", "connection_class"]

# Bytes of the head of a request; httptools reads any number.
_MOST = 65_536
# Bytes that h11 keeps of a head before it calls it no HTTP: beyond the above and what one read
# of a socket may add, so that a client is told of the head first.
MOST_UNREAD = _MOST + (1 << 18)


def connection_class(limits: ServingLimits) -> type:
    """Return a class of connections for uvicorn.

    uvicorn waits for the head of a request, and for a client to read its answer, as long as
    that takes; and it has a limit of connections whose refusal tells no time to try again.

    Parameters
    ----------
    limits : ServingLimits

    Returns
    -------
    type
        For ``uvicorn.Config(http=…)``.
    """
    base: Any = require("uvicorn.protocols.http.auto", "serve").AutoHTTPProtocol

    class Connection(base):
        """A connection whose client has to keep time."""

        _timers: dict[str, asyncio.TimerHandle]
        _head: int

        def connection_made(self, transport: asyncio.Transport) -> None:
            self._timers, self._head = {}, 0
            super().connection_made(transport)
            if len(self.connections) > limits.max_connections:
                self._refuse(503, b"Service Unavailable", "Too many connections. Try again later.")
            else:
                self._start("head", limits.head_seconds)

        def data_received(self, data: bytes) -> None:
            cycle = self.cycle
            if self.transport.is_closing():
                return
            super().data_received(data)
            if self.cycle is not cycle:
                self._head = 0
                self._stop("head")
            elif cycle is None or cycle.response_complete:
                self._start("head", limits.head_seconds)
                self._head += len(data)
                if self._head > _MOST and not self.transport.is_closing():
                    said = f"Expected a head of at most {_MOST:,} bytes, got more."
                    self._refuse(431, b"Request Header Fields Too Large", said)

        def connection_lost(self, exc: Exception | None) -> None:
            for name in list(self._timers):
                self._stop(name)
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._start("read", limits.body_seconds)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._stop("read")

        def timeout_keep_alive_handler(self) -> None:
            super().timeout_keep_alive_handler()
            self._start("read", limits.body_seconds)  # what is left to be sent may never be read

        def send_400_response(self, msg: str) -> None:
            self._refuse(400, b"Bad Request", f"Expected HTTP/1.1, got what is none: {msg}")

        def _refuse(self, status: int, reason: bytes, message: str) -> None:
            body = error_body(message)
            head = [b"HTTP/1.1 %d %s" % (status, reason), b"content-type: application/json",
                    b"content-length: %d" % len(body), b"connection: close"]  # fmt: skip
            head += [b"retry-after: 1"] if status == 503 else []
            self.transport.write(b"\r\n".join([*head, b"", body]))
            self.transport.close()
            self._start("read", limits.body_seconds)

        def _start(self, name: str, seconds: float) -> None:
            if name not in self._timers:
                self._timers[name] = self.loop.call_later(seconds, self.transport.abort)

        def _stop(self, name: str) -> None:
            timer = self._timers.pop(name, None)
            if timer is not None:
                timer.cancel()

    return Connection
