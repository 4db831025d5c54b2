"""Clients that are slow, cut off or no clients, and how the server fares."""

import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from served import LIMITS, model, serving

ROW = b'{"rows": [[0.0, 1.0, 2.0]]}'
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
QUICK = replace(LIMITS, head_seconds=0.3, body_seconds=0.3, max_connections=4)


@pytest.fixture(scope="module")
def quick(estimator):
    with serving(estimator, QUICK) as found:
        yield found


def connect(client):
    return socket.create_connection(("127.0.0.1", client.port), timeout=30)


def read(connection):
    """Read until the server closes; what it had not read yet may end that by a reset."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


def lives(client):
    for _ in range(100):
        if client.predict(ROW).status == 200:
            return True
        time.sleep(0.05)
    return False


def test_a_body_that_says_it_is_too_large_is_not_read(client):
    with connect(client) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n")
        answer = read(connection)
    assert (status(answer), b"at most 100,000 bytes" in answer) == (413, True)
    assert lives(client)


def test_a_body_of_any_length_is_cut_off(client):
    with connect(client) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent, chunk = 0, b"10000\r\n" + b"x" * 65536 + b"\r\n"
        try:
            while sent < 1 << 30:
                connection.sendall(chunk)
                sent += 65536
        except (ConnectionError, TimeoutError):
            pass
        assert sent < 1 << 25
        assert status(read(connection)) in (413, None)
    assert lives(client)


def test_memory_for_bodies_is_bounded():
    limits = replace(LIMITS, max_bytes=10_000, max_pending_bytes=15_000)
    with serving(model(), limits) as client:
        held = [connect(client) for _ in range(2)]
        for connection in held:
            connection.sendall(HEAD + b"Content-Length: 9000\r\n\r\n" + b" " * 8000)
        time.sleep(0.2)
        refused = read(held[1])
        assert (status(refused), b"retry-after: 1" in refused.lower()) == (503, True)
        for connection in held:
            connection.close()
        assert lives(client)
        # The last answer may arrive before the memory of its request is given back.
        until = time.monotonic() + 30
        while client.service.budget.used and time.monotonic() < until:
            time.sleep(0.01)
        assert client.service.budget.used == 0


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", None),
        (b"POST /predict HT", None),
        (HEAD + b"Content-Length: 27\r\n\r\n" + ROW[:5], 408),
        (HEAD + b"Content-Length: 27\r\n\r\n", 408),
    ],
)
def test_who_takes_too_long_is_cut_off(quick, sent, expected):
    with connect(quick) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        assert status(read(connection)) == expected
        assert time.monotonic() - began < 10
    assert lives(quick)


def test_a_body_that_drips_is_cut_off(quick):
    with connect(quick) as connection:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        dripping = threading.Event()

        def drip():
            while not dripping.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        assert status(read(connection)) == 408
        dripping.set()
        thread.join()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"something else\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000, None),
        (
            b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
        ),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
def test_what_is_no_http_is_told(client, sent, expected):
    with connect(client) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
        answer = read(connection)
    if expected is None:
        assert status(answer) in (400, 431, None)
    else:
        assert status(answer) == expected
        assert "error" in json.loads(answer.rpartition(b"\r\n\r\n")[2])
    assert lives(client)


def test_connections_that_are_cut_leave_nothing(client):
    for part in (5, len(HEAD), len(HEAD) + 20, None):
        for _ in range(10):
            with connect(client) as connection:
                connection.sendall((HEAD + b"Content-Length: 27\r\n\r\n" + ROW)[:part])
    assert lives(client)
    for _ in range(100):
        if client.service.budget.used == 0 and client.service.batcher.waiting == 0:
            break
        time.sleep(0.05)
    assert (client.service.budget.used, client.service.batcher.waiting) == (0, 0)


def test_more_connections_than_allowed_are_told(quick):
    time.sleep(0.5)  # until those of other tests are gone
    held = [connect(quick) for _ in range(QUICK.max_connections)]
    for connection in held:
        connection.sendall(b"GET")
    with connect(quick) as connection:
        answer = read(connection)
    assert (status(answer), b"retry-after: 1" in answer) == (503, True)
    for connection in held:
        connection.close()
    assert lives(quick)


def test_a_client_that_reads_nothing_until_all_is_sent_is_answered(client):
    n = 5000
    body = b"[0, 1, 2]\n" * n
    head = HEAD.replace(b"application/json", b"application/x-ndjson")
    with connect(client) as connection:
        connection.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        connection.sendall(body)
        assert read(connection).count(b'"label": "cat"') == n


def test_a_hundred_thousand_words_are_told(client):
    answer = client.predict(b'{"rows": [["%s"]]}' % (b"word " * 10_000))
    assert answer.status == 422
    assert "Expected 3 numbers, got 1 in row 0" in answer.json["error"]
    assert len(answer.body) < 300
