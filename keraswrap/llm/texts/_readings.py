"""Read a model's answers about fields: which values count, and why others do not. Pure.

An answer is data: it is parsed as JSON, and nothing in it counts that is not in the text.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from keraswrap.llm._schemas import find_problem
from keraswrap.llm.texts._columns import Value
from keraswrap.llm.texts._evidence import Span, find_span, states_date, states_number
from keraswrap.llm.texts._fields import Field
from keraswrap.llm.texts._parts import Part
from keraswrap.llm.texts._value_patterns import MOST_CHARACTERS

__all__ = ["Reading", "merge_readings", "read_answer"]


@dataclass(frozen=True)
class Reading:
    """What an answer says about a field.

    Parameters
    ----------
    value : str, float, date or None
        None if the text does not state it, or the answer does not count.
    span : Span or None
        Where the text states it.
    problem : str or None
        Why the answer does not count.
    """

    value: Value = None
    span: Span | None = None
    problem: str | None = None


def read_answer(
    fields: Sequence[Field], evidence: bool, schema: str, answer: str, part: Part
) -> list[Reading] | str:
    """Read an answer about all fields of a text, or say why it does not fit the schema.

    Examples
    --------
    >>> from keraswrap.llm.texts._fields import schema_of
    >>> fields, part = [Field("item", "text")], Part("A tent, please.", 0)
    >>> schema = json.dumps(schema_of(fields, True))
    >>> [read_answer(fields, True, schema, said, part)[0].problem
    ...     for said in ('{"item": "a tent"}', '{"item": "a lamp"}')]
    [None, "not in the text: 'a lamp'"]
    """
    problem = find_problem(schema, answer)
    if problem is not None:
        return f"invalid: {problem}"
    said = json.loads(answer)
    return [_read(each, evidence, said.get(each.name), part) for each in fields]


def _read(field: Field, evidence: bool, said: object, part: Part) -> Reading:
    if said is None or said == "":
        return Reading()
    if not evidence:
        value = _parse(field, said)
        return Reading(value) if value is not None else _invalid(field, said)
    quote = said["quote"] if isinstance(said, dict) else said
    span = find_span(str(quote), part.text)
    if span is None:
        return Reading(problem=f"not in the text: {quote!r:.80}")
    there = part.text[slice(*span)]
    given = said["value"] if isinstance(said, dict) else there
    value = _parse(field, given)
    if value is None:
        return _invalid(field, given)
    if not _states(there, value, field):
        return Reading(problem=f"not in the text: {given!r:.40} in {there!r:.80}")
    return Reading(value, Span(part.start + span.start, part.start + span.stop))


def _invalid(field: Field, given: object) -> Reading:
    return Reading(problem=f"invalid: no {field.kind.replace('_', ' ')}: {given!r:.80}")


def _parse(field: Field, given: object) -> Value:
    """Return a value of the field's type, or None if it is not one."""
    if field.kind == "number":
        return _as_number(given)
    text = str(given)
    if field.kind == "date":
        return _as_date(text)
    if field.kind == "one_of":
        return text if text in field.options else None
    if field.kind == "pattern":
        short = len(text) <= MOST_CHARACTERS
        return text if short and re.fullmatch(field.pattern, text) else None
    return text.strip() or None


def _as_number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        number = float(given)
    except OverflowError:  # of a whole number with hundreds of digits
        return None
    return number if math.isfinite(number) else None


def _as_date(text: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:  # the 30th of February
        return None


def _states(quote: str, value: Value, field: Field) -> bool:
    if isinstance(value, float):
        return states_number(quote, value)
    if isinstance(value, datetime.date):
        return states_date(quote, value)
    return True  # the quote itself, or a choice, which need not be spelled in it


def merge_readings(name: str, readings: Sequence[Reading]) -> Reading:
    """Merge what the parts of a text say about a field: the first value counts.

    Returns
    -------
    Reading
        With a problem that names the field, if parts state different values, or if there
        is no value and an answer was rejected.

    Examples
    --------
    >>> merge_readings("price", [Reading(), Reading(3.0), Reading(4.0)]).problem
    'price: later parts of the text state others: 4.0'
    """
    found = [each for each in readings if each.value is not None]
    if not found:
        problem = next((each.problem for each in readings if each.problem), None)
        return Reading(problem=problem and f"{name}: {problem}")
    first = found[0]
    other = next((each.value for each in found if each.value != first.value), None)
    if other is None:
        return first
    told = f"{name}: later parts of the text state others: {other!r:.60}"
    return Reading(first.value, first.span, told)
