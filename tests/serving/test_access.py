"""Keys, and where a server may listen."""

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.serving import ServingAccess
from keraswrap.serving._access import Door
from keraswrap.serving._refusals import RequestError

KEY = "k" * 16


def test_keys_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("KERASWRAP_API_KEYS", f" {KEY}, {'l' * 20},,")
    found = ServingAccess.from_environment()
    assert found.keys == (KEY, "l" * 20)
    assert KEY not in repr(found)
    monkeypatch.setenv("KERASWRAP_API_KEYS", "short")
    with pytest.raises(ParameterError, match="got one of 5"):
        ServingAccess.from_environment()


@pytest.mark.parametrize("key", ["k" * 15, "k" * 15 + "\n", "k" * 15 + " k", "k" * 15 + "é"])
def test_other_keys_are_refused(key):
    with pytest.raises(ParameterError, match="at least 16 characters of ASCII") as caught:
        ServingAccess(keys=(key,))
    assert key not in str(caught.value)


def test_other_machines_need_a_word_and_a_key():
    ServingAccess().check_host("127.0.0.1")
    with pytest.raises(ParameterError, match="Pass expose=True if that is meant"):
        ServingAccess(keys=(KEY,)).check_host("0.0.0.0")
    with pytest.raises(ParameterError, match="or pass no_keys=True"):
        ServingAccess(expose=True).check_host("0.0.0.0")
    with pytest.warns(UserWarning, match="put a proxy with TLS before it"):
        ServingAccess(keys=(KEY,), expose=True).check_host("0.0.0.0")
    with pytest.warns(UserWarning, match="open to everyone who can reach it"):
        ServingAccess(expose=True, no_keys=True).check_host("192.0.2.1")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": b"Bearer " + KEY.encode()[:-1]},
        {b"authorization": b"Basic " + KEY.encode()},
        {b"authorization": KEY.encode()},
        {b"authorization": b"Bearer \xff"},
        {b"x-api-key": b""},
    ],
)
def test_another_key_is_refused(headers):
    with pytest.raises(RequestError, match="Expected a key of this server"):
        Door(ServingAccess(keys=(KEY,)), "127.0.0.1").check("POST", "/predict", headers)


def test_a_proxy_may_use_a_name():
    door = Door(ServingAccess(names=("Models.example",)), "127.0.0.1")
    door.check("POST", "/predict", {b"host": b"models.example"})
    with pytest.raises(RequestError, match="Expected the address of this machine"):
        door.check("POST", "/predict", {b"host": b"other.example"})
