"""Functions of columns that a language model wrote: text, until the sandbox runs it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keraswrap._sandbox import Failure, Kind, Limits, make_table, run_program
from keraswrap.exceptions import InputError, ParameterError

__all__ = ["NAME", "check_alone", "check_functions", "rows_to_check", "run_functions"]

NAME = r"[a-z][a-z0-9_]{0,39}"
# Characters of a function.
LONGEST = 4000
# By how much a number may differ in its last bits, for one row and for many.
_TOLERANCE = 1e-9


def check_functions(functions: object) -> dict[str, str]:
    """Return functions by name, or raise ParameterError.

    Examples
    --------
    >>> check_functions({"area": "def area(frame): return frame['w'] * frame['h']"})["area"][:8]
    'def area'
    """
    if not isinstance(functions, Mapping) or not functions:
        raise ParameterError(
            "Expected functions as a dict of name to Python source, with at least one, got "
            f"{functions!r:.100}."
        )
    for name, source in functions.items():
        if not isinstance(name, str) or not re.fullmatch(NAME, name) or keyword.iskeyword(name):
            raise ParameterError(
                "Expected the name of a function in lower case, of at most 40 letters, digits "
                f"and underscores, got {name!r:.60}."
            )
        if not isinstance(source, str) or not 0 < len(source) <= LONGEST:
            raise ParameterError(
                f"Expected the source of {name} as a text of at most {LONGEST:,} characters, got "
                f"{source!r:.60}."
            )
    return dict(functions)


def run_functions(
    functions: Mapping[str, str],
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    limits: Limits,
    *,
    by_row: bool = False,
) -> NDArray[np.float64] | Failure:
    """Return the numbers of all functions for a table, or why there are none.

    Parameters
    ----------
    functions : mapping of str to str
        Sources by name.
    frame : DataFrame of shape (n, d)
    kinds : mapping of str to kind
        Of the columns that the functions may see.
    limits : Limits
        Of all functions together.
    by_row : bool, default=False
        Whether each function gets the rows one by one.

    Returns
    -------
    ndarray of shape (n, n_functions) or Failure
        Infinite values are NaN.
    """
    found = run_program(functions, make_table(frame, kinds), by_row=by_row, limits=limits)
    if isinstance(found, Failure):
        return found
    return np.where(np.isfinite(found.numbers), found.numbers, np.nan)


def rows_to_check(n: int, most: int) -> NDArray[np.intp]:
    """Return rows spread evenly over a table.

    Examples
    --------
    >>> rows_to_check(100, 3).tolist(), rows_to_check(2, 5).tolist()
    ([0, 50, 99], [0, 1])
    """
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def check_alone(
    names: Sequence[str],
    within: NDArray[np.float64],
    alone: NDArray[np.float64],
    rows: NDArray[np.intp],
) -> None:
    """Raise InputError if a function gives rows other numbers alone than within the table.

    Parameters
    ----------
    names : sequence of str
    within, alone : ndarray of shape (n_checked, n_names)
        Numbers of the same rows.
    rows : ndarray of shape (n_checked,)
        Which rows they are.

    Examples
    --------
    >>> check_alone(["f"], np.array([[2.0]]), np.array([[3.0]]), np.array([7]))
    Traceback (most recent call last):
    keraswrap.exceptions.InputError: Expected f to compute each row from its own values, ...
    """
    with np.errstate(invalid="ignore"):
        near = np.abs(within - alone) <= _TOLERANCE * np.maximum(np.abs(within), np.abs(alone))
    differ = ~(near | (np.isnan(within) & np.isnan(alone)))
    if differ.any():
        at, which = (int(each[0]) for each in np.nonzero(differ))
        raise InputError(
            f"Expected {names[which]} to compute each row from its own values, got "
            f"{alone[at, which]:g} for row {rows[at]} alone and {within[at, which]:g} within the "
            "table. It uses other rows, such as a mean, or draws at random."
        )
