"""What a column may hold: text or finite numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keraswrap._data.lazy_column import LazyColumn
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from keraswrap._data.row_data import Column


def is_text(array: Column) -> bool:
    """Return whether an array holds text: NumPy or pandas strings, or objects starting with one.

    Examples
    --------
    >>> is_text(np.array(["good", "bad"])), is_text(np.array([1.0]))
    (True, False)
    """
    if isinstance(array, LazyColumn):
        return array.is_text
    if array.dtype.kind in "US":
        return True
    if array.dtype.kind != "O" or array.size == 0:
        return False
    return any(isinstance(value, str | bytes) for value in array.ravel()[:100])


def as_text(array: np.ndarray, name: str = "X", first: int = 0) -> np.ndarray:
    """Check that every element is a str, and give them as an object array.

    An error counts rows from `first` on.

    Raises
    ------
    InputError
        If an element is missing or no str; its row is named.

    Examples
    --------
    >>> as_text(np.array(["good", "bad"])).tolist()
    ['good', 'bad']
    """
    array = np.asarray(array).astype(object)
    for position, value in enumerate(array.ravel()):
        if not isinstance(value, str):
            row = first + position // max(1, array[0].size if array.ndim > 1 else 1)
            missing = np.ndim(value) == 0 and pd.isna(value)
            raise InputError(
                f"Expected text in every row of {name}, got {type(value).__name__} {value!r:.40} "
                f"in row {row}. "
                + (
                    "Fill in or drop such rows."
                    if missing
                    else "Turn them into str, or into numbers."
                )
            )
    return array


def check_numbers(array: np.ndarray, name: str, first: int = 0) -> np.ndarray:
    """Check that an array holds finite numbers; an error counts rows from `first` on.

    Raises
    ------
    InputError
        If it holds something else, NaN or infinity.

    Examples
    --------
    >>> check_numbers(np.array([1, 2], dtype=object), "X").dtype.kind
    'f'
    """
    if array.dtype.kind == "O":
        try:
            array = array.astype("float64")
        except (TypeError, ValueError) as error:
            raise InputError(
                f"Expected numbers or text in {name}, got objects: {error}."
            ) from error
    if array.dtype.kind not in "biuf":
        raise InputError(f"Expected numbers or text in {name}, got dtype {array.dtype}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = first + int(np.argwhere(~np.isfinite(array))[0][0])
        raise InputError(
            f"Input {name} contains NaN or infinity, first in row {row}. Impute or drop it."
        )
    return array


def to_array(values: object, name: str = "X") -> np.ndarray:
    """Make an array of rows, without turning what is no text into text.

    Raises
    ------
    InputError
        If the rows are of unequal length.

    Examples
    --------
    >>> to_array(["good", None]).tolist()
    ['good', None]
    """
    # By default, NumPy turns a missing value among texts into "nan" and a number into "1".
    texts = isinstance(values, list | tuple) and hold_text(values)
    try:
        array = np.array(values, dtype=object) if texts else np.asarray(values)
        if texts and any(isinstance(value, list | tuple) for value in array.ravel()[:100]):
            raise ValueError("lists of unequal length")
    except ValueError as error:
        raise InputError(
            f"Expected rows of equal length in {name}, got ragged ones ({error}). Pad or cut "
            "them to one length."
        ) from error
    return array


def hold_text(values: Sequence[object]) -> bool:
    """Return whether lists, nested or not, hold text.

    Examples
    --------
    >>> hold_text([["good"], ["bad"]]), hold_text([1, 2])
    (True, False)
    """
    return any(
        isinstance(value, str | bytes) or (isinstance(value, list | tuple) and hold_text(value))
        for value in values[:100]
    )


def items_of(values: object) -> list[object] | None:
    """Return what a sequence, Series, Index or array of one dimension holds.

    Returns
    -------
    list or None
        None for anything else: a text, a mapping, a set, which has no order, or a frame.

    Examples
    --------
    >>> items_of(pd.Series(["yes", "no"])), items_of("no")
    (['yes', 'no'], None)
    """
    ordered = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    if not ordered or isinstance(values, str | bytes | Mapping):
        return None
    return list(values) if getattr(values, "ndim", 1) == 1 else None  # type: ignore[call-overload]
