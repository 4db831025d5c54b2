"""JSON schemas: which are taken, and whether a text has the form of one. Pure.

A schema never leads to another file or server: references stay within it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from keraswrap._optional import require
from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    from keraswrap.llm._sampling import Schema

__all__ = ["check_json_schema", "find_problem"]


def check_json_schema(schema: Mapping[str, Any] | str) -> str:
    """Return a JSON schema as a text, or raise ParameterError.

    Examples
    --------
    >>> check_json_schema({"type": "object", "properties": {"a": {}}})
    '{"type": "object", "properties": {"a": {}}}'
    """
    try:
        parsed = json.loads(schema) if isinstance(schema, str) else json.loads(json.dumps(schema))
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"Expected a JSON schema that JSON can hold, got {schema!r:.60}: {error}."
        ) from error
    if not isinstance(parsed, dict):
        raise ParameterError(f"Expected a JSON schema as an object, got {schema!r:.60}.")
    for reference in _references(parsed):
        if isinstance(reference, str) and not reference.startswith("#"):
            raise ParameterError(
                f"Expected references within the JSON schema, such as '#/$defs/name', got "
                f"{reference!r:.60}. Put what it refers to into the schema."
            )
    jsonschema = require("jsonschema", "llm")
    try:
        jsonschema.validators.validator_for(
            parsed, default=jsonschema.Draft202012Validator
        ).check_schema(parsed)
    except jsonschema.SchemaError as error:
        where = "/".join(map(str, error.absolute_path)) or "its top"
        raise ParameterError(
            f"Expected a valid JSON schema, got {error.message:.200} at {where}."
        ) from error
    return json.dumps(parsed)  # properties in their order, in which a model writes them


def find_problem(schema: Schema | Mapping[str, Any] | None, text: str) -> str | None:
    """Say why a text does not have the form that was asked for; None if it has.

    Examples
    --------
    >>> find_problem('{"type": "integer"}', "12"), find_problem('{"type": "integer"}', '"a"')
    (None, "not of the schema: 'a' is not of type 'integer'")
    """
    from keraswrap.llm._sampling import Choices, Regex

    if schema is None:
        return None
    if isinstance(schema, Regex):
        matches = re.fullmatch(schema.pattern, text)
        return None if matches else f"not of the pattern: {text!r:.60}"
    if isinstance(schema, Choices):
        return None if text in schema.texts else f"none of the choices: {text!r:.60}"
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error!s:.100}"
    found = next(
        _validator(schema if isinstance(schema, str) else check_json_schema(schema)).iter_errors(
            value
        ),
        None,
    )
    return None if found is None else f"not of the schema: {found.message:.200}"


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    jsonschema, referencing = require("jsonschema", "llm"), require("referencing", "llm")
    parsed = json.loads(schema)
    kind = jsonschema.validators.validator_for(parsed, default=jsonschema.Draft202012Validator)
    return kind(parsed, registry=referencing.Registry())  # which fetches nothing


def _references(part: object) -> Iterator[object]:
    if isinstance(part, dict):
        yield from (part[name] for name in ("$ref", "$dynamicRef") if name in part)
        for name, value in part.items():
            if name not in ("const", "enum", "default", "examples"):
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
