"""Who may talk to the page's server."""

import pytest

from keraswrap.routing._page._guard import HEADERS, refusal

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


def test_every_answer_has_the_headers(client):
    for path, host in (("/", "127.0.0.1"), ("/none", "127.0.0.1"), ("/", "evil.example")):
        answer = client.get(path, headers={"host": host, "origin": f"http://{host}"})
        assert HEADERS.items() <= dict(answer.headers).items()
        assert "access-control-allow-origin" not in answer.headers
