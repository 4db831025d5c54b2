"""Quotes in texts, and what they state."""

import datetime

import pytest

from keraswrap.llm.texts._evidence import Span, find_span, states_date, states_number

TEXT = "I bought 2 tents for $1,299.50 on 5 March 2024.\nThe “big” one – XL12 – broke."


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("2 tents", "2 tents"),
        ("THE BIG", None),
        ("2024. The", "2024.\nThe"),
        ('the "big" one - xl12', "The “big” one – XL12"),
        ("$1,299.50", "$1,299.50"),
        ("1,299", None),  # a piece of a longer number
        ("299.50", None),
        (".50", None),
        ("12", None),
        ("ought", None),  # a piece of a word
        ("tent", None),
        ("a lamp", None),
        (" ", None),
        ("(.*)", None),
    ],
)
def test_a_quote_is_found_whole_or_not_at_all(quote, there):
    span = find_span(quote, TEXT)
    assert (span and TEXT[slice(*span)]) == there


def test_of_several_places_the_first_counts_that_is_no_piece_of_a_word():
    assert find_span("art", "party art, Art") == Span(6, 9)
    assert find_span("Art", "party art, Art") == Span(11, 14)  # its own case before another
    assert find_span("好", "很好吃") == Span(1, 2)
    assert find_span("5", "-5 and 5") == Span(7, 8)
    assert find_span("5", "3-5 kg") == Span(2, 3)


@pytest.mark.parametrize(
    ("quote", "values"),
    [
        ("$1,299.50", {1299.5}),
        ("1.299,50 €", {1299.5}),
        ("1,234", {1234, 1.234}),
        ("12,34,567.8", {1234567.8}),
        ("-7 to +3.5", {-7, 3.5}),
        ("3-5", {3, 5}),
        (".5 kg", {0.5}),
        ("5.", {5}),
        ("Dec,2001 and No.7", {2001, 7}),
        ("-.5", {-0.5}),
        ("−2", {-2}),
        ("two weeks", set()),
        ("1.2.3.4", set()),
    ],
)
def test_a_number_has_to_stand_in_its_quote(quote, values):
    tried = {*values, 0.2001, 0.7, 1299.5, 1299, 1234, 1.234, 2, -5, 3, 5, 7, 0.5, 14, 12, 1}
    assert {value for value in tried if states_number(quote, value)} == values


@pytest.mark.parametrize(
    ("quote", "states"),
    [
        ("5 March 2024", True),
        ("March 5th, 2024", True),
        ("Sept 5, 2024", False),
        ("2024-03-05", True),
        ("20240305", True),
        ("05.03.24", True),
        ("3/5/2024", True),
        ("5. März 2024", True),  # a month that is not English
        ("5 May 2024", False),
        ("6 March 2024", False),
        ("5 March", False),  # which year?
        ("yesterday", False),
        ("2024", False),
        ("5 of 2024", False),
        ("05.04.2024", False),
    ],
)
def test_a_date_has_to_stand_in_its_quote(quote, states):
    assert states_date(quote, datetime.date(2024, 3, 5)) is states


@pytest.mark.parametrize("quote", ["03/03/03", "3 March 2003"])
def test_equal_parts_of_a_date_each_count_once(quote):
    assert states_date(quote, datetime.date(2003, 3, 3))
    assert not states_date("3/2003", datetime.date(2003, 3, 3))
