"""Values of a column, from JSON or Arrow, checked and as an array."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from keraswrap.serving._refusals import invalid
from keraswrap.serving._strict_json import show

__all__ = ["FLOAT32", "Column", "check_numbers", "check_texts", "read_numbers"]

# What a net that computes in float32 can be given.
FLOAT32 = float(np.finfo("float32").max)


@dataclass(frozen=True)
class Column:
    """A column of the rows that a model takes.

    Parameters
    ----------
    name : str
    kind : {"number", "text", "any"}
        "any" takes numbers, texts, booleans and gaps, as pipelines of scikit-learn may.
    shape : tuple of int
        Of one value.
    gaps : bool, default=False
        Whether a number may be null.
    largest : float, default=inf
        The largest number, either side of 0.
    parts : tuple of str, optional
        Names of the numbers of one value, which errors tell.
    example : object, default=0.0
        A value of kind "any" that the model knows.
    """

    name: str
    kind: str
    shape: tuple[int, ...] = ()
    gaps: bool = False
    largest: float = math.inf
    parts: tuple[str, ...] = field(default=(), repr=False)
    example: object = field(default=0.0, repr=False, compare=False)

    def read(self, values: Sequence[object], max_chars: int) -> np.ndarray:
        """Return the values of rows as an array; a RequestError names the first bad one."""
        if self.kind == "text":
            return check_texts(values, max_chars, self._where)
        if self.kind == "any":
            return self._read_any(values, max_chars)
        where = self.parts or self._where
        return read_numbers(values, self.shape, self.gaps, self.largest, where)

    @property
    def _where(self) -> str:
        return _in_column(self.name) if self.name else ""

    def _read_any(self, values: Sequence[object], max_chars: int) -> np.ndarray:
        kinds = set(map(type, values))
        if kinds <= {int, float, type(None)} and kinds != {type(None)}:
            return read_numbers(values, (), True, self.largest, self._where)
        if kinds == {bool}:
            return np.array(values, dtype=bool)
        for number, value in enumerate(values):
            if isinstance(value, list | dict):
                raise invalid(
                    f"Expected a text, a number, true, false or null{self._where}, got "
                    f"{show(value)} in row {number}."
                )
            if isinstance(value, str):
                _check_length(value, number, max_chars, self._where)
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array


def _in_column(name: str) -> str:
    return f" in the column {name!r:.60}"


def _found_at(where: str | tuple[str, ...], place: int) -> str:
    return where if isinstance(where, str) else _in_column(where[place % len(where)])


def check_texts(values: Sequence[object], max_chars: int, where: str = "") -> np.ndarray:
    """Return texts as an array of objects, or raise a RequestError."""
    for number, value in enumerate(values):
        if not isinstance(value, str):
            raise invalid(f"Expected a text{where}, got {show(value)} in row {number}.")
        _check_length(value, number, max_chars, where)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _check_length(text: str, number: int, max_chars: int, where: str) -> None:
    if len(text) > max_chars:
        raise invalid(
            f"Expected texts of at most {max_chars:,} characters{where}, got {len(text):,} in row "
            f"{number}. Shorten it, or start the server with a higher limit."
        )


def read_numbers(
    values: Sequence[object],
    shape: tuple[int, ...],
    gaps: bool,
    largest: float,
    where: str | tuple[str, ...] = "",
) -> np.ndarray:
    """Return numbers as an array of float64, or raise a RequestError.

    It says ``where``, or which column of a row, if these are the columns of a row.

    Examples
    --------
    >>> read_numbers([[1, 2.5], [3, None]], (2,), True, FLOAT32).tolist()
    [[1.0, 2.5], [3.0, nan]]
    >>> read_numbers([1, "2"], (), False, FLOAT32, " in the column 'age'")
    Traceback (most recent call last):
    keraswrap.serving._refusals.RequestError: Expected a number in the column 'age', got '2' ...
    """
    flat: Iterable[Any] = values
    for depth, size in enumerate(shape):
        told = where if isinstance(where, str) else ""
        flat = _flattened(flat, size, shape, math.prod(shape[:depth]), told)
    flat = flat if isinstance(flat, list) else list(flat)
    allowed = {int, float, type(None)} if gaps else {int, float}
    if not set(map(type, flat)) <= allowed:
        bad = next(place for place, value in enumerate(flat) if type(value) not in allowed)
        told, row = _found_at(where, bad), bad // math.prod(shape)
        hint = " Write true as 1 and false as 0." if isinstance(flat[bad], bool) else ""
        raise invalid(f"Expected a number{told}, got {show(flat[bad])} in row {row}.{hint}")
    try:
        array = np.array(flat, dtype="float64").reshape(len(values), *shape)
    except OverflowError:
        told = where if isinstance(where, str) else ""
        raise invalid(f"Expected numbers that fit into 64 bits{told}, got a larger one.") from None
    return check_numbers(array, gaps, largest, where)


def _flattened(
    values: Iterable[Any], size: int, shape: tuple[int, ...], per_row: int, where: str
) -> list[Any]:
    values = list(values)
    for place, value in enumerate(values):
        if type(value) is not list or len(value) != size:
            what = f"{size} numbers" if len(shape) == 1 else f"numbers of shape {list(shape)}"
            got = f"{len(value)}" if type(value) is list else show(value)
            raise invalid(f"Expected {what}{where}, got {got} in row {place // per_row}.")
    return list(chain.from_iterable(values))


def check_numbers(
    array: np.ndarray, gaps: bool, largest: float, where: str | tuple[str, ...] = ""
) -> np.ndarray:
    """Return an array; a RequestError tells of a number that is infinite, missing or too large."""
    bad = ~(np.abs(array) <= largest) if largest < math.inf else ~np.isfinite(array)
    if gaps:
        bad &= ~np.isnan(array)
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        told = _found_at(where, int(place[-1]))
        raise invalid(
            f"Expected finite numbers{told}, none beyond {largest:.3g}, got {array[place]} in row "
            f"{place[0]}."
        )
    return array
