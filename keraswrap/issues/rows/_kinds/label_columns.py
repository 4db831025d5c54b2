"""Columns that give the label away."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keraswrap.issues.rows._results import Finding, flag

# With fewer rows, a column may separate the labels by chance.
_FEW = 10


def name_label_columns(columns: Mapping[str, np.ndarray], labels: np.ndarray) -> list[str]:
    """Return the names of the columns that give the label away.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)
    labels : ndarray of shape (n,)

    Returns
    -------
    list of str
        Columns whose values repeat and tell the label of 99% of the rows they
        are in, and columns of numbers whose order separates the labels. None
        of fewer than 10 rows.

    Examples
    --------
    >>> labels = np.array(["a", "b"] * 10)
    >>> name_label_columns({"code": np.array([7, 3] * 10), "n": np.arange(20)}, labels)
    ['code']
    """
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(labels) < _FEW or len(counts) < 2 or counts.min() < 2:
        return []
    return [name for name, values in columns.items() if _tells(np.asarray(values), codes, counts)]


def _tells(values: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> bool:
    if values.ndim != 1:
        return False
    pairs = pd.DataFrame({"value": values, "code": codes}).groupby(["value", "code"]).size()
    by_value = pairs.groupby(level=0)
    sizes = by_value.sum()
    often = sizes[sizes > 1]
    # Texts that occur twice prove nothing: a code must occur in at least five rows.
    if 2 * often.sum() < len(codes) or 5 * len(often) > often.sum():
        return values.dtype.kind in "iuf" and _parts(values, codes, len(counts))
    wrong = often.sum() - by_value.max()[often.index].sum()
    guessed = often.sum() * (1 - counts.max() / len(codes))
    return bool(wrong <= 0.01 * often.sum() and wrong <= 0.1 * guessed)


def _parts(values: np.ndarray, codes: np.ndarray, k: int) -> bool:
    ordered = codes[np.argsort(values, kind="stable")]
    return 1 + int((np.diff(ordered) != 0).sum()) == k


def find_label_columns(columns: Mapping[str, np.ndarray], labels: np.ndarray) -> list[Finding]:
    """Report the columns that give the label away, unless there is only one column.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)
    labels : ndarray of shape (n,)

    Returns
    -------
    list of Finding
        Kind ``"label_column"``, without rows: one for each column.
    """
    names = name_label_columns(columns, labels) if len(columns) > 1 else []
    message = "Column {!r} gives the label away: is it known when a label is sought?"
    return [flag("label_column", "warning", message.format(name), n=1) for name in names]
