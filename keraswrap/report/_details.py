"""Show the user's own columns beside the rows, such as an id, a source or a date. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap._tables.columns import check_columns, free_names
from keraswrap._tables.write import cell_text
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues.corrections._decisions import COLUMNS
from keraswrap.issues.corrections._entry_numbers import NAME as ENTRY
from keraswrap.report._rows import read_texts

__all__ = ["Details", "add_details", "read_details", "show_details"]

# Maximum length of a cell and number of columns on a card; ids are shown in full.
_LONGEST, MOST_COLUMNS = 200, 24


@dataclass(frozen=True)
class Details:
    """The user's own columns.

    Parameters
    ----------
    frame : DataFrame of shape (n, c)
        In the order of the rows, the id first.
    id_column : str, optional
        The column that identifies the rows.
    """

    frame: pd.DataFrame
    id_column: str | None = None


def read_details(details: object, id_column: str | None, n: int) -> Details | None:
    """Return the columns shown with the rows, the id first.

    Parameters
    ----------
    details : DataFrame, mapping of str to array-like of shape (n,), or None
    n : int
        How many rows there are.

    Returns
    -------
    Details or None
        None if there are no columns. A column with the name of a decision's
        column is renamed.

    Raises
    ------
    InputError
        If there are not `n` rows, or there is no column `id_column`.
    InputTypeError
        If it is not a table.

    Examples
    --------
    >>> list(read_details({"note": ["x"], "key": ["a-1"]}, "key", 1).frame)
    ['key', 'data_note']
    """
    frame = _frame(details)
    if id_column is not None:
        check_columns([id_column], list(frame.columns), "details")
        frame = frame[[id_column, *(name for name in frame.columns if name != id_column)]]
    if len(frame.columns) and len(frame) != n:
        raise InputError(
            f"Expected details of as many rows as there are labels, {n}, got {len(frame)}. Pass "
            "those of the same rows, in the same order."
        )
    frame.columns = pd.Index(free_names(frame.columns, (*COLUMNS, ENTRY)), dtype=object)
    return Details(frame, id_column) if len(frame.columns) else None


def _frame(details: object) -> pd.DataFrame:
    if isinstance(details, Mapping):  # as objects: pandas' string type cannot hold lone surrogates
        details = {name: pd.Series(list(column), dtype=object) for name, column in details.items()}
    try:
        frame = pd.DataFrame({} if details is None else details).reset_index(drop=True)
    except ValueError as error:
        raise InputTypeError(
            f"Expected details as a DataFrame or columns by name, got {type(details).__name__}: "
            f"{error}."
        ) from error
    frame.columns = frame.columns.map(str)
    return frame


def add_details(
    table: pd.DataFrame, details: pd.DataFrame | None, positions: np.ndarray
) -> pd.DataFrame:
    """Add details to a table whose rows belong to `positions`.

    Examples
    --------
    >>> table = pd.DataFrame({"row_id": [1, 0]})
    >>> details = pd.DataFrame({"id": ["a", "b"]})
    >>> add_details(table, details, np.array([1, 0])).values.tolist()
    [[1, 'b'], [0, 'a']]
    """
    if details is None:
        return table
    taken = details.iloc[positions].set_axis(table.index)
    taken.columns = pd.Index(free_names(taken.columns, list(table.columns)), dtype=object)
    return pd.concat([table, taken], axis=1)


def show_details(
    details: Details | None, positions: Sequence[int] | np.ndarray
) -> dict[str, list[Hashable] | list[list[str]]] | None:
    """Return details as lists of texts for the page, in the order of `positions`."""
    if details is None:
        return None
    taken = details.frame.iloc[np.asarray(positions, dtype=int), :MOST_COLUMNS]
    cells = [[cell_text(value) for value in taken[name].tolist()] for name in taken]
    values = [read_texts(column, range(len(column))) for column in cells]
    first = 0 if details.id_column is None else 1
    values[first:] = [[clip(text) for text in column] for column in values[first:]]
    return {"names": list(taken), "values": values}


def clip(text: str) -> str:
    """Truncate a text to the length that a card shows of a cell."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
