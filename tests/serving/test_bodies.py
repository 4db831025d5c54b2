"""Bodies in parts: put together within limits, and what they held is given back."""

import asyncio

import pytest
from loops import run_apart

from keraswrap.serving import ServingLimits
from keraswrap.serving._bodies import (
    Budget,
    DisconnectedError,
    check_length,
    read_body,
    read_lines,
)
from keraswrap.serving._refusals import RequestError

LIMITS = ServingLimits(max_bytes=10, max_pending_bytes=16, body_seconds=0.05)


def receiving(*parts, cut=False):
    """Return a call that gives parts, the last one marked, or that hangs or breaks off."""
    left = [
        {"type": "http.request", "body": part, "more_body": cut or k + 1 < len(parts)}
        for k, part in enumerate(parts)
    ]

    async def receive():
        if not left:
            if cut:
                return {"type": "http.disconnect"}
            await asyncio.sleep(30)
        return left.pop(0)

    return receive


def body(*parts, budget=None, **more):
    async def run():
        with (budget or Budget(16)).share() as share:
            return await read_body(receiving(*parts, **more), LIMITS, share)

    return run_apart(run())


def lines(*parts, **more):
    async def run():
        with Budget(16).share() as share:
            return [one async for one in read_lines(receiving(*parts, **more), LIMITS, share)]

    return run_apart(run())


def test_parts_are_put_together():
    assert body(b"12345", b"", b"67890") == b"1234567890"


def test_lines_are_cut_wherever_parts_end():
    assert lines(b"a\nb", b"c\n\n", b" \nd") == [[b"a"], [b"bc"], [b"d"]]


@pytest.mark.parametrize("parts", [(b"12345678901",), (b"123456", b"78901")])
def test_too_much_is_refused_and_given_back(parts):
    budget = Budget(16)
    with pytest.raises(RequestError, match="of at most 10 bytes, got more") as refused:
        body(*parts, budget=budget)
    assert (refused.value.status, budget.used) == (413, 0)
    with pytest.raises(RequestError, match="of at most 10 bytes, got more"):
        lines(b"a\n", *parts)


def test_all_requests_together_hold_so_much():
    budget = Budget(16)
    with budget.share() as other:
        other(12)
        with pytest.raises(RequestError, match="at most 16 bytes, got more") as refused:
            body(b"12345", budget=budget)
        other.hold(9)
        assert budget.used == 21
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
    assert budget.used == 0


def test_who_goes_away_and_who_waits_are_told_apart():
    with pytest.raises(DisconnectedError):
        body(b"1", cut=True)
    with pytest.raises(RequestError, match=r"Expected a body within 0\.05 s, got none"):
        body()


@pytest.mark.parametrize(("length", "fits"), [(None, True), (b"10", True), (b"11", False),
                                              (b"-1", False), (b"9" * 99, False)])  # fmt: skip
def test_a_length_is_looked_at_first(length, fits):
    if fits:
        check_length(length, LIMITS)
    else:
        with pytest.raises(RequestError, match="of at most 10 bytes"):
            check_length(length, LIMITS)
