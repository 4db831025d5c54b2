"""Every request passes the gate: what it answers, counts and writes down."""

import io
import json
from types import SimpleNamespace as Some

import pytest
from loops import run_apart

from keraswrap.serving import ServingAccess
from keraswrap.serving._access import Door
from keraswrap.serving._bodies import DisconnectedError
from keraswrap.serving._gate import Gate, respond
from keraswrap.serving._log import EventLog
from keraswrap.serving._refusals import RequestError

HEADERS = [(b"host", b"localhost")]


class Asked:
    """Asks a gate whose only address does as it is told."""

    def __init__(self, app=None, **scope):
        self.sent, self.noted, self.closed, stream = [], [], False, io.StringIO()
        metrics = Some(note_request=lambda path, status, seconds: self.noted.append((path, status)))
        self.service = Some(metrics=metrics, log=EventLog(stream, requests=True), stopping=False,
                            close=lambda: setattr(self, "closed", True))  # fmt: skip
        self.gate = Gate(
            {"/health": (("GET", "HEAD"), app)}, self.service, Door(ServingAccess(), "127.0.0.1")
        )
        self.scope = {"type": "http", "method": "GET", "path": "/health", "headers": HEADERS}
        self.scope |= {"client": ("127.0.0.1", 5), **scope}
        self.stream = stream

    def run(self, *received):
        left = [{"type": kind} for kind in received]

        async def receive():
            return left.pop(0)

        run_apart(self.gate(self.scope, receive, self.send))
        return self

    async def send(self, message):
        self.sent.append(message)

    @property
    def lines(self):
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent)


def failing(error):
    async def app(scope, receive, send):
        raise error

    return app


async def fine(scope, receive, send):
    await respond(send, 200, b"{}")


def test_an_answer_is_counted_logged_and_guarded():
    asked = Asked(fine, path="/root/health", root_path="/root").run()
    headers = dict(asked.sent[0]["headers"])
    assert (headers[b"cache-control"], headers[b"content-length"]) == (b"no-store", b"2")
    assert asked.noted == [("/health", 200)]
    (line,) = asked.lines
    told = {"event": "request", "method": "GET", "path": "/health", "client": "127.0.0.1"}
    assert told.items() <= line.items()


@pytest.mark.parametrize(
    ("error", "scope", "noted", "said"),
    [
        (RequestError(422, "No row."), {}, ("/health", 422), "No row."),
        (KeyError("secret"), {}, ("/health", 500), "The server failed. Its log says why."),
        (None, {"path": "/\x00else"}, ("other", 404), "Expected one of /predict, /health, /ready,"),
        (None, {"method": "PUT"}, ("/health", 405), "Expected GET or HEAD, got another method."),
    ],
)
def test_errors_are_json(error, scope, noted, said):
    asked = Asked(failing(error), **scope).run()
    assert asked.noted == [noted]
    assert json.loads(asked.body)["error"].startswith(said)


def test_a_client_that_went_away_is_told_nothing():
    asked = Asked(failing(DisconnectedError())).run()
    assert (asked.sent, asked.noted) == ([], [("/health", 499)])


def test_an_error_after_the_head_ends_the_connection():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        raise KeyError("late")

    asked = Asked(app)
    with pytest.raises(KeyError, match="late"):
        asked.run()
    assert [message["type"] for message in asked.sent] == ["http.response.start"]
    assert [line["event"] for line in asked.lines] == ["request failed", "request"]


def test_it_stops_with_its_server():
    asked = Asked(fine, type="lifespan").run("lifespan.startup", "lifespan.shutdown")
    assert [message["type"] for message in asked.sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert asked.closed


@pytest.mark.parametrize("size", [0, 1, 1 << 16, (1 << 16) + 1, 3 << 16])
def test_a_long_answer_comes_in_parts(size):
    asked, body = Asked(), b"x" * size
    run_apart(respond(asked.send, 200, body))
    assert asked.body == body
    assert max(len(message.get("body", b"")) for message in asked.sent) <= 1 << 16
    assert [message.get("more_body", False) for message in asked.sent[1:]] == [
        *[True] * (len(asked.sent) - 2),
        False,
    ]
