"""Checks of what an endpoint is given; each raises ParameterError. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from keraswrap.exceptions import ParameterError
from keraswrap.llm.server._wire import Json

_T = TypeVar("_T")


def check(value: _T, holds: bool, what: str) -> _T:
    """Return a value, or raise ParameterError unless it holds."""
    if not holds:
        raise ParameterError(f"Expected {what}, got {value!r:.60}.")
    return value


def check_whole(name: str, value: int, least: int) -> int:
    """Return a whole number that is not below `least`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    check(value, whole and value >= least, f"{name} as a whole number from {least} on")
    return int(value)


def check_positive(name: str, value: float) -> float:
    """Return a number above 0."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return check(value, number and 0 < value < np.inf, f"{name} as a number above 0")


def check_prices(prices: Sequence[float]) -> tuple[float, float]:
    """Return the prices of a million tokens read, and written."""
    numbers = isinstance(prices, tuple | list) and len(prices) == 2
    holds = numbers and all(
        isinstance(price, int | float) and 0 <= price < np.inf for price in prices
    )
    check(prices, holds, "prices as two numbers, of a million tokens read and written")
    return prices[0], prices[1]


def copy_json(extra: Mapping[str, Json] | None) -> dict[str, Json] | None:
    """Return a copy of what JSON can hold."""
    if extra is None:
        return None
    try:
        return json.loads(json.dumps(dict(extra), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"Expected extra_body as JSON can hold it, got {error}.") from None
