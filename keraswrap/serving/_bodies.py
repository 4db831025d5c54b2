"""Bodies of requests, read within limits of size, time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from keraswrap._web import Receive
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._refusals import RequestError

__all__ = ["Budget", "DisconnectedError", "Share", "check_length", "read_body", "read_lines"]


class DisconnectedError(Exception):
    """The client went away."""


class Budget:
    """Bytes that all requests together may hold.

    Parameters
    ----------
    most : int

    Examples
    --------
    >>> budget = Budget(10)
    >>> with budget.share() as take:
    ...     take(10)
    >>> budget.used
    0
    """

    def __init__(self, most: int) -> None:
        self.most, self.used = most, 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """Provide a call that takes bytes, which are given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            share.give_back()


class Share:
    """What one request holds of a `Budget`."""

    def __init__(self, budget: Budget) -> None:
        self.budget, self.held = budget, 0

    def __call__(self, n: int) -> None:
        """Take some bytes, or raise a RequestError."""
        if self.budget.used + n > self.budget.most:
            raise RequestError(
                503,
                f"Expected all requests together to hold at most {self.budget.most:,} bytes, got "
                "more. Try again later.",
                {"Retry-After": "1", "Connection": "close"},
            )
        self.budget.used += n
        self.held += n

    def hold(self, n: int) -> None:
        """Hold further bytes that are there already; others are refused meanwhile."""
        self.budget.used += n
        self.held += n

    def give_back(self) -> None:
        """Give all of them back."""
        self.budget.used -= self.held
        self.held = 0


def check_length(length: bytes | None, limits: ServingLimits) -> None:
    """Raise a RequestError before a body is read that says itself that it is too large."""
    if length is not None and (not length.isdigit() or int(length[:20]) > limits.max_bytes):
        raise _too_large(limits)


async def read_body(receive: Receive, limits: ServingLimits, share: Share) -> bytes:
    """Return the body of a request.

    Raises
    ------
    RequestError
        413 if it is too large, 408 if it comes too slowly, 503 if there is no memory.
    DisconnectedError
        If the client went away.
    """
    message = await _next(receive, limits.body_seconds)
    body = message.get("body", b"")
    if not message.get("more_body", False):
        share(len(body))
        if len(body) > limits.max_bytes:
            raise _too_large(limits)
        return bytes(body)
    parts, size = [body], len(body)
    share(size)
    try:
        async with asyncio.timeout(limits.body_seconds):
            while message.get("more_body", False):
                message = await _next(receive, None)
                part = message.get("body", b"")
                size += len(part)
                share(len(part))
                if size > limits.max_bytes:
                    raise _too_large(limits)
                parts.append(part)
    except TimeoutError:
        raise _too_slow(limits) from None
    return b"".join(parts)


async def read_lines(
    receive: Receive, limits: ServingLimits, share: Share
) -> AsyncIterator[list[bytes]]:
    """Yield the lines of a body as they arrive, blank ones left out.

    Raises
    ------
    RequestError
        413 if a line is too long, 408 if nothing comes, 503 if there is no memory.
    DisconnectedError
        If the client went away.
    """
    rest, more = bytearray(), True
    while more:
        message = await _next(receive, limits.body_seconds)
        more = message.get("more_body", False)
        rest += message.get("body", b"")
        share.give_back()
        share(len(rest))
        end = len(rest) if not more else rest.rfind(b"\n") + 1
        lines = bytes(rest[:end]).split(b"\n")
        del rest[:end]
        if max(len(rest), *map(len, lines)) > limits.max_bytes:
            raise _too_large(limits)
        found = [line for line in lines if line.strip()]
        if found:
            yield found


async def _next(receive: Receive, seconds: float | None) -> dict[str, Any]:
    if seconds is None:
        message = await receive()
    else:
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError:
            raise RequestError(
                408, f"Expected a body within {seconds:g} s, got none. Send it faster.",
                {"Connection": "close"},
            ) from None  # fmt: skip
    if message["type"] != "http.request":
        raise DisconnectedError
    return dict(message)


def _too_large(limits: ServingLimits) -> RequestError:
    return RequestError(
        413,
        f"Expected a body, or a line of a stream, of at most {limits.max_bytes:,} bytes, got more. "
        "Send less at a time, or start the server with a higher limit.",
        {"Connection": "close"},
    )


def _too_slow(limits: ServingLimits) -> RequestError:
    return RequestError(
        408,
        f"Expected the whole body within {limits.body_seconds:g} s, got a part of it. Send it "
        "faster.",
        {"Connection": "close"},
    )
