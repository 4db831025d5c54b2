"""Fields that many shops need."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

from keraswrap.exceptions import ParameterError
from keraswrap.routing._fields import Field

__all__ = ["date_field", "number_field", "order_number"]


def order_number(pattern: str, name: str = "order", question: str = "") -> Field:
    r"""Return a field for numbers of orders, customers or invoices.

    Lower and upper case are the same to customers, so the pattern fits both, and the
    value is in upper case.

    Parameters
    ----------
    pattern : str
        As the shop writes them, for instance ``r"[A-Z]{2}-\d{6}"``.
    name : str, default="order"
    question : str, optional
        By default "Please tell me your order number.", or that of `name`.

    Returns
    -------
    Field

    Examples
    --------
    >>> order_number(r"[A-Z]{2}-\d{6}").read("where is ab-123456").value
    'AB-123456'
    """
    asked = question or f"Please tell me your {name.replace('_', ' ')} number."
    return Field(name, f"(?i:{pattern})", parse=str.upper, question=asked)


def date_field(name: str = "date", question: str = "", day_first: bool = True) -> Field:
    """Return a field for dates in digits: 2026-11-29, 29.11.2026 or 29/11/2026.

    Parameters
    ----------
    name : str, default="date"
    question : str, optional
        By default asks for year-month-day, which cannot be misunderstood.
    day_first : bool, default=True
        Whether the day comes before the month where a slash is between them.

    Returns
    -------
    Field
        Its values are of type date.

    Examples
    --------
    >>> date_field().read("It came on 3.11.2026.").value
    datetime.date(2026, 11, 3)
    """
    asked = question or f"Please tell me the {name.replace('_', ' ')}, as in 2026-11-29."
    parse = _DayFirst() if day_first else _MonthFirst()
    pattern = r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{1,2}/\d{4}"
    return Field(name, pattern, parse=parse, question=asked)


class _DayFirst:
    """Reads dates. A class, since a function inside another one cannot be pickled."""

    slashed = "%d/%m/%Y"

    def __call__(self, text: str) -> datetime.date:
        shape = "%Y-%m-%d" if "-" in text else "%d.%m.%Y" if "." in text else self.slashed
        return datetime.datetime.strptime(text, shape).date()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class _MonthFirst(_DayFirst):
    slashed = "%m/%d/%Y"


def number_field(
    name: str,
    low: float | Decimal | None = None,
    high: float | Decimal | None = None,
    question: str = "",
) -> Field:
    """Return a field for a number, such as an amount or a number of days.

    Parameters
    ----------
    name : str
    low, high : float or Decimal, optional
        The least and the greatest value that may be used.
    question : str, optional

    Returns
    -------
    Field
        Its values are Decimal: an amount stays as it was written.

    Raises
    ------
    ParameterError
        If a limit is no finite number, or `low` is above `high`.

    Examples
    --------
    >>> number_field("days", 1, 60).read("within 14 days?").value
    Decimal('14')
    """
    for limit, value in (("low", low), ("high", high)):
        if value is not None and not _is_finite(value):
            raise ParameterError(f"Expected {limit} as a finite number or None, got {value!r:.60}.")
    if low is not None and high is not None and low > high:
        raise ParameterError(f"Expected low of at most high, got {low!r:.60} and {high!r:.60}.")
    # Read without its point, .5 would be 5. A point that ends a sentence is none of a number.
    pattern = r"(?<![\w.])-?\.\d{1,6}|-?\d{1,12}(?:\.\d{1,6})?"
    return Field(name, pattern, parse=Decimal, question=question, check=_Between(low, high))


def _is_finite(value: object) -> bool:
    number = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Between:
    low: float | Decimal | None
    high: float | Decimal | None

    def __call__(self, value: object) -> bool:
        number = Decimal(str(value))
        above = self.low is None or number >= _as_written(self.low)
        return above and (self.high is None or number <= _as_written(self.high))


def _as_written(limit: float | Decimal) -> Decimal:
    """Return a limit in decimals: 0.1 as a float is a little more than 0.1 as an amount."""
    return limit if isinstance(limit, Decimal) else Decimal(str(float(limit)))
