"""What the servers of this package share: where they listen, and who may talk to them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from keraswrap.exceptions import ParameterError

__all__ = [
    "App",
    "Receive",
    "Scope",
    "Send",
    "bind",
    "is_loopback",
    "own_names",
    "refusal",
    "url_of",
]

Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0")]
    [True, True, True, False]
    """
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def own_names(host: str) -> list[str]:
    """Return this machine's names that requests to an address may use."""
    return [] if is_loopback(host) else [host, socket.gethostname(), socket.getfqdn()]


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
        return f"Expected requests from this server's own pages, got one from {origin!r:.80}."
    site = headers.get("sec-fetch-site", "same-origin")
    # "none" is what somebody typed or bookmarked, and that sends no message.
    if method not in ("GET", "HEAD") and site != "same-origin":
        return f"Expected requests from this server's own pages, got a {site!r:.40} one."
    return None


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens, or raise ParameterError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise ParameterError(
            f"Expected an address to listen on, got host={host!r} and port={port!r}: "
            f"{str(error).rstrip('.')}. A port of 0 picks a free one."
        ) from error
    # asyncio sets it on sockets of its own. Without it, the body of an answer waits for 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


# Connections that may wait to be accepted.
_BACKLOG = 512


def url_of(listening: socket.socket, host: str) -> str:
    """Return the address of a server as a browser takes it."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}/"


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
