"""Fields: found, missing, ambiguous or invalid, and nothing in between."""

import datetime
import pickle
from decimal import Decimal

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.routing import Field, date_field, number_field, order_number
from keraswrap.routing._fields import read_fields

ORDER = order_number(r"[A-Z]{2}-\d{6}")


@pytest.mark.parametrize(
    ("field", "message", "status", "value"),
    [
        (ORDER, "where is ab-123456?", "found", "AB-123456"),
        (ORDER, "AB-123456, I repeat, ab-123456", "found", "AB-123456"),
        (ORDER, "AB-123456 or AB-123457", "ambiguous", None),
        (ORDER, "my order", "missing", None),
        (date_field(), "on 2026-11-03", "found", datetime.date(2026, 11, 3)),
        (date_field(), "on 3.11.2026.", "found", datetime.date(2026, 11, 3)),
        (date_field(), "on 3/11/2026", "found", datetime.date(2026, 11, 3)),
        (date_field(day_first=False), "on 3/11/2026", "found", datetime.date(2026, 3, 11)),
        (date_field(), "on 31.2.2026", "invalid", None),
        (number_field("days", 1, 60), "in 14 days", "found", Decimal(14)),
        (number_field("days", 1, 60), "in 90 days", "invalid", None),
        (number_field("price"), "-3.50", "found", Decimal("-3.50")),
        (number_field("days", 1, 60), "14 of 90", "found", Decimal(14)),
    ],
)
def test_a_message_is_read(field, message, status, value):
    reading = field.read(message)
    assert (reading.status, reading.value) == (status, value)
    assert (reading.text is None) == (status != "found")


@pytest.mark.parametrize(
    ("known", "found"), [("AB-123456", "AB-123456"), ("x' OR 1=1 AB-123456", None), ("", None)]
)
def test_what_was_known_passes_the_pattern_again(known, found):
    assert read_fields([ORDER], "hello", {"order": known})[0].value == found
    assert read_fields([ORDER], "AB-000001", {"order": known})[0].value == "AB-000001"
    assert read_fields([ORDER], "AB-000001 AB-000002", {"order": known})[0].status == "ambiguous"


def test_a_field_asks_by_its_name_unless_told_otherwise():
    assert ORDER.question == "Please tell me your order number."
    assert Field("zip_code", r"\d{5}").question == "Please tell me the zip code."
    assert Field("zip_code", r"\d{5}", question="Where to?").question == "Where to?"


@pytest.mark.parametrize("field", [ORDER, date_field(), number_field("days", 1, 2)])
def test_a_field_can_be_pickled(field):
    again = pickle.loads(pickle.dumps(field))
    assert again == field
    assert again.read("AB-123456, 1.1.2026").status == field.read("AB-123456, 1.1.2026").status


@pytest.mark.parametrize(
    ("told", "error", "said"),
    [
        ({"name": "Order"}, ParameterError, "begins with a lowercase letter, got 'Order'"),
        ({"name": "a b"}, ParameterError, "as an identifier"),
        ({"name": None}, ParameterError, "got None"),
        ({"parse": "int"}, InputTypeError, "Expected parse of field 'n' as a function"),
        ({"check": 5}, InputTypeError, "Expected check of field 'n' as a function"),
        ({"question": None}, InputTypeError, "Expected the question of field 'n' as a string"),
    ],
)
def test_bad_fields_are_refused(told, error, said):
    with pytest.raises(error, match=said):
        Field(**{"name": "n", "pattern": r"\d+", **told})


def test_a_parsed_value_is_one_that_a_query_takes():
    with pytest.raises(InputTypeError, match="to return a str, int, float, Decimal or date"):
        Field("n", r"\d+", parse=list).read("12")


def test_a_message_is_a_text():
    with pytest.raises(InputTypeError, match="a message as a string, got None"):
        ORDER.read(None)
