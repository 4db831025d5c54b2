"""Who may talk to the page's server: browsers that show the page, and nobody through them."""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping
from typing import Any

from keraswrap._web import App, Receive, Send, refusal

__all__ = ["HEADERS", "Guard"]

# Nothing runs or is fetched but the page's own files, and no other page may embed it.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """An ASGI application behind the checks of `refusal`, whose answers all have `HEADERS`.

    Parameters
    ----------
    app : ASGI application
    names : iterable of str
        Names of this machine, beside ``localhost`` and addresses.
    """

    def __init__(self, app: App, names: Iterable[str] = ()) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":  # no events of start and stop, no web sockets
            return

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        problem = refusal(scope["method"], headers, self.names)
        if problem is None:
            await self.app(scope, receive, send_guarded)
        else:
            await _refuse(problem, send_guarded)


async def _refuse(problem: str, send: Send) -> None:
    content = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 403, "headers": content})
    await send({"type": "http.response.body", "body": json.dumps({"error": problem}).encode()})
