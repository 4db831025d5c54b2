"""The page and its JSON interface, as an ASGI application."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from keraswrap._optional import require
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.routing._conversation import Conversation
from keraswrap.routing._page._guard import Guard
from keraswrap.routing._page._requests import MOST_BYTES, read_request

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from keraswrap.routing._router import MessageRouter

__all__ = ["make_app"]

_FILES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_LOG = logging.getLogger("keraswrap.chat")


def make_app(router: MessageRouter, title: str, names: Iterable[str] = ()) -> Guard:
    """Return an application that shows the page and answers its messages.

    Parameters
    ----------
    router : MessageRouter
        Fitted.
    title : str
    names : iterable of str
        Names of this machine, beside ``localhost`` and addresses.

    Returns
    -------
    ASGI application

    Raises
    ------
    MissingExtraError
        If starlette is not installed (extra ``chat``).
    """
    routing = require("starlette.routing", "chat")
    page = _Page(router, title)
    routes = [
        routing.Route("/", page.show),
        routing.Route("/respond", page.respond, methods=["POST"]),
        *(routing.Route(f"/{name}", page.give_file) for name in _FILES),
    ]
    return Guard(require("starlette.applications", "chat").Starlette(routes=routes), names)


class _Page:
    """What each address answers.

    The server keeps nothing. The page keeps the conversation as the router's own JSON,
    and sends it along with each message: a server that is started again goes on with
    it, no tab shares it with another, and no memory fills. Whoever changes it deceives
    only themselves, as `Conversation.from_json` checks its form and fields have to fit
    their patterns again.
    """

    def __init__(self, router: MessageRouter, title: str) -> None:
        self.router = router
        self.title = title
        # Not every classifier can be asked by two threads at once, so messages take turns.
        self.lock = threading.Lock()

    async def show(self, request: Request) -> Response:
        """Return the page."""
        told = {"title": self.title, "routes": sorted(self.router.handlers)}
        return _respond(_template().render(**told, most=self.router.max_length), "text/html")

    async def give_file(self, request: Request) -> Response:
        """Return one of the files that the page loads."""
        name = request.url.path.rpartition("/")[2]
        return _respond(_read(name), _FILES[name])

    async def respond(self, request: Request) -> Response:
        """Answer a message: 200 with the reply, or an error that says what is wrong."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _tell(415, f"Expected application/json as content type, got {kind!r:.60}.")
        body = await _read_body(request)
        if body is None:
            return _tell(413, f"Expected a request of at most {MOST_BYTES:,} bytes, got more.")
        try:
            reply = await _in_thread(self._answer, *read_request(body))
        except (InputError, InputTypeError) as error:
            return _tell(400, str(error))
        except Exception:
            _LOG.exception("The router failed.")
            return _tell(500, "The router failed. The terminal of `keraswrap chat` says why.")
        return _respond(json.dumps(reply), "application/json")

    def _answer(self, message: str, conversation: Conversation) -> dict[str, Any]:
        with self.lock:
            return self.router.respond(message, conversation).to_dict()


async def _read_body(request: Request) -> bytes | None:
    """Return what was sent, or None as soon as it is too much."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


async def _in_thread(function: Any, *given: Any) -> Any:
    """Call a function beside the server, which stops without waiting for it."""
    # With starlette, which is built on it.
    to_thread = require("anyio.to_thread", "chat")
    return await to_thread.run_sync(function, *given, abandon_on_cancel=True)


def _tell(status: int, problem: str) -> Response:
    return _respond(json.dumps({"error": problem}), "application/json", status)


def _respond(text: str, kind: str, status: int = 200) -> Response:
    responses = require("starlette.responses", "chat")
    return responses.Response(text, status, media_type=kind)


@cache
def _template() -> Any:
    jinja2 = require("jinja2", "chat")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_read("index.html.j2"))


def _read(name: str) -> str:
    return (files("keraswrap.routing._page") / "files" / name).read_text(encoding="utf-8")
