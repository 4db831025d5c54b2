"""Answers about fields: what is no value of its type, or not in the text, does not count."""

import datetime
import json

import numpy as np
import pytest
from stated_fields import FIELDS, NOTHING, SAID, TEXT, extract

from keraswrap.llm import FakeLM, TextExtractor
from keraswrap.llm.texts._evidence import Span
from keraswrap.llm.texts._fields import read_fields, schema_of
from keraswrap.llm.texts._parts import Part
from keraswrap.llm.texts._readings import Reading, merge_readings, read_answer


def read(answer, text=TEXT, start=0, evidence=True, fields=FIELDS):
    known = read_fields(fields)
    schema = json.dumps(schema_of(known, evidence))
    return read_answer(known, evidence, schema, json.dumps(answer), Part(text, start))


def test_spans_are_those_of_the_whole_text():
    before = "Well. "
    found = read(SAID, start=len(before))
    assert [each.value for each in found] == [
        1299.5, datetime.date(2024, 3, 5), "bad", "AB-1234", "tents"
    ]  # fmt: skip
    quotes = [(before + TEXT)[slice(*each.span)] for each in found]
    assert quotes == ["$1,299.50", "5 March 2024", "The zip is broken", "AB-1234", "tents"]


def test_an_empty_text_is_as_good_as_none():
    assert read(NOTHING | {"item": "", "order": None}) == [Reading()] * 5


@pytest.mark.parametrize("price", [True, 10**400])
def test_numbers_are_finite_and_no_truths(price):
    found = read({"price": price}, fields={"price": "number"}, evidence=False)
    if price is True:
        assert found.startswith("invalid: not of the schema")
    else:
        assert found[0].value is None
        assert found[0].problem.startswith("invalid: no number: 1000")


FIRST, SECOND = Reading(3.0, Span(2, 4)), Reading(3.0, Span(9, 12))


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([], Reading()),
        ([Reading(), Reading()], Reading()),
        ([Reading(), FIRST, SECOND], FIRST),
        ([Reading(problem="invalid: no date"), FIRST], FIRST),
        ([Reading(), Reading(problem="a"), Reading(problem="b")], Reading(problem="n: a")),
        (
            [FIRST, SECOND, Reading(4.0), Reading(5.0)],
            Reading(3.0, Span(2, 4), "n: later parts of the text state others: 4.0"),
        ),
        ([Reading(0.0), Reading(problem="x")], Reading(0.0)),
    ],
)
def test_the_first_value_of_all_parts_counts_and_another_is_told_of(readings, expected):
    assert merge_readings("n", readings) == expected


@pytest.mark.parametrize(
    ("field", "said", "problem"),
    [
        ("item", "a lamp", "item: not in the text: 'a lamp'"),
        ("item", "tent", "item: not in the text: 'tent'"),
        ("order", "AB-9999", "order: not in the text: 'AB-9999'"),
        ("order", "ab-1234", "order: not in the text: 'ab-1234'"),
        ("price", {"quote": "$99", "value": 99}, "price: not in the text: '$99'"),
        ("price", {"quote": "tents", "value": 99}, "price: not in the text: 99 in 'tents'"),
        ("price", {"quote": "$1,299.50", "value": 1299}, "price: not in the text: 1299 in "),
        ("bought", {"quote": "5 March 2024", "value": "2024-03-06"}, "bought: not in the text: '2"),
        ("bought", {"quote": "5 March 2024", "value": "2024-02-30"}, "bought: invalid: no date: "),
        ("mood", {"quote": "I am sad", "value": "bad"}, "mood: not in the text: 'I am sad'"),
        ("mood", {"quote": "", "value": "bad"}, "mood: not in the text: ''"),
    ],
)
def test_what_the_text_does_not_hold_is_refused_and_the_rest_kept(field, said, problem):
    if field == "order" and said == "ab-1234":
        row, extractor = extract(SAID | {field: "AB-1234"}, TEXT.lower())
        problem = "order: invalid: no pattern: 'ab-1234'"
    else:
        row, extractor = extract(SAID | {field: said})
    columns = extractor.get_feature_names_out().tolist()
    value = row[columns.index(field)]
    assert value is None or np.isnan(value)
    assert row[columns.index(f"{field}_evidence")] is None
    assert extractor.problems_[0].startswith(problem)
    others = [name for name in FIELDS if name not in (field, "order")]
    assert all(row[columns.index(name)] is not None for name in others)


def test_without_evidence_types_alone_are_checked():
    fields = {"price": "number", "bought": "date", "item": "text"}
    said = {"price": 99, "bought": "2020-02-29", "item": " a lamp "}
    row, extractor = extract(said, fields=fields, evidence=False)
    assert row == [99.0, datetime.date(2020, 2, 29), "a lamp"]
    assert extractor.get_feature_names_out().tolist() == list(fields)
    row, extractor = extract(said | {"bought": "2021-02-29"}, fields=fields, evidence=False)
    assert row == [99.0, None, "a lamp"]
    assert extractor.problems_ == ["bought: invalid: no date: '2021-02-29'"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400])
def test_a_number_that_is_none_here_is_missing(number):
    model = FakeLM(says=lambda prompt: f'{{"n": {number}}}')
    extractor = TextExtractor({"n": "number"}, evidence=False, model=model)
    assert np.isnan(extractor.transform(["many"])).all()
    assert extractor.problems_[0].startswith("n: invalid: no number: ")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("Sure! {}", "invalid: no JSON"),
        ("{}", "invalid: not of the schema: 'price' is a required property"),
        (json.dumps(NOTHING | {"mood": {"quote": "zip", "value": "so-so"}}), "invalid: not of the"),
        ("NaN", "invalid: no JSON: NaN is not JSON"),
        ("word " * 999, "cut off: the answer did not end within max_tokens"),
        ("", "invalid: no JSON"),
    ],
)
def test_an_answer_without_its_form_is_no_value(answer, problem):
    extractor = TextExtractor(FIELDS, model=FakeLM(says=lambda prompt: answer))
    (row,) = extractor.transform([TEXT])
    assert extractor.problems_[0].startswith(problem)
    assert row[1:].tolist() == [None] * 9
