"""Where servers listen, and who may talk to them."""

import socket

import pytest

from keraswrap._web import bind, is_loopback, own_names, refusal, url_of

OWN = {"host": "localhost:8000", "origin": "http://localhost:8000"}


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {"host": "127.0.0.1:8000"},
        {"host": "[::1]:8000", "origin": "http://[::1]:8000"},
        {"host": "192.168.1.5"},
        {"host": "Here.Example:80", "sec-fetch-site": "same-origin"},
    ],
)
def test_the_page_itself_and_programs_may_ask(headers):
    assert refusal("POST", headers, ["here.example"]) is None


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "as Host, got ''"),
        ({"host": "rebound.example:8000", "origin": "http://rebound.example:8000"}, "as Host"),
        ({"host": "127.0.0.1.rebound.example"}, "as Host"),
        ({"host": "[localhost"}, "as Host"),
        ({**OWN, "origin": "http://elsewhere.example"}, "got one from 'http://elsewhere"),
        ({**OWN, "origin": "null"}, "got one from 'null'"),
        ({**OWN, "origin": "http://localhost:8001"}, "got one from"),
        ({**OWN, "origin": "https://localhost:8000"}, "got one from"),
        ({"host": "localhost:8000", "sec-fetch-site": "cross-site"}, "a 'cross-site' one"),
        ({"host": "localhost:8000", "sec-fetch-site": "none"}, "a 'none' one"),
    ],
)
def test_names_that_may_be_rebound_and_other_pages_may_not(headers, said):
    assert said in refusal("POST", headers, ["here.example"])


def test_somebody_may_type_the_address():
    assert refusal("GET", {"host": "localhost:8000", "sec-fetch-site": "none"}, []) is None


def test_the_body_of_an_answer_does_not_wait_for_a_receipt():
    with (
        bind("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_is_told_as_a_browser_takes_it():
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert url_of(listening, "127.0.0.1") == f"http://127.0.0.1:{port}/"
        assert url_of(listening, "::1") == f"http://[::1]:{port}/"


def test_only_what_other_machines_reach_has_names():
    assert own_names("127.0.0.1") == []
    assert own_names("0.0.0.0")[:2] == ["0.0.0.0", socket.gethostname()]
    assert not is_loopback("shop.example")
