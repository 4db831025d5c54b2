"""Addresses and keys that are refused before anything is sent, without being shown."""

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.llm.server._addresses import check_key_name, check_url, is_loopback, read_key

SECRET = "sk-secret-123"


@pytest.mark.parametrize(
    ("url", "match"),
    [
        *((url, "got '") for url in ("", "localhost:8000", "ftp://a/v1", "http://", "http://a b")),
        *((url, "something else") for url in (None, 3, b"http://a", "http://a:port")),
        *((url, "not shown") for url in (f"https://u:{SECRET}@a/v1", f"https://a/v1?key={SECRET}")),
    ],
)
def test_an_address_that_is_none_is_refused(url, match):
    with pytest.raises(ParameterError, match=match) as caught:
        check_url(url, with_key=False)
    assert SECRET not in str(caught.value)


def test_a_key_goes_over_https_or_nowhere():
    assert check_url("https://example.org/v1/", with_key=True) == "https://example.org/v1"
    assert check_url("http://[::1]:8000/v1", with_key=True)
    for url in ("http://example.org/v1", "http://10.0.0.5/v1", "http://localhost.example.org/v1"):
        assert check_url(url, with_key=False) == url
        with pytest.raises(ParameterError, match="Expected https for a key"):
            check_url(url, with_key=True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        *[("http://localhost", True), ("http://127.9.9.9:1", True), ("http://[::1]", True)],
        *[("http://127.0.0.1.example.org", False), ("http://192.168.0.1", False)],
    ],
)
def test_what_is_on_this_machine(url, expected):
    assert is_loopback(url) is expected


@pytest.mark.parametrize("name", [SECRET, "abcDEF123", "", "A-B", 7])
def test_a_key_in_place_of_its_variable_is_refused_unseen(name):
    with pytest.raises(ParameterError, match="name of an environment variable") as caught:
        check_key_name(name)
    assert not name or str(name) not in str(caught.value)


def test_a_key_that_is_not_there_or_not_one_word_is_an_error(monkeypatch):
    monkeypatch.delenv("KERASWRAP_TEST_KEY", raising=False)
    with pytest.raises(ParameterError, match="KERASWRAP_TEST_KEY, got none"):
        read_key("KERASWRAP_TEST_KEY")
    monkeypatch.setenv("KERASWRAP_TEST_KEY", f"{SECRET}\nX-Other: header")
    with pytest.raises(ParameterError, match="one word of ASCII") as caught:
        read_key("KERASWRAP_TEST_KEY")
    assert SECRET not in str(caught.value)
    monkeypatch.setenv("KERASWRAP_TEST_KEY", f" {SECRET}\n")
    assert read_key("KERASWRAP_TEST_KEY") == SECRET
    assert read_key(None) is None
