"""Addresses without what must not be stored or shown. Pure."""

from __future__ import annotations

import re

__all__ = ["redact"]

# What stands between a scheme and a host: a user and a password.
_USER = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s'\"?#]*@")
# What follows a question mark may hold a token.
_QUERY = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s'\"?#<>]*)[?#][^\s'\"<>)]*")


def redact(text: str) -> str:
    """Remove users, passwords and queries from all addresses in a text.

    Examples
    --------
    >>> redact("GET http://me:secret@host:5000/api?token=abc failed")
    'GET http://host:5000/api failed'
    """
    return _QUERY.sub(r"\1", _USER.sub(r"\1", text))
