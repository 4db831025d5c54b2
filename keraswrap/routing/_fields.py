"""Fields: values that a message has to name, such as an order number. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.routing._patterns import compile_pattern, find_values

__all__ = [
    "Field",
    "FieldReading",
    "check_fields",
    "read_fields",
]

Status: TypeAlias = Literal["found", "missing", "ambiguous", "invalid"]
_TYPES = (str, int, float, Decimal, datetime.date)


@dataclass(frozen=True)
class FieldReading:
    """What a message says about a field.

    Parameters
    ----------
    name : str
        The field's.
    status : {"found", "missing", "ambiguous", "invalid"}
        Ambiguous if the message names several values; invalid if it names some that
        fit the pattern but cannot be parsed or do not pass the check.
    text : str or None
        The value as the message spells it; None unless found.
    value : object
        The parsed value; None unless found.
    """

    name: str
    status: Status
    text: str | None = None
    value: object = None


@dataclass(frozen=True)
class Field:
    r"""A value that a message has to name, found by a pattern.

    Nothing but what fits the pattern leaves a message as a value, whatever else the
    message says. What is missing, ambiguous or invalid becomes a question back.

    Parameters
    ----------
    name : str
        An identifier, by which queries and templates know the value.
    pattern : str
        Regular expression of a whole value. Its ``\d`` and ``\w`` are ASCII, and a value
        has at most 64 characters and is a word of its own: ``\d{5}`` finds nothing in
        123456, A12345 or 1-12345. Patterns that a message could make slow are refused.
    parse : callable, optional
        Makes a str, int, float, Decimal or date of the text that fits; a ValueError
        says that it is no such value. By default the text itself is the value.
    question : str, optional
        What to ask if the value is missing, ambiguous or invalid; plain text. By
        default "Please tell me the <name>."
    check : callable, optional
        Returns whether a parsed value may be used. The message itself may not be read
        here, so a check cannot be talked into anything.

    Raises
    ------
    InputTypeError, ParameterError
        If a parameter has an invalid value.

    Examples
    --------
    >>> order = Field("order", r"[A-Z]{2}-\d{6}", question="Which order?")
    >>> order.read("Where is AB-123456?").value
    'AB-123456'
    >>> order.read("AB-123456 or AB-123457?").status
    'ambiguous'
    """

    name: str
    pattern: str
    parse: Callable[[str], object] | None = None
    question: str = ""
    check: Callable[[object], bool] | None = None
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z]\w*", self.name, re.ASCII):
            raise ParameterError(
                "Expected the name of a field as an identifier that begins with a lowercase "
                f"letter, got {self.name!r:.60}."
            )
        for name in ("parse", "check"):
            if getattr(self, name) is not None and not callable(getattr(self, name)):
                raise InputTypeError(
                    f"Expected {name} of field {self.name!r} as a function, got "
                    f"{getattr(self, name)!r:.60}."
                )
        if not isinstance(self.question, str):
            raise InputTypeError(
                f"Expected the question of field {self.name!r} as a string, got "
                f"{self.question!r:.60}."
            )
        asked = self.question or f"Please tell me the {self.name.replace('_', ' ')}."
        object.__setattr__(self, "question", asked)
        object.__setattr__(self, "_compiled", compile_pattern(self.pattern))

    def read(self, message: str) -> FieldReading:
        """Find the field's value in a message.

        Parameters
        ----------
        message : str

        Returns
        -------
        FieldReading

        Raises
        ------
        InputTypeError
            If the message is no str, or `parse` returns something other than a str, int,
            float, Decimal or date.
        """
        if not isinstance(message, str):
            raise InputTypeError(f"Expected a message as a string, got {message!r:.60}.")
        texts = find_values(self._compiled, message)
        valid = [(text, value) for text in texts if (value := self._parse(text)) is not None]
        if not valid:
            return FieldReading(self.name, "invalid" if texts else "missing")
        if any(value != valid[0][1] for _, value in valid):
            return FieldReading(self.name, "ambiguous")
        return FieldReading(self.name, "found", *valid[0])

    def _parse(self, text: str) -> object:
        """Return the value of a text that fits; None if it has none that may be used."""
        try:
            value = text if self.parse is None else self.parse(text)
            good = value is not None and (self.check is None or self.check(value))
        except (ValueError, ArithmeticError):
            return None
        if good and (not isinstance(value, _TYPES) or isinstance(value, bool)):
            raise InputTypeError(
                f"Expected parse of field {self.name!r} to return a str, int, float, Decimal or "
                f"date, got {value!r:.60}."
            )
        return value if good else None


def check_fields(fields: object, owner: str, taken: Sequence[str] = ()) -> tuple[Field, ...]:
    """Return fields as a tuple, or raise if they are none, or have a name that is taken."""
    given = tuple(fields) if isinstance(fields, Sequence) else (fields,)
    for each in given:
        if not isinstance(each, Field):
            raise InputTypeError(f"Expected the fields of {owner} as Field, got {each!r:.60}.")
    names = [each.name for each in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(f"Expected fields of {owner} with names of their own, got {twice}.")
    if reserved := sorted(set(names) & set(taken)):
        raise ParameterError(
            f"Expected fields of {owner} with other names than {list(taken)}, which its template "
            f"fills itself, got {reserved}. Rename them."
        )
    return given


def read_fields(
    fields: Sequence[Field], message: str, known: Mapping[str, str]
) -> list[FieldReading]:
    """Read each field in a message, or where it says nothing, in what was known before.

    Parameters
    ----------
    fields : sequence of Field
    message : str
    known : mapping of str to str
        Texts of values from earlier messages, by field. They pass the pattern again,
        since a conversation may have been changed where it was kept.

    Returns
    -------
    list of FieldReading
    """
    return [_read_again(each, each.read(message), known.get(each.name)) for each in fields]


def _read_again(each: Field, reading: FieldReading, known: str | None) -> FieldReading:
    if reading.status != "missing" or known is None:
        return reading
    before = each.read(known)
    return before if before.text == known else reading
