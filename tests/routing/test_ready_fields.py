"""Ready fields: order numbers, dates in digits, and numbers within limits."""

import datetime
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.routing import date_field, number_field, order_number


def test_an_order_number_is_read_in_either_case_and_written_in_one():
    field = order_number(r"[A-Z]{2}-\d{3}", name="customer_id")
    assert field.read("i am ab-123").value == field.read("I am AB-123").value == "AB-123"
    assert field.read("I am AB-1234").status == "missing"
    assert field.question == "Please tell me your customer id number."
    assert order_number(r"\d+", question="Which?").question == "Which?"


@pytest.mark.parametrize(
    ("text", "month_first", "day_first"),
    [
        ("2026-11-03", (2026, 11, 3), (2026, 11, 3)),
        ("3.11.2026", (2026, 11, 3), (2026, 11, 3)),
        ("3/11/2026", (2026, 3, 11), (2026, 11, 3)),
        ("28/02/2026", None, (2026, 2, 28)),
        ("2/28/2026", (2026, 2, 28), None),
        ("29.2.2024", (2024, 2, 29), (2024, 2, 29)),
        ("29.2.2026", None, None),
        ("2026-13-01", None, None),
    ],
)
def test_a_date_is_read_as_it_is_written(text, month_first, day_first):
    for first, expected in ((False, month_first), (True, day_first)):
        reading = date_field(day_first=first).read(f"It came on {text}.")
        assert reading.value == (expected and datetime.date(*expected))
        assert reading.status == ("found" if expected else "invalid")


def test_fields_of_dates_differ_by_their_order_and_can_be_pickled():
    assert date_field() == pickle.loads(pickle.dumps(date_field()))
    assert date_field() != date_field(day_first=False)
    assert date_field("last_day").question == "Please tell me the last day, as in 2026-11-29."


@pytest.mark.parametrize("tenth", [0.1, Decimal("0.1"), Fraction(1, 10)])
def test_limits_are_exact_whatever_they_are(tenth):
    """As floats 0.1 and 0.10 are a little more than a tenth."""
    field = number_field("x", low=tenth, high=tenth)
    assert field.read("0.1").value == field.read("0.10").value == Decimal("0.1")
    for other in ("0.100001", "0.099999", "-0.1", "1"):
        assert field.read(other).status == "invalid"


@pytest.mark.parametrize(("low", "high", "good"), [(1, None, "61"), (None, 60, "-3"), (0, 0, "0")])
def test_a_limit_may_be_missing(low, high, good):
    assert number_field("days", low, high).read(f"{good} days").value == int(good)


@pytest.mark.parametrize(
    ("text", "value"),
    [("about .5 kg", "0.5"), ("$.50", "0.5"), ("-.5", "-0.5"), ("well...5 kg", "5"), ("5.", "5")],
)
def test_a_point_may_come_first_in_a_number(text, value):
    assert number_field("weight").read(text).value == Decimal(value)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (("5", None), "low as a finite number or None, got '5'"),
        ((None, float("nan")), "high as a finite number or None, got nan"),
        ((5, 1), "low of at most high, got 5 and 1"),
    ],
)
def test_limits_that_no_number_can_keep_are_refused(limits, message):
    with pytest.raises(ParameterError, match=message):
        number_field("days", *limits)
