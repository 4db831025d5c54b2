"""Find what may identify a person: addresses, telephone, card and account numbers. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

__all__ = ["find_personal_data", "plain_value"]

# Each repeat is bounded, so that no text can make a search slow.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?!\w)")
_CARD = re.compile(r"(?<![\w.,/-])\d(?:[ -]?\d){11,22}(?![.,/-]?\w)")
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)")
# A country code, a leading zero, or an area code in brackets or before a hyphen.
_PHONE = re.compile(
    r"(?<![\w.,/-])(?<!\d )(?:\+\d{1,3}[ ./-]?(?:\(0?\d{1,5}\)[ ./-]?)?\d(?:[ ./-]?\d){5,12}"
    r"|\(0?\d{2,5}\)[ ./-]?\d(?:[ ./-]?\d){4,10}"
    r"|0\d{1,5}[ /-]\d(?:[ ./-]?\d){4,10}"
    r"|0\d{8,12}"
    r"|\d{3}[ .-]\d{3}[ .-]\d{4})(?![.,/-]?\w)"
)
_IBAN_LENGTHS, _CARD_LENGTHS = (15, 34), (12, 19)


def find_personal_data(text: str) -> list[tuple[str, str]]:
    """Find what looks like data of a person.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (str, str)
        Kind and value, in the order of the text: "e-mail address", "IBAN" whose check
        digits are right, "card number" that Luhn's formula confirms, "IP address" or
        "telephone number". Names and postal addresses have no such form and are not found.

    Notes
    -----
    Luhn's formula and the check digits of ISO 13616 let one in 10 and one in 97 random
    numbers pass.

    Examples
    --------
    >>> find_personal_data("Write to jo@example.org, card 4111 1111 1111 1111.")
    [('e-mail address', 'jo@example.org'), ('card number', '4111 1111 1111 1111')]
    >>> find_personal_data("Order 4111 1111 1111 1112 of 2026-11-29")
    []
    """
    taken: list[tuple[int, int, str]] = []
    for kind, pattern, is_valid in _KINDS:
        for start, end in _spans(pattern, is_valid, text):
            if all(end <= first or last <= start for first, last, _ in taken):
                taken.append((start, end, kind))
    return [(kind, text[start:end]) for start, end, kind in sorted(taken)]


def plain_value(kind: str, value: str) -> str:
    """Return what a value is, however it is written: without case, blanks and signs.

    Of a telephone number the digits are left, from the first that is not 0: +49 is 0049.

    Examples
    --------
    >>> plain_value("e-mail address", "Jo@Example.org")
    'jo@example.org'
    >>> plain_value("telephone number", "+49 30-1234567"), plain_value("IBAN", "gb82 WEST 12")
    ('49301234567', 'GB82WEST12')
    """
    if kind in ("e-mail address", "IP address"):
        return value.casefold()
    plain = re.sub(r"[\W_]", "", value).upper()
    return plain.lstrip("0") if kind == "telephone number" else plain


def _spans(
    pattern: re.Pattern[str], is_valid: Callable[[str], bool], text: str
) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(text):
        start, end = found.span()
        # What follows after a blank may be another number or word.
        ends = [end, *(start + cut.start() for cut in re.finditer("[ -]", found.group()))]
        valid = [stop for stop in sorted(ends, reverse=True) if is_valid(text[start:stop])]
        if valid:
            yield start, valid[0]


def _digits(value: str) -> list[int]:
    return [int(one) for one in value if one.isdigit()]


def passes_luhn(value: str) -> bool:
    """Return whether 12 to 19 digits end with the check digit of Luhn's formula.

    Examples
    --------
    >>> passes_luhn("4111 1111 1111 1111"), passes_luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = _digits(value)[::-1]
    if not _CARD_LENGTHS[0] <= len(digits) <= _CARD_LENGTHS[1]:
        return False
    doubled = [sum(divmod(2 * one, 10)) for one in digits[1::2]]
    return any(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def has_iban_check(value: str) -> bool:
    """Return whether the check digits are those of ISO 13616.

    Examples
    --------
    >>> has_iban_check("GB82 WEST 1234 5698 7654 32"), has_iban_check("GB83WEST12345698765432")
    (True, False)
    """
    plain = re.sub(r"[ -]", "", value).upper()
    low, high = _IBAN_LENGTHS
    if not low <= len(plain) <= high or not plain.isascii():
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def _is_address(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


def _has_phone_length(value: str) -> bool:
    return 7 <= len(_digits(value)) <= 15


def _always(value: str) -> bool:
    return True


# The longer and surer kinds first: what they take is no telephone number.
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("e-mail address", _EMAIL, _always),
    ("IBAN", _IBAN, has_iban_check),
    ("card number", _CARD, passes_luhn),
    ("IP address", _IP, _is_address),
    ("telephone number", _PHONE, _has_phone_length),
)
