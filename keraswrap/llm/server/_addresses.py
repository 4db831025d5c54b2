"""Where a server is, and the key that it asks for: checked before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

from keraswrap.exceptions import ParameterError

__all__ = ["check_key_name", "check_url", "is_loopback", "read_key", "scrub"]


def check_url(url: str, with_key: bool) -> str:
    """Return an address without its trailing slash, or raise an error that says why it is refused.

    Parameters
    ----------
    with_key : bool
        Whether a key will be sent there.

    Raises
    ------
    ParameterError
        If it is no address of a server, holds a password or a query, or would
        send a key where others can read it.

    Examples
    --------
    >>> check_url("http://localhost:8000/v1/", with_key=False)
    'http://localhost:8000/v1'
    """
    expected = "Expected base_url like 'http://localhost:8000/v1'"
    try:
        parts = urlsplit(url if isinstance(url, str) else "//:x")
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ParameterError(f"{expected}, got something else.") from None
    if "@" in url or parts.query or parts.fragment:
        raise ParameterError(
            f"{expected}, got one with a user name, a password or a query (not shown). Put the "
            "key into an environment variable, and its name into api_key_env."
        )
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x1f]", url):
        raise ParameterError(f"{expected}, got {url!r:.100}.")
    if with_key and parts.scheme == "http" and not is_loopback(url):
        raise ParameterError(
            f"Expected https for a key that leaves this machine, got {url!r:.100}. Others on the "
            "way could read it: use https, or a tunnel to a port of this machine."
        )
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine.

    Examples
    --------
    >>> is_loopback("http://127.0.0.1:8000/v1"), is_loopback("https://example.org/v1")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Key(str):
    """A key, which what prints the variables of an error's frames does not show."""

    def __repr__(self) -> str:
        return "'***'"


def read_key(name: str | None) -> Key | None:
    """Read a key from the environment; None for no name.

    Raises
    ------
    ParameterError
        If there is none, or it is not one word.
    """
    if name is None:
        return None
    key = Key(os.environ.get(name, "").strip())
    if not key:
        raise ParameterError(
            f"Expected a key in the environment variable {name}, got none. Set it."
        )
    if re.fullmatch(r"[!-~]+", key) is None:
        raise ParameterError(
            f"Expected one word of ASCII in the environment variable {name}, got something else "
            "(not shown)."
        )
    return key


def scrub(text: str, key: str | None) -> str:
    """Return a text without the key.

    Examples
    --------
    >>> scrub("wrong key: abc-123", "abc-123")
    'wrong key: ***'
    """
    return text.replace(key, "***") if key else text


def check_key_name(name: str | None) -> None:
    """Raise ParameterError unless it may be the name of an environment variable.

    It has to be in capitals: a key that is passed instead of a name is not, and
    would be seen wherever the name is.
    """
    if name is not None and not (isinstance(name, str) and re.fullmatch("[A-Z_][A-Z0-9_]*", name)):
        raise ParameterError(
            "Expected api_key_env as the name of an environment variable, in capitals, like "
            "'OPENAI_API_KEY', got something else (not shown). Put the key into the variable."
        )
