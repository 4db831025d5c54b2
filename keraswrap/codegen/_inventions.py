"""Functions that a language model writes: their form, what becomes of them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from keraswrap._wording import counted
from keraswrap.codegen._candidates import Gain
from keraswrap.codegen._columns import Column
from keraswrap.codegen._functions import NAME, check_functions
from keraswrap.codegen._space import Json
from keraswrap.codegen._specification import named
from keraswrap.exceptions import ParameterError

__all__ = ["Form", "Invention", "Written", "form_of", "functions_table", "tell_functions"]

# Characters of an answer that are read, and of what a function is said to be about.
_LONGEST, _ABOUT = 20_000, 200
# Columns that a function may read, and characters of a name that a prompt shows whole.
_MOST_READ, _NAME = 10, 60
_FIELDS = ("name", "about", "columns", "code")


@dataclass(frozen=True)
class Written:
    """A function as it was written.

    Parameters
    ----------
    name : str
        Of the function and its column.
    about : str
        One line, by the model.
    columns : tuple of str
        Names of those that it reads.
    source : str
        Python.
    """

    name: str
    about: str
    columns: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Invention:
    """What became of an answer that was to hold a function.

    Parameters
    ----------
    written : Written or None
        None for an answer that holds none.
    score : float or None
        Mean in the folds, of the best pipeline with this function.
    gain : Gain or None
        Over the same pipeline without it.
    problem : str or None
        Why there is no score. It may show values of the table.
    reason : str or None
        The same without any value of the table.
    """

    written: Written | None
    score: float | None = None
    gain: Gain | None = None
    problem: str | None = None
    reason: str | None = None

    @property
    def kept(self) -> bool:
        """Whether the whole 95% interval of the gain is above zero."""
        return self.gain is not None and self.gain.low > 0


@dataclass(frozen=True)
class Form:
    """What an answer has to look like.

    Parameters
    ----------
    columns : mapping of str to str
        Names of the columns by their numbers, "c0", "c1", ...
    """

    columns: Mapping[str, str]

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema."""
        listed: dict[str, Json] = {"type": "array", "items": {"enum": list(self.columns)}}
        fields: dict[str, Json] = {name: {"type": "string"} for name in _FIELDS}
        fields["name"] = {"type": "string", "pattern": f"^{NAME}$"}
        return {
            "type": "object",
            "properties": {**fields, "columns": {**listed, "maxItems": _MOST_READ}},
            "required": list(_FIELDS),
            "additionalProperties": False,
        }

    def read(self, text: str) -> Written:
        """Return the function in an answer, or raise ParameterError.

        Examples
        --------
        >>> form = Form({"c0": "width"})
        >>> form.read('{"name": "f", "about": "", "columns": ["c0"], "code": "x"}').columns
        ('width',)
        """
        value = _read_object(text)
        unknown = [one for one in value["columns"] if one not in list(self.columns)]
        if unknown or not value["columns"]:
            got = repr(unknown[0])[:60] if unknown else "none"
            raise ParameterError(f"Expected columns out of {list(self.columns)!r:.200}, got {got}.")
        if len(value["columns"]) > _MOST_READ:
            raise ParameterError(f"Expected at most {_MOST_READ} columns for a function.")
        check_functions({value["name"]: value["code"]})
        # In the order of the table, each once.
        read = tuple(name for id_, name in self.columns.items() if id_ in value["columns"])
        about = " ".join(value["about"].split())[:_ABOUT]
        return Written(value["name"], about, read, value["code"])


def _read_object(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST:
        raise ParameterError(f"Expected at most {_LONGEST:,} characters, got {len(text):,}.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"Expected a function in JSON, got {error!s:.100}.") from None
    if not isinstance(value, dict) or set(value) != set(_FIELDS):
        got = sorted(map(str, value)) if isinstance(value, dict) else value
        raise ParameterError(f"Expected an object of {list(_FIELDS)}, got {got!r:.100}.")
    kinds = {name: list if name == "columns" else str for name in _FIELDS}
    wrong = [name for name, kind in kinds.items() if not isinstance(value[name], kind)]
    if wrong:
        what = "a list" if wrong[0] == "columns" else "a text"
        raise ParameterError(f"Expected {wrong[0]} as {what}, got {value[wrong[0]]!r:.60}.")
    return value


def form_of(columns: Sequence[Column]) -> Form:
    """Return the form of functions of a table: those columns whose names are shown whole."""
    shown = [column for column in named(columns) if isinstance(column.key, str)]
    return Form({one.id: str(one.key) for one in shown if len(str(one.key)) <= _NAME})


def functions_table(inventions: Sequence[Invention]) -> pd.DataFrame:
    """Return a row for each answer: name, about, columns, score, gain, kept, problem, source."""
    rows = [_row(one) for one in inventions]
    names = ["name", "about", "columns", "score", "gain", "low", "high", "kept", "problem"]
    return pd.DataFrame(rows, columns=[*names, "source"])


def tell_functions(inventions: Sequence[Invention]) -> str:
    """Return how many functions were asked for, and which were kept, with what they gain.

    Examples
    --------
    >>> tell_functions([Invention(None, problem="no JSON")])
    '1 function was asked for, none is kept.'
    """
    kept = [f"{one.written.name} {one.gain}" for one in inventions if one.kept and one.written]
    told = counted(len(inventions), "function was", "functions were")
    return f"{told} asked for, " + (f"kept: {', '.join(kept)}." if kept else "none is kept.")


def _row(one: Invention) -> dict[str, object]:
    written = one.written
    told = {} if written is None else {**vars(written), "columns": list(written.columns)}
    gain = {} if one.gain is None else vars(one.gain)
    return {**told, **gain, "score": one.score, "kept": one.kept, "problem": one.problem}
