"""Tables with one row per label: its item and its annotator. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keraswrap._tables.columns import check_columns
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

_NAMED = 3


def pivot_labels(table: pd.DataFrame, long: Sequence[str]) -> pd.DataFrame:
    """Pivot a row for each label into a row for each item and a column for each annotator.

    Parameters
    ----------
    long : (str, str, str)
        The columns of the items, the annotators and the labels.

    Returns
    -------
    DataFrame
        Of objects, None where there is no label. Items and annotators are in
        the order in which they come first.

    Raises
    ------
    InputError
        If a column is not there, an item or annotator is missing, or an
        annotator gave an item several labels.
    InputTypeError, ParameterError
        If `table` is no DataFrame, or `long` does not name three columns.

    Examples
    --------
    >>> rows = [(7, "ann", "a"), (7, "bob", "b"), (5, "ann", "b")]
    >>> long = pd.DataFrame(rows, columns=["id", "who", "label"])
    >>> pivot_labels(long, ("id", "who", "label")).to_dict("index")
    {7: {'ann': 'a', 'bob': 'b'}, 5: {'ann': 'b', 'bob': None}}
    """
    item, annotator, label = _names(table, long)
    labels = table[label].astype(object)
    given = labels.notna() & (labels != "")
    rows, items = _codes(table, item)
    columns, names = _codes(table[given], annotator)
    values = np.full((len(items), len(names)), None, dtype=object)
    at = rows[given.to_numpy()], columns
    _check_once(*at, labels[given], table[given][[item, annotator]])
    values[at] = labels[given].to_numpy()
    return pd.DataFrame(values, index=items, columns=names, dtype=object)


def _names(table: object, long: Sequence[str]) -> tuple[str, str, str]:
    if not isinstance(table, pd.DataFrame):
        raise InputTypeError(
            f"Expected a DataFrame with long=, got {type(table).__name__}. Name its columns."
        )
    if isinstance(long, str) or len(long) != 3 or len(set(long)) != 3:
        raise ParameterError(
            f"Expected three columns as long=, of items, annotators and labels, got {long!r}."
        )
    check_columns(long, list(table.columns), "table")
    item, annotator, label = long
    return item, annotator, label


def _codes(table: pd.DataFrame, name: str) -> tuple[np.ndarray, pd.Index]:
    codes, values = pd.factorize(table[name])
    if (codes < 0).any():
        raise InputError(
            f"Expected {name!r} in each row, got none in "
            f"{counted(int((codes < 0).sum()), 'row')}, first in row "
            f"{int(np.argmin(codes))}. Fill it in, or drop them."
        )
    return codes, pd.Index(values, name=name)


def _check_once(
    rows: np.ndarray, columns: np.ndarray, labels: pd.Series, keys: pd.DataFrame
) -> None:
    pairs = pd.DataFrame({"row": rows, "column": columns, "label": labels.to_numpy()})
    several = (pairs.groupby(["row", "column"])["label"].transform("nunique") > 1).to_numpy()
    if several.any():
        named = keys[several].drop_duplicates()
        first = "; ".join(" by ".join(map(str, pair)) for pair in named[:_NAMED].to_numpy())
        raise InputError(
            f"Expected one label of an item by each annotator, got several of {len(named)}: "
            f"{first}. Keep the one that counts."
        )
