"""Personal data are found by their form and check digits, and other numbers are not."""

import time

import pytest

from keraswrap.synthetic._personal_data import find_personal_data, has_iban_check, passes_luhn


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("mail jo.doe+x@mail.example.org!", "e-mail address", "jo.doe+x@mail.example.org"),
        ("<müller@exämple.de>", "e-mail address", "müller@exämple.de"),
        ("card 4111-1111-1111-1111.", "card number", "4111-1111-1111-1111"),
        ("378282246310005", "card number", "378282246310005"),
        ("4111111111111111 2027", "card number", "4111111111111111"),
        ("to DE89 3704 0044 0532 0130 00 please", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("GB82WEST12345698765432", "IBAN", "GB82WEST12345698765432"),
        ("from 192.168.0.12", "IP address", "192.168.0.12"),
        ("call +44 20 7946 0958 now", "telephone number", "+44 20 7946 0958"),
        ("call 030 1234567", "telephone number", "030 1234567"),
        ("(020) 7946 0958", "telephone number", "(020) 7946 0958"),
        ("555-123-4567", "telephone number", "555-123-4567"),
    ],
)
def test_each_kind_is_found(text, kind, value):
    assert find_personal_data(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "It cost 12.50 on 2026-11-29, 29.11.2026 or 11/29/2026.",
        "Order 4111 1111 1111 1112, then 100,000,000 more",
        "DE88 3704 0044 0532 0130 00",
        "version 1.2.3, or 999.1.1.1",
        "a @ b, me@home, page 020",
        "",
    ],
)
def test_other_numbers_are_none(text):
    assert find_personal_data(text) == []


@pytest.mark.parametrize(
    ("number", "valid"),
    [("79927398713", False), ("4012888888881881", True), ("0000 0000 0000", False), ("", False)],
)
def test_luhn_holds_for_numbers_of_cards(number, valid):
    assert passes_luhn(number) is valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [("NO9386011117947", True), ("NO9386011117948", False), ("NO93", False), ("ＮＯ9386", False)],
)
def test_iban_has_check_digits(value, valid):
    assert has_iban_check(value) is valid


@pytest.mark.parametrize(
    "text", ["1 " * 50_000, "a." * 50_000 + "@", "AB12 " * 20_000, "+1-" * 50_000]
)
def test_a_hostile_text_does_not_take_long(text):
    start = time.process_time()
    find_personal_data(text)
    assert time.process_time() - start < 5
