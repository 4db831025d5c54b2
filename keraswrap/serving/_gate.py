"""What stands before all addresses: who may ask, errors as JSON, counts and the log."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from keraswrap._web import App, Receive, Scope, Send
from keraswrap.serving._access import Door
from keraswrap.serving._bodies import DisconnectedError
from keraswrap.serving._refusals import RequestError, error_body
from keraswrap.serving._service import Service

__all__ = ["PATHS", "Gate", "respond"]

PATHS = ("/predict", "/health", "/ready", "/metrics", "/schema")
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
# Bytes of an answer that are sent at a time, so that one that is not read is not kept twice.
_PART = 1 << 16


@dataclass
class _Sent:
    """What became of a request."""

    status: int = 0


class Gate:
    """The ASGI application: lets requests in, and hands each to its address.

    Parameters
    ----------
    addresses : mapping of str to (methods, application)
    service : Service
    door : Door
    """

    def __init__(
        self, addresses: Mapping[str, tuple[Sequence[str], App]], service: Service, door: Door
    ) -> None:
        self.addresses, self.service, self.door = addresses, service, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        if scope["type"] != "http":
            return
        started, sent = time.perf_counter(), _Sent()

        async def send_noted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                sent.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
                if self.service.stopping:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        try:
            await self._answer(path, scope, receive, send_noted, sent)
        finally:
            self._note(path, scope, sent.status, time.perf_counter() - started)

    async def _answer(
        self, path: str, scope: Scope, receive: Receive, send: Send, sent: _Sent
    ) -> None:
        try:
            self.door.check(scope["method"], path, dict(scope["headers"]))
            await self._find(path, scope["method"])(scope, receive, send)
        except DisconnectedError:
            sent.status = sent.status or 499
        except RequestError as refused:
            await respond(send, refused.status, error_body(refused.message), refused.headers)
        except Exception as error:
            self.service.log.write_failure("request failed", error, path=_known(path))
            if sent.status:  # too late for another one
                raise
            await respond(send, 500, error_body("The server failed. Its log says why."))

    def _find(self, path: str, method: str) -> App:
        if path not in self.addresses:
            raise RequestError(404, f"Expected one of {', '.join(PATHS)}, got another address.")
        methods, app = self.addresses[path]
        if method not in methods:
            allowed = {"Allow": ", ".join(methods)}
            raise RequestError(
                405, f"Expected {' or '.join(methods)}, got another method.", allowed
            )
        return app

    def _note(self, path: str, scope: Scope, status: int, seconds: float) -> None:
        path = _known(path)
        self.service.metrics.note_request(path, status, seconds)
        if self.service.log.requests:
            client = scope.get("client") or ("",)
            self.service.log.write(
                "request",
                method=scope["method"][:16],
                path=path,
                status=status,
                ms=round(seconds * 1000, 3),
                client=client[0],
            )

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        self.service.close()
        await send({"type": "lifespan.shutdown.complete"})


def _known(path: str) -> str:
    return path if path in PATHS else "other"


async def respond(
    send: Send,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    kind: str = "application/json",
) -> None:
    """Send an answer."""
    told = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    own = [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": own})
    for start in range(0, len(body) - _PART, _PART):
        part = body[start : start + _PART]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    last = max(0, -(-len(body) // _PART) - 1) * _PART
    await send({"type": "http.response.body", "body": body[last:]})
