"""Requests and answers as JSON, and as JSON lines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from keraswrap.serving._blocks import Block
from keraswrap.serving._inputs import Inputs
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._outputs import Answers
from keraswrap.serving._refusals import RequestError, invalid
from keraswrap.serving._strict_json import read_json, show

__all__ = ["dump", "dump_lines", "read_line", "read_request", "write_json", "write_lines"]


def read_request(body: bytes, inputs: Inputs, limits: ServingLimits) -> Block:
    """Read the rows of a request.

    Parameters
    ----------
    body : bytes
        ``{"rows": […]}`` or ``{"texts": […]}``, whichever the model takes.
    inputs : Inputs
    limits : ServingLimits

    Raises
    ------
    RequestError
        400 if it is no JSON, 413 for too many rows, 422 if it is something else.
    """
    found = read_json(body)
    name = inputs.kind
    if not isinstance(found, dict) or set(found) != {name}:
        got = show(found)
        if isinstance(found, dict):
            got = f"the keys {[key[:60] for key in list(found)[:20]]}"
        raise invalid(f'Expected an object {{"{name}": […]}}, got {got}.')
    rows = found[name]
    if not isinstance(rows, list) or not rows:
        got = "none" if rows == [] else show(rows)
        raise invalid(f"Expected {name} as a list of at least one, got {got}.")
    check_count(len(rows), limits)
    return inputs.read(rows, limits.max_chars)


def check_count(n: int, limits: ServingLimits) -> None:
    """Raise a RequestError if a request has too many rows."""
    if n > limits.max_rows:
        raise RequestError(
            413,
            f"Expected at most {limits.max_rows:,} rows in a request, got {n:,}. Send several "
            "requests, or a stream of JSON lines.",
        )


def read_line(line: bytes, inputs: Inputs, limits: ServingLimits) -> Block:
    """Read a row of JSON lines: what stands in ``rows`` or ``texts`` of a request.

    A text may also stand in an object, as ``{"text": …}``.
    """
    found = read_json(line)
    if inputs.kind == "texts" and isinstance(found, dict) and set(found) == {"text"}:
        found = found["text"]
    return inputs.read([found], limits.max_chars)


def write_json(parts: Sequence[Answers], version: str) -> bytes:
    """Return an answer as JSON."""
    rows = [row for part in parts for row in part.rows()]
    return dump({"predictions": rows, "model_version": version})


def write_lines(parts: Iterable[Answers]) -> bytes:
    """Return an answer as JSON lines."""
    return dump_lines(row for part in parts for row in part.rows())


def dump_lines(rows: Iterable[object]) -> bytes:
    """Return objects as JSON, one a line."""
    return b"".join(dump(row) + b"\n" for row in rows)


def dump(value: object) -> bytes:
    """Return JSON; numbers that it has not, which probabilities of no answer may be, as null.

    Examples
    --------
    >>> dump({"a": [0.5, float("nan")]})
    b'{"a": [0.5, null]}'
    """
    try:
        return json.dumps(value, allow_nan=False).encode()
    except ValueError:
        return json.dumps(_finite(value)).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
