"""Which JSON schemas are taken, and which texts have their form."""

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.llm import Choices, Regex
from keraswrap.llm._schemas import check_json_schema, find_problem

SCHEMA = {
    "type": "object",
    "properties": {"stars": {"$ref": "#/$defs/stars"}},
    "required": ["stars"],
    "$defs": {"stars": {"type": "integer", "minimum": 1}},
}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{", "a JSON schema that JSON can hold, got '{'"),
        ({"const": {1}}, "a JSON schema that JSON can hold"),
        ("[]", r"a JSON schema as an object, got '\[\]'"),
        ({"type": "text"}, "a valid JSON schema, got 'text' is not valid .* at type"),
        ({"items": {"$ref": "https://example.org/a.json"}}, "references within the JSON schema"),
        ({"items": {"$ref": "file:///etc/passwd"}}, "got 'file:///etc/passwd'. Put what it"),
    ],
)
def test_what_is_no_schema_of_its_own_is_refused(schema, message):
    with pytest.raises(ParameterError, match=message):
        check_json_schema(schema)


@pytest.mark.parametrize(
    ("schema", "text", "problem"),
    [
        (None, "anything", None),
        (SCHEMA, '{"stars": 3}', None),
        (SCHEMA, '{"stars": 0}', "not of the schema: 0 is less than the minimum of 1"),
        (SCHEMA, "{}", "'stars' is a required property"),
        (SCHEMA, '{"stars": 3', "no JSON: "),
        ({}, "NaN", "no JSON: NaN is not JSON"),
        ({}, "[" * 10**5, "no JSON: "),
        (Regex("[0-9]+"), "12", None),
        (Regex("[0-9]+"), "12 ", "not of the pattern: '12 '"),
        (Choices(["yes", "no"]), "no", None),
        (Choices(["yes", "no"]), "No", "none of the choices: 'No'"),
    ],
)
def test_a_text_has_the_form_or_its_problem_is_told(schema, text, problem):
    found = find_problem(schema, text)
    assert found == problem if problem is None else problem in found


def test_properties_keep_their_order():
    assert check_json_schema({"properties": {"b": {}, "a": {}}}) == (
        '{"properties": {"b": {}, "a": {}}}'
    )
