"""Columns that only tell rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from keraswrap.issues.rows._results import Finding, flag

# Fewer rows may be unique by chance.
_FEW = 10


def name_id_columns(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Return the names of the columns that only tell rows apart.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)

    Returns
    -------
    list of str
        Columns with another value in each row, that are whole numbers without
        gaps or in ascending order, or single words of which most hold a digit.
        None of fewer than 10 rows.

    Examples
    --------
    >>> name_id_columns({"id": np.arange(10), "price": np.linspace(1, 2, 10) ** 2})
    ['id']
    """
    return [name for name, values in columns.items() if _is_id(np.asarray(values))]


def _is_id(values: np.ndarray) -> bool:
    if values.ndim != 1 or len(values) < _FEW or values.dtype.kind not in "iuOUT":
        return False
    if pd.unique(pd.Series(values)).size < len(values):
        return False
    if values.dtype.kind in "iu":
        return bool(values.max() - values.min() == len(values) - 1 or (np.diff(values) > 0).all())
    texts = [str(value) for value in values]
    single = all(text and not any(char.isspace() for char in text) for text in texts)
    return single and 2 * sum(any(map(str.isdigit, text)) for text in texts) > len(texts)


def find_id_columns(id_columns: Sequence[str]) -> list[Finding]:
    """Report the columns that only tell rows apart.

    Parameters
    ----------
    id_columns : sequence of str
        As from `name_id_columns`.

    Returns
    -------
    list of Finding
        Kind ``"id_column"``, without rows: one for each column.
    """
    message = "Column {!r} only tells rows apart: leave it out."
    return [flag("id_column", "warning", message.format(name), n=1) for name in id_columns]
