"""Connections without a server: who comes too many, too late or with too large a head."""

import asyncio
import json

import pytest
from loops import run_apart

from keraswrap.serving import ServingLimits
from keraswrap.serving._connections import MOST_UNREAD, connection_class

uvicorn = pytest.importorskip("uvicorn")


class Transport(asyncio.Transport):
    """Notes what is written."""

    def __init__(self):
        super().__init__()
        self.written, self.closed, self.aborted = b"", False, False

    def write(self, data):
        self.written += data

    def close(self):
        self.closed = True

    def abort(self):
        self.aborted = self.closed = True

    def is_closing(self):
        return self.closed


def connect(act, **limits):
    """Let `act` use a connection, and return its transport."""

    async def run():
        config = uvicorn.Config(lambda scope: None, log_level="critical", lifespan="off",
                                h11_max_incomplete_event_size=MOST_UNREAD)  # fmt: skip
        config.load()
        state = uvicorn.server.ServerState()
        transport = Transport()
        made = connection_class(ServingLimits(**limits))(config, state, {})
        made.connection_made(transport)
        await act(made, state)
        made.connection_lost(None)
        return transport

    return run_apart(run())


def error(transport):
    head, _, body = transport.written.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head
    return head.split(b"\r\n")[0], json.loads(body)["error"]


def test_a_head_that_never_ends_is_told_once():
    async def act(connection, state):
        connection.data_received(b"GET / HTTP/1.1\r\n")
        for _ in range(9):
            connection.data_received(b"X-Word: " + b"a" * 9000 + b"\r\n")

    found = connect(act)
    assert found.closed
    assert error(found) == (b"HTTP/1.1 431 Request Header Fields Too Large",
                            "Expected a head of at most 65,536 bytes, got more.")  # fmt: skip


def test_what_is_no_http_is_told_as_json():
    async def act(connection, state):
        connection.data_received(b"\x16\x03\x01 hello\r\n\r\n")

    status, said = error(connect(act))
    assert status == b"HTTP/1.1 400 Bad Request"
    assert said.startswith("Expected HTTP/1.1, got what is none")


def test_a_head_that_does_not_come_is_cut_off():
    async def act(connection, state):
        await asyncio.sleep(0.05)

    assert connect(act, head_seconds=0.01).aborted
    assert not connect(act, head_seconds=9.0).aborted


def test_one_connection_too_many_is_told_when_to_try_again():
    async def act(connection, state):
        assert len(state.connections) == 1
        other, transport = type(connection)(connection.config, state, {}), Transport()
        other.connection_made(transport)
        assert b"\r\nretry-after: 1\r\n" in transport.written
        assert error(transport) == (b"HTTP/1.1 503 Service Unavailable",
                                    "Too many connections. Try again later.")  # fmt: skip
        other.connection_lost(None)

    assert connect(act, max_connections=1).written == b""
