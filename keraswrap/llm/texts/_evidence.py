"""Check whether a model's quote is in a text, and whether it states the value. Pure."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

__all__ = ["Span", "find_span", "states_date", "states_number"]

# Marks that models use in place of each other, each one character.
_ALIKE = str.maketrans("‘’‚‛“”„‟–—−‐‑", "''''\"\"\"\"-----")
_NUMBER = re.compile(r"(?:(?<!\w)[-+])?(?:\d[\d.,]*|(?<!\w)[.,]\d+)")
_GROUPED = r"\d{1,3}(?:%s\d{2,3})+|\d+"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)


class Span(NamedTuple):
    """Where a value is in its text.

    Parameters
    ----------
    start, stop : int
        Positions of characters: ``text[start:stop]``.
    """

    start: int
    stop: int


def find_span(quote: str, text: str) -> Span | None:
    """Find a quote in a text; white space, case, quotation marks and dashes may differ.

    Parameters
    ----------
    quote, text : str

    Returns
    -------
    Span or None
        The first place where it is not part of a longer word or number.

    Examples
    --------
    >>> find_span("a  tent", "I bought A tent."), find_span("12", "It cost 124.")
    (Span(start=9, stop=15), None)
    """
    pattern = r"\s+".join(re.escape(word) for word in quote.translate(_ALIKE).split())
    plain = text.translate(_ALIKE)
    for case in (0, re.IGNORECASE) if pattern else ():
        for found in re.finditer(pattern, plain, case):
            if not (_is_cut(plain, found.start()) or _is_cut(plain, found.end())):
                return Span(*found.span())
    return None


def _is_cut(text: str, at: int) -> bool:
    """Return whether a word or a number continues across a position."""
    left, right = text[max(at - 1, 0) : at], text[at : at + 1]
    if left.isdigit() or right.isdigit():
        return _cuts_number(text, at, left, right)
    return _is_cased(left) and _is_cased(right)


def _cuts_number(text: str, at: int, left: str, right: str) -> bool:
    before, after = text[max(at - 2, 0) : max(at - 1, 0)], text[at + 1 : at + 2]
    if left.isdigit():  # "12|3" and "12|.5", but "12|." and "12|kg"
        return right.isdigit() or (right in (".", ",") and after.isdigit())
    joined = left in (".", ",") and before.isdigit()
    is_sign = left == "-" and not before.strip()
    return joined or is_sign or _is_cased(left)


def _is_cased(character: str) -> bool:
    # In scripts without case, words often have no space between them.
    return character.lower() != character.upper()


def states_number(quote: str, value: float) -> bool:
    """Return whether a quote contains a number in digits, with a decimal point or comma.

    Examples
    --------
    >>> states_number("$1,299.50", 1299.5), states_number("1.299,50 €", 1299.5)
    (True, True)
    >>> states_number("two weeks", 2)
    False
    """
    found = _NUMBER.findall(quote.translate(_ALIKE))
    return any(value in _readings(each.rstrip(".,")) for each in found)


def _readings(digits: str) -> set[float]:
    """Return what a number may mean: 1,234 is 1234 or, with a decimal comma, 1.234."""
    sign = -1 if digits.startswith("-") else 1
    bare, readings = digits.lstrip("+-"), set()
    for group, point in ((",", "."), (".", ",")):
        whole, _, part = bare.partition(point)
        grouped = re.fullmatch(_GROUPED % re.escape(group), whole)
        if (grouped or (not whole and part)) and (part.isdigit() or point not in bare):
            readings.add(sign * float(f"{whole.replace(group, '') or '0'}.{part or '0'}"))
    return readings


def states_date(quote: str, date: datetime.date) -> bool:
    """Return whether a quote contains the day, month and year of a date.

    Day and year must be in digits. The month may be a name; any word is accepted as the
    name of a month in another language.

    Examples
    --------
    >>> march = datetime.date(2024, 3, 5)
    >>> [states_date(quote, march) for quote in ("5 March 2024", "03/05/24", "5 May 2024")]
    [True, True, False]
    """
    if date.strftime("%Y%m%d") in quote:
        return True
    numbers = [int(digits) for digits in re.findall(r"(?<!\d)\d{1,4}(?!\d)", quote)]
    try:
        numbers.remove(date.year if date.year in numbers else date.year % 100)
        numbers.remove(date.day)
    except ValueError:
        return False
    return date.month in (_named_months(quote) or numbers) or _has_other_name(quote, numbers)


def _named_months(quote: str) -> list[int]:
    words = re.findall(r"[^\W\d_]{3,}", quote.casefold())
    return [n for n, name in enumerate(_MONTHS, 1) if {name, name[:3], name[:4]} & set(words)]


def _has_other_name(quote: str, numbers: list[int]) -> bool:
    """Return whether the month can only be a name in another language."""
    return not numbers and not _named_months(quote) and bool(re.search(r"[^\W\d_]{3,}", quote))
