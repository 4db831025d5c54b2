"""The fields that a text may state: their types, and the schema of an answer. Pure.

Everything here comes from the user's own definitions, and nothing from a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._sampling import Choices, Regex
from keraswrap.llm.texts._value_patterns import check_pattern

__all__ = ["Field", "FieldType", "Kind", "describe_fields", "read_fields", "schema_of"]

Kind: TypeAlias = Literal["text", "number", "date", "one_of", "pattern"]
# What a user writes as the type of a field.
FieldType: TypeAlias = str | Sequence[str] | Choices | Regex
_NAMED = ("text", "number", "date")
_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A value that a text may state.

    Parameters
    ----------
    name : str
    kind : {"text", "number", "date", "one_of", "pattern"}
    options : tuple of str
        The choices, for "one_of".
    pattern : str
        The pattern of a whole value, for "pattern".
    about : str
        Its meaning, in words.
    """

    name: str
    kind: Kind
    options: tuple[str, ...] = ()
    pattern: str = ""
    about: str = ""

    @property
    def is_quote(self) -> bool:
        """Whether the value itself is a quote from the text."""
        return self.kind in ("text", "pattern")

    def value_schema(self) -> Json:
        """Return the JSON schema of the value."""
        if self.kind == "number":
            return {"type": "number"}
        if self.kind == "date":
            return {"type": "string", "pattern": _DATE}
        if self.kind == "one_of":
            return {"type": "string", "enum": list(self.options)}
        whole = {"pattern": f"^(?:{self.pattern})$"} if self.kind == "pattern" else {}
        return {"type": "string", **whole}

    def schema(self, evidence: bool) -> Json:
        """Return the JSON schema of an answer: the value, with a quote if one is needed."""
        value = self.value_schema()
        if evidence and not self.is_quote:
            value = _object({"quote": {"type": "string"}, "value": value})
        return {"anyOf": [value, {"type": "null"}]}

    def describe(self) -> str:
        """Return a line for the prompt."""
        options = ", ".join(json.dumps(one, ensure_ascii=False) for one in self.options)
        kinds = {
            "text": "a text",
            "number": "a number",
            "date": "a date, as YYYY-MM-DD",
            "one_of": f"one of {options}",
            "pattern": f"a text of the pattern {self.pattern}",
        }
        return f"- {self.name} ({kinds[self.kind]})" + (f": {self.about}" if self.about else "")


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def schema_of(fields: Sequence[Field], evidence: bool) -> Json:
    """Return the JSON schema of an answer about all fields.

    Examples
    --------
    >>> schema_of([Field("price", "number")], False)["properties"]
    {'price': {'anyOf': [{'type': 'number'}, {'type': 'null'}]}}
    """
    return _object({each.name: each.schema(evidence) for each in fields})


def describe_fields(fields: Sequence[Field]) -> str:
    """Return the lines for the prompt."""
    return "\n".join(each.describe() for each in fields)


def read_fields(fields: object, descriptions: object = None) -> list[Field]:
    """Read a user's definitions of fields.

    Parameters
    ----------
    fields : mapping of str to type
        As for :class:`~keraswrap.llm.TextExtractor`.
    descriptions : mapping of str to str, optional

    Returns
    -------
    list of Field

    Raises
    ------
    InputTypeError, ParameterError
        If a definition is invalid, or no value can fit it.

    Examples
    --------
    >>> [one.kind for one in read_fields({"price": "number", "mood": ["good", "bad"]})]
    ['number', 'one_of']
    """
    if not isinstance(fields, Mapping):
        raise InputTypeError(
            f"Expected fields as a dict of names and types, got {fields!r:.60}. Write for instance "
            "{'price': 'number', 'mood': ['good', 'bad']}."
        )
    if not fields:
        raise ParameterError("Expected at least one field, got none.")
    about = _check_descriptions(descriptions, fields)
    return [_read_field(name, given, about.get(name, "")) for name, given in fields.items()]


def _read_field(name: object, given: object, about: str) -> Field:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ParameterError(
            f"Expected the name of a field as a printable text, got {name!r:.60}. It becomes the "
            "name of a column."
        )
    if isinstance(given, str) and given in _NAMED:
        return Field(name, cast("Kind", given), about=about)
    try:
        if isinstance(given, Regex):
            return Field(name, "pattern", pattern=check_pattern(given.pattern), about=about)
        if isinstance(given, Choices | list | tuple):
            options = given if isinstance(given, Choices) else Choices(tuple(given))
            return Field(name, "one_of", options=options.texts, about=about)
    except ParameterError as error:
        raise ParameterError(f"Field {name!r}: {error}") from error
    raise ParameterError(
        f"Expected the type of field {name!r} as 'text', 'number', 'date', a list of texts to "
        f"choose from, or a Regex, got {given!r:.60}."
    )


def _check_descriptions(descriptions: object, fields: Mapping[object, object]) -> dict[str, str]:
    if descriptions is None:
        return {}
    if not isinstance(descriptions, Mapping) or not all(
        isinstance(text, str) for text in descriptions.values()
    ):
        raise InputTypeError(
            f"Expected descriptions as a dict of names and texts, got {descriptions!r:.60}."
        )
    unknown = [name for name in descriptions if name not in fields]
    if unknown:
        raise ParameterError(
            f"Expected descriptions of the fields {list(fields)[:20]}, got one of {unknown[0]!r}."
        )
    return {str(name): text for name, text in descriptions.items()}
