"""Calls of allowed classes as data: they are made into objects, or written as code. Pure."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from keraswrap.codegen._offers import CLASSES, FUNCTIONS, Scalar

__all__ = ["Call", "Name", "Value", "Variable", "imports_of", "make", "write"]

_WIDTH = 96


@dataclass(frozen=True)
class Name:
    """A function of the table, by the name that code calls it by.

    Parameters
    ----------
    name : str
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in FUNCTIONS:
            raise KeyError(self.name)  # a mistake of ours: no specification reaches this


@dataclass(frozen=True)
class Variable:
    """A value that written code has given a name before.

    Parameters
    ----------
    name : str
        An identifier of ours, never one from the data.
    value : value
    """

    name: str
    value: Value


@dataclass(frozen=True)
class Call:
    """A call of a class of the table.

    Parameters
    ----------
    name : str
    arguments : mapping of str to value
        Scalars, names, calls, and lists, tuples and dicts of them.

    Examples
    --------
    >>> print(write(Call("Ridge", {"alpha": 0.5})))
    Ridge(alpha=0.5)
    >>> make(Call("Ridge", {"alpha": 0.5}))
    Ridge(alpha=0.5)
    """

    name: str
    arguments: Mapping[str, Value]

    def __post_init__(self) -> None:
        if self.name not in CLASSES:
            raise KeyError(self.name)


Value: TypeAlias = (
    Scalar | Call | Name | Variable | list["Value"] | tuple["Value", ...] | Mapping[str, "Value"]
)


def make(value: Value) -> object:
    """Return the object that a value stands for.

    Parameters
    ----------
    value : value

    Returns
    -------
    object
    """
    if isinstance(value, Call):
        kind = getattr(importlib.import_module(CLASSES[value.name]), value.name)
        return kind(**{name: make(each) for name, each in value.arguments.items()})
    if isinstance(value, Name):
        return _find(value.name)
    if isinstance(value, Variable):
        return make(value.value)
    if isinstance(value, list | tuple):
        made = [make(each) for each in value]
        return made if isinstance(value, list) else tuple(made)
    if isinstance(value, Mapping):
        return {name: make(each) for name, each in value.items()}
    return value


def _find(name: str) -> object:
    found: object = importlib.import_module(FUNCTIONS[name][0])
    for part in name.removeprefix("numpy.").split("."):
        found = getattr(found, part)
    return found


def write(value: Value, indent: int = 0, used: int = 0) -> str:
    """Return a value as Python, over several lines where it is long.

    Parameters
    ----------
    value : value
    indent : int, default=0
        Spaces before its lines.
    used : int, default=0
        Characters that stand before it in its line, and after it.

    Returns
    -------
    str
    """
    if isinstance(value, str) and len(value.splitlines()) > 1:
        return _write_lines(value, indent)
    short = _short(value)
    parted = _parts(value)
    fits = indent + used + len(short) <= _WIDTH and "\\n" not in short
    if fits or parted is None:
        return short
    opening, parts, closing = parted
    inner = " " * (indent + 4)
    lines = [f"{inner}{head}{write(each, indent + 4, len(head) + 1)}," for head, each in parts]
    return "\n".join([opening, *lines, " " * indent + closing])


def _write_lines(text: str, indent: int) -> str:
    """Return a text of several lines as such, so that source code can be read."""
    inner = " " * (indent + 4)
    lines = [inner + repr(line) for line in text.splitlines(keepends=True)]
    return "\n".join(["(", *lines, " " * indent + ")"])


def _short(value: Value) -> str:
    if isinstance(value, Name | Variable):
        return value.name
    if not isinstance(value, Call | list | tuple | Mapping):
        return repr(value)
    opening, parts, closing = _parts(value) or _empty(value)
    told = ", ".join(head + _short(each) for head, each in parts)
    return opening + told + ("," if isinstance(value, tuple) and len(value) == 1 else "") + closing


def _empty(value: Value) -> tuple[str, list[tuple[str, Value]], str]:
    if isinstance(value, Call):
        return f"{value.name}(", [], ")"
    return repr(value), [], ""


def _parts(value: Value) -> tuple[str, list[tuple[str, Value]], str] | None:
    """Return what a value opens with, its parts with their heads, and what it closes with."""
    if isinstance(value, Call) and value.arguments:
        parts = [(f"{name}=", each) for name, each in value.arguments.items()]
        return f"{value.name}(", parts, ")"
    if isinstance(value, list) and value:
        return "[", [("", each) for each in value], "]"
    if isinstance(value, tuple) and value:
        return "(", [("", each) for each in value], ")"
    if isinstance(value, Mapping) and value:
        return "{", [(f"{name!r}: ", each) for name, each in value.items()], "}"
    return None


def imports_of(value: Value) -> list[str]:
    """Return the import statements that written code needs, sorted.

    Examples
    --------
    >>> imports_of([Call("Ridge", {}), Call("ElasticNet", {}), Name("numpy.log1p")])
    ['import numpy', 'from sklearn.linear_model import ElasticNet, Ridge']
    """
    found: dict[str, set[str]] = {}
    whole: set[str] = set()
    for each in _walk(value):
        if isinstance(each, Call):
            found.setdefault(CLASSES[each.name], set()).add(each.name)
        else:
            module, name = FUNCTIONS[each.name]
            if name:
                found.setdefault(module, set()).add(name)
            else:
                whole.add(module)
    lines = [f"import {module}" for module in sorted(whole)]
    return lines + [f"from {m} import {', '.join(sorted(found[m]))}" for m in sorted(found)]


def _walk(value: Value) -> Iterator[Call | Name]:
    if isinstance(value, Call | Name):
        yield value
    if isinstance(value, Call):
        yield from _walk(value.arguments)
    elif isinstance(value, Variable):
        yield from _walk(value.value)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _walk(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _walk(each)
