"""What a column may hold: text or finite numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keraswrap.exceptions import InputError


def is_text(array: Any) -> bool:
    """Tell whether an array holds text: numpy's or pandas's strings, or objects starting with one.

    Examples
    --------
    >>> is_text(np.array(["good", "bad"])), is_text(np.array([1.0]))
    (True, False)
    """
    if array.dtype.kind in "US":
        return True
    if array.dtype.kind != "O" or array.size == 0:
        return False
    return any(isinstance(value, str | bytes) for value in array.ravel()[:100])


def as_text(array: np.ndarray, name: str = "X") -> np.ndarray:
    """Check that every element is a str, and give them as an object array.

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
            row = position // max(1, array[0].size if array.ndim > 1 else 1)
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


def check_numbers(array: np.ndarray, name: str) -> np.ndarray:
    """Check that an array holds finite numbers.

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
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise InputError(
            f"Input {name} contains NaN or infinity, first in row {row}. Impute or drop it."
        )
    return array
