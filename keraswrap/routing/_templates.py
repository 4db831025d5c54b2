"""Texts with named gaps, filled once: what fills a gap is never read as a template. Pure."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from keraswrap.exceptions import InputError, InputTypeError, ParameterError

__all__ = ["TextTemplate", "is_missing", "read_template"]


@dataclass(frozen=True)
class TextTemplate:
    """A text with gaps, as parts: what stands there, and the gap that follows, or None."""

    parts: tuple[tuple[str, str | None], ...]

    @property
    def names(self) -> frozenset[str]:
        """Names of the gaps."""
        return frozenset(name for _, name in self.parts if name is not None)

    def fill(self, values: Mapping[str, object]) -> str:
        """Put values into the gaps, as plain text.

        Raises
        ------
        InputError
            If a value is missing: a customer would read "None" or "nan".

        Examples
        --------
        >>> read_template("Order $order", ["order"], "x").fill({"order": "$order {order}"})
        'Order $order {order}'
        """
        return "".join(
            text + ("" if name is None else _show(name, values[name])) for text, name in self.parts
        )


def is_missing(value: object) -> bool:
    """Return whether a value is None, NaN, NaT or NA.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing("")
    (True, True, False)
    """
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _show(name: str, value: object) -> str:
    if is_missing(value):
        raise InputError(f"Expected a value for ${name} of the template, got {value!r}.")
    return str(value)


def read_template(template: str, names: Iterable[str] | None, owner: str) -> TextTemplate:
    """Read a template in the syntax of ``string.Template``: ``$name``, ``${name}``, ``$$``.

    Parameters
    ----------
    template : str
    names : iterable of str or None
        What the template may name; None if it is not known yet.
    owner : str
        Whose template it is, for errors.

    Raises
    ------
    InputTypeError, ParameterError
        If the template is no string, has a ``$`` that begins no name, or names what is
        not there.

    Examples
    --------
    >>> read_template("Where is $oder?", ["order"], "the handler")
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected the template of the handler to name ...
    """
    if not isinstance(template, str):
        raise InputTypeError(f"Expected the template of {owner} as a string, got {template!r:.60}.")
    if not string.Template(template).is_valid():
        raise ParameterError(
            f"Expected the template of {owner} with gaps like $name or ${{name}}, and $$ for a "
            f"dollar sign, got {template!r:.80}."
        )
    read = TextTemplate(tuple(_split(template)))
    if names is not None:
        check_names(read, names, owner)
    return read


def check_names(template: TextTemplate, names: Iterable[str], owner: str) -> None:
    """Raise ParameterError if a template names what is not among some names."""
    if unknown := sorted(template.names - set(names)):
        raise ParameterError(
            f"Expected the template of {owner} to name only {sorted(names)}, got {unknown}."
        )


def _split(template: str) -> list[tuple[str, str | None]]:
    parts: list[tuple[str, str | None]] = []
    literal, end = "", 0
    for found in string.Template.pattern.finditer(template):
        literal += template[end : found.start()]
        end = found.end()
        if found["escaped"] is not None:
            literal += "$"
            continue
        parts.append((literal, found["named"] or found["braced"]))
        literal = ""
    return [*parts, (literal + template[end:], None)]
