"""Tables of labels by several annotators, read as positions of classes. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap._targets import check_labels, encode
from keraswrap.exceptions import InputError
from keraswrap.issues._probabilities import check_given, check_proba

__all__ = ["Annotations", "read_annotations"]


@dataclass(frozen=True, eq=False)
class Annotations:
    """Labels by several annotators.

    Parameters
    ----------
    codes : ndarray of shape (n, m), int
        Index in `classes` of each annotator's label; -1 if there is none.
    classes : ndarray of shape (k,)
    row_ids : ndarray of shape (n,)
    names : Index of shape (m,)
    """

    codes: np.ndarray
    classes: np.ndarray
    row_ids: np.ndarray
    names: pd.Index


def read_annotations(table: object, proba: object = None, classes: object = None) -> Annotations:
    """Read a table of labels, with gaps, by annotator.

    Parameters
    ----------
    table : DataFrame or array-like of shape (n, m)
    proba : array-like of shape (n, k), optional
        Probabilities that the labels must fit.
    classes : array-like of shape (k,), optional

    Raises
    ------
    InputError
        As `find_consensus` does.

    Examples
    --------
    >>> read_annotations([["b", None], ["a", "b"]]).codes.tolist()
    [[1, -1], [0, 1]]
    """
    values, row_ids, names = _read_table(table)
    codes, found = _read_labels(values, proba, classes)
    return Annotations(codes, found, row_ids, pd.Index(names, name="annotator"))


def _read_table(table: object) -> tuple[np.ndarray, np.ndarray, list[Hashable]]:
    frame = table if isinstance(table, pd.DataFrame) else None
    try:
        values = np.array(table if frame is None else frame.astype(object), dtype=object)
    except ValueError as error:
        raise InputError(f"Expected rows of equal length in table, got {error}.") from error
    if values.ndim != 2 or not values.size:
        raise InputError(
            "Expected a table of shape (n, m), a row for each example and a column for each "
            f"annotator, got shape {values.shape}. Pivot a long list of labels first, or name its "
            "columns: long=."
        )
    if frame is None:
        return values, np.arange(len(values)), list(range(values.shape[1]))
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].tolist()
        raise InputError(f"Expected a name for each annotator, got {twice} more than once.")
    return values, frame.index.to_numpy(), frame.columns.tolist()


def _read_labels(
    values: np.ndarray, proba: object, classes: object
) -> tuple[np.ndarray, np.ndarray]:
    # An empty cell of a CSV file is a missing label.
    empty = np.frompyfunc(lambda value: isinstance(value, str) and not value, 1, 1)
    there = ~(pd.isna(values) | empty(values).astype(bool))
    if not there.any():
        raise InputError(
            "Expected labels in table, got none: every value in it is missing or empty."
        )
    labels = check_labels(_whole(values[there]))
    found = _find_classes(labels, len(values), proba, classes)
    codes = np.full(values.shape, -1, dtype=np.int64)
    codes[there] = encode(labels, found)
    return codes, found


def _whole(labels: np.ndarray) -> np.ndarray:
    # Integers become floats in columns with gaps and stay integers in others.
    numbers = [isinstance(x, int | float | np.number) and not isinstance(x, bool) for x in labels]
    if not all(numbers):
        return labels
    floats = labels.astype(np.float64)
    return floats.astype(np.int64) if (floats == floats.round()).all() else floats


def _find_classes(labels: np.ndarray, n: int, proba: object, classes: object) -> np.ndarray:
    if proba is None:
        return np.unique(labels if classes is None else np.asarray(classes))
    proba = check_proba(proba)
    if len(proba) != n:
        raise InputError(
            f"Expected probabilities for each row of the table, got {len(proba)} and {n} rows."
        )
    # The check expects one label per row: a placeholder row stands in for each.
    shell = np.broadcast_to(proba[:1], (len(labels), proba.shape[1]))
    return check_given(labels, shell, classes)[1]
