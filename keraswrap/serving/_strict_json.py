"""JSON as its standard has it: no NaN, no key twice, no half characters."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from keraswrap.serving._refusals import malformed

__all__ = ["read_json", "show"]

# Half a surrogate pair, which cannot be written as UTF-8 again; and how JSON may spell one.
_HALF = re.compile("[\ud800-\udfff]")
_MAY_HIDE_HALF = re.compile(rb"\\u[dD][89abcdefABCDEF]")


def read_json(body: bytes) -> Any:
    """Read JSON, strictly.

    Parameters
    ----------
    body : bytes
        UTF-8.

    Returns
    -------
    object

    Raises
    ------
    RequestError
        400 if it is no JSON: also for NaN and infinity, numbers of thousands of digits,
        a key that is there twice, or nesting that Python cannot follow.

    Examples
    --------
    >>> read_json(b'{"rows": [[1, 2.5]]}')
    {'rows': [[1, 2.5]]}
    >>> read_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    keraswrap.serving._refusals.RequestError: Expected each key once, got 'a' twice.
    """
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
        if _MAY_HIDE_HALF.search(body) and _HALF.search(json.dumps(found, ensure_ascii=False)):
            raise malformed("Expected text that is valid Unicode, got half a surrogate pair.")
    except (ValueError, RecursionError) as error:
        raise malformed(f"Expected JSON, got what is none: {_told(error)}.") from None
    return found


def show(value: object) -> str:
    """Return what an error says of a value: short, and without what is in it.

    Examples
    --------
    >>> show(True), show([[[]]]), show("long " * 99)
    ('true', 'a list', "'long long long long long long long long…")
    """
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, str):
        return ascii(value) if len(value) <= 40 else f"{ascii(value[:40])[:40]}…"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 64:
        return "a number of many digits"
    return json.dumps(value)


def _refuse(name: str) -> None:
    raise malformed(f"Expected finite numbers, got {name}. JSON has no such number.")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise malformed(f"Expected each key once, got {show(twice)} twice.")
    return found


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "a number of too many digits"
