"""The server of the page: where it listens, and what it refuses."""

import json
import socket
import urllib.request

import pytest
from shop import make_router

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing import serve_chat


def test_it_answers_on_loopback_until_it_is_stopped(served):
    body = json.dumps({"message": "are you open today", "conversation": None}).encode()
    asked = urllib.request.Request(f"{served}respond", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert json.load(answer)["text"] == "Open 9 to 5."
        assert "server" not in answer.headers


def test_a_port_in_use_is_told(page_router):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ParameterError, match=f"port={port}: .*in use.* A port of 0 picks"):
            serve_chat(page_router, port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_told(page_router, port):
    with pytest.raises(ParameterError, match=f"port={port}"):
        serve_chat(page_router, port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "shop.example", "192.168.1.5"])
def test_other_machines_need_a_word(page_router, host):
    with pytest.raises(ParameterError, match="Pass expose=True if that is meant"):
        serve_chat(page_router, 0, host)


def test_with_it_a_warning_says_what_is_open(page_router):
    with (
        pytest.warns(UserWarning, match=r"192\.0\.2\.1 is open to everyone .* without a password"),
        pytest.raises(ParameterError, match="address to listen on"),
    ):
        serve_chat(page_router, 0, "192.0.2.1", expose=True)


def test_only_a_router_that_is_fitted_is_served(database):
    with pytest.raises(InputTypeError, match="Expected a MessageRouter, got 'router'"):
        serve_chat("router", 0)
    with pytest.raises(InputError, match="Expected a fitted MessageRouter"):
        serve_chat(make_router(database), 0)
