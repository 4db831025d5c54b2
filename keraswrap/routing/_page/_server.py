"""Serve the page until Ctrl-C."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import NotFittedError

from keraswrap._optional import require
from keraswrap._web import bind, is_loopback, own_names, url_of
from keraswrap.exceptions import InputError, InputTypeError, ParameterError, warn_user
from keraswrap.routing._page._app import make_app
from keraswrap.routing._router import MessageRouter

if TYPE_CHECKING:
    import uvicorn

__all__ = ["make_server", "serve_chat"]

# Seconds that answers have which are under way when the server is stopped.
_GRACE = 2
# Requests at once; more get an error instead of waiting.
_MOST_AT_ONCE = 64


def serve_chat(
    router: MessageRouter,
    port: int = 8000,
    host: str = "127.0.0.1",
    *,
    title: str = "Message router",
    expose: bool = False,
) -> None:
    """Serve a page to write to a router, and return after Ctrl-C.

    The page shows each answer with its route, confidence, stage, cost and trace, which
    are for those who build a router and not for customers. ``keraswrap chat`` does the
    same on the command line.

    Parameters
    ----------
    router : MessageRouter
        Fitted.
    port : int between 0 and 65535, default=8000
        0 picks a free one. The address is printed.
    host : str, default="127.0.0.1"
        Address to listen on.
    title : str, default="Message router"
        Heading of the page.
    expose : bool, default=False
        Whether `host` may be reached from other machines. The page has no password and
        is not encrypted.

    Raises
    ------
    InputTypeError, InputError
        If it is no MessageRouter, or not fitted.
    ParameterError
        If the address cannot be used, or is no loopback address without `expose`.
    MissingExtraError
        If starlette or uvicorn is not installed (extra ``chat``).

    Notes
    -----
    Messages are answered one at a time. Of a request, ``Host`` has to be an address or
    a name of this machine and ``Origin`` the page itself, so that no other website can
    use the router. Other people with an account on this machine can. The page keeps the
    conversation; the server keeps nothing.
    """
    names = _check(host, expose)
    _warm_up(router)
    server = make_server(router, title, names)
    with closing(bind(host, port)) as listening:
        print(f"{title}: {url_of(listening, host)} (Ctrl-C stops it)", flush=True)
        _run(server, listening)


def make_server(router: MessageRouter, title: str, names: list[str]) -> uvicorn.Server:
    """Return a server of the page that is not yet started.

    Parameters
    ----------
    router : MessageRouter
    title : str
    names : list of str
        Names of this machine, beside ``localhost`` and addresses.

    Returns
    -------
    uvicorn.Server
        Its ``run`` takes the sockets.
    """
    uvicorn = require("uvicorn", "chat")
    settings: dict[str, Any] = {"lifespan": "off", "ws": "none", "server_header": False}
    settings |= {"log_level": "warning", "access_log": False, "proxy_headers": False}
    settings |= {"timeout_graceful_shutdown": _GRACE, "limit_concurrency": _MOST_AT_ONCE}
    config = uvicorn.Config(make_app(router, title, names), **settings)
    return uvicorn.Server(config)


def _check(host: str, expose: bool) -> list[str]:
    """Return this machine's names that requests may use."""
    if is_loopback(host):
        return []
    if not expose:
        raise ParameterError(
            f"Expected a loopback address, such as 127.0.0.1, got host={host!r}: whoever reaches "
            "it could use the router and read its traces. Pass expose=True if that is meant."
        )
    warn_user(
        f"The page on {host} is open to everyone who can reach it: without a password, not "
        "encrypted, and with traces that may name errors."
    )
    return own_names(host)


def _warm_up(router: object) -> None:
    """Load what the first message would wait for, and see whether the router can answer."""
    if not isinstance(router, MessageRouter):
        raise InputTypeError(f"Expected a MessageRouter, got {router!r:.60}.")
    try:
        router.route(["Hello"])
    except NotFittedError as error:
        raise InputError(f"Expected a fitted MessageRouter: {error} Fit it first.") from error


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    # In a thread: notebooks have an event loop in this one, and Ctrl-C is heard here.
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.5)  # without a limit, Windows hears no Ctrl-C
    except KeyboardInterrupt:
        server.should_exit = True
        thread.join(2 * _GRACE)
