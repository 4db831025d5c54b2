"""Fields: definitions that can be filled, and schemas that allow exactly their values."""

import pytest
from jsonschema import Draft202012Validator
from stated_fields import FIELDS, NOTHING, SAID, TEXT, saying

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm import Choices, Regex, TextExtractor
from keraswrap.llm.texts._fields import Field, describe_fields, read_fields, schema_of

GOOD = {"price": 5.5, "bought": "2024-03-05", "mood": "bad", "order": "AB-1234", "item": "tents"}
QUOTED = {"price", "bought", "mood"}


def allows(evidence, answer):
    return Draft202012Validator(schema_of(read_fields(FIELDS), evidence)).is_valid(answer)


def test_a_whole_answer_or_one_of_nothing_is_allowed():
    assert allows(True, SAID)
    assert allows(False, GOOD)
    assert allows(True, NOTHING)
    assert allows(False, NOTHING)
    assert not allows(True, GOOD)
    assert not allows(False, SAID)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_must_be_there_and_no_other(name):
    without = {other: value for other, value in GOOD.items() if other != name}
    assert not allows(False, without)
    assert not allows(False, GOOD | {"more": "x"})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("price", wrong) for wrong in ("5", True, [5])],
        *[
            ("bought", wrong)
            for wrong in ("5 March 2024", "2024-3-5", "2024-03-05T00:00", 20240305)
        ],
        *[("mood", wrong) for wrong in ("so-so", "Bad", ["bad"])],
        *[("order", wrong) for wrong in ("AB-123", "xAB-1234", "AB-12345", 1)],
        *[("item", wrong) for wrong in (5, ["tents"])],
    ],
)
def test_a_value_of_another_type_is_not_allowed(name, wrong):
    assert not allows(False, GOOD | {name: wrong})
    if name in QUOTED:
        assert not allows(True, SAID | {name: {"quote": "x", "value": wrong}})
        assert not allows(True, SAID | {name: {"value": GOOD[name]}})
    else:
        assert not allows(True, SAID | {name: wrong})


def test_each_field_is_a_line_of_the_prompt():
    fields = read_fields(FIELDS, {"price": "of one", "mood": "of the writer"})
    assert describe_fields(fields).splitlines() == [
        "- price (a number): of one",
        "- bought (a date, as YYYY-MM-DD)",
        '- mood (one of "good", "bad"): of the writer',
        "- order (a text of the pattern [A-Z]{2}-[0-9]{4})",
        "- item (a text)",
    ]


def test_choices_may_be_named_as_such():
    assert read_fields({"a": Choices(["x", "y"])}) == read_fields({"a": ("x", "y")})
    assert read_fields({"a": ["x", "y"]}) == [Field("a", "one_of", ("x", "y"))]


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        (["price"], InputTypeError, r"fields as a dict of names and types, got \['price'\]"),
        ({}, ParameterError, "at least one field, got none"),
        ({"a": "float"}, ParameterError, "type of field 'a' as 'text', 'number', .* got 'float'"),
        ({"a": []}, ParameterError, "Field 'a': Expected at least one text to choose"),
        ({"a": ["x", "x"]}, ParameterError, "Field 'a': .* and each once"),
        ({"a": ["x", ""]}, ParameterError, "Field 'a': Expected texts as a list of texts, none e"),
        ({"a": Regex(r"[^\s\S]")}, ParameterError, "Field 'a': Expected a pattern that some text"),
        ({"a": Regex("x(?=y)")}, ParameterError, "Field 'a': .*without lookaround"),
        ({" ": "text"}, ParameterError, "name of a field as a printable text, got ' '"),
        ({"a\n": "text"}, ParameterError, "name of a field as a printable text"),
        ({1: "text"}, ParameterError, "name of a field as a printable text, got 1"),
        ({"a": "text", "a_evidence": "text"}, ParameterError, "got 'a_evidence' twice"),
    ],
)
def test_fields_that_no_answer_can_fill_are_refused_before_any_work(fields, error, message):
    model = saying(SAID)
    for method in ("fit", "transform", "estimate"):
        with pytest.raises(error, match=message):
            getattr(TextExtractor(fields, model=model), method)([TEXT])
    assert model.calls == []


def test_descriptions_and_choices_are_told_to_the_model():
    model = saying({"mood": None})
    extractor = TextExtractor({"mood": Choices(["good", 'so "so"'])}, model=model)
    extractor.set_params(descriptions={"mood": "of the writer"}).transform([TEXT])
    assert '- mood (one of "good", "so \\"so\\""): of the writer\n' in model.calls[0].text
    assert model.calls[0].chat
