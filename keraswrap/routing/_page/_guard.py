"""Who may talk to the page's server: browsers that show the page, and nobody through them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

__all__ = ["HEADERS", "Guard", "is_loopback", "refusal"]

Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
App: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

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


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0")]
    [True, True, True, False]
    """
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def refusal(method: str, headers: Mapping[str, str], names: Iterable[str]) -> str | None:
    """Return why a request is refused, or None if it is not.

    A page elsewhere can reach this server in two ways. It can have its own name resolve
    to this machine (DNS rebinding), which shows in ``Host``: an address cannot be
    rebound, and names are listed. Or it can send a request across sites, which browsers
    mark with ``Origin`` and ``Sec-Fetch-Site``. Programs other than browsers send
    neither, and may ask.

    Parameters
    ----------
    method : str
        Of the request.
    headers : mapping of str to str
        With names in lower case.
    names : iterable of str
        Names of this machine, beside ``localhost`` and addresses.

    Returns
    -------
    str or None

    Examples
    --------
    >>> refusal("POST", {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"}, [])
    >>> refusal("GET", {"host": "elsewhere.example"}, [])
    "Expected the address of this machine as Host, got 'elsewhere.example'."
    """
    host = headers.get("host", "")
    name = _name(host)
    if _address(name) is None and name not in {"localhost", *names}:
        return f"Expected the address of this machine as Host, got {host!r:.80}."
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return f"Expected requests from this page only, got one from {origin!r:.80}."
    site = headers.get("sec-fetch-site", "same-origin")
    # "none" is what somebody typed or bookmarked, and that sends no message.
    if method not in ("GET", "HEAD") and site != "same-origin":
        return f"Expected requests from this page only, got a {site!r:.40} one."
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets that hold no address
        return ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


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
