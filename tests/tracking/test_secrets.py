"""Addresses without secrets."""

import pytest

from keraswrap.tracking._secrets import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:p@ss@host/a", "http://host/a"),
        ("sqlite:///a/b.db", "sqlite:///a/b.db"),
        ("postgresql+psycopg://me:pw@host/db?password=x", "postgresql+psycopg://host/db"),
        ("'https://token@host', then", "'https://host', then"),
        ("mail me@host or a://b", "mail me@host or a://b"),
        ("HTTP://ME:PW@HOST#x", "HTTP://HOST"),
    ],
)
def test_what_is_shown(text, shown):
    assert redact(text) == shown
