"""Correct a table that comes in parts, as a plan says. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from keraswrap._tables.coded import CodedLabels
from keraswrap.issues.corrections._apply import check_left, find_lost
from keraswrap.issues.corrections._plan import Plan


class PartsCorrection:
    """What takes out rows of a table and changes labels, part by part.

    Parameters
    ----------
    plan : Plan
        Its ids are positions.
    labels : CodedLabels
    label : str
        Column of the labels.
    may_go : set of str
        Classes of which no row need be left.

    Attributes
    ----------
    lost : tuple of labels
        Classes of which no row is left.

    Raises
    ------
    InputError
        If no row is left, or none of a class that is not in `may_go`.
    """

    def __init__(self, plan: Plan, labels: CodedLabels, label: str, may_go: set[str]) -> None:
        check_left(plan)
        self.label, self.count = label, 0
        self._gone, self._changed = _sorted(plan.gone), _sorted(plan.changes)
        rows = np.bincount(labels.codes, minlength=len(labels.different))
        kept = rows - np.bincount(labels.codes[self._gone], minlength=len(rows))
        same = kept - np.bincount(labels.codes[self._changed], minlength=len(rows))
        new = [plan.changes[row] for row in self._changed.tolist()]
        different = labels.different.tolist()
        left = [value for value, n in zip(different, same, strict=True) if n]
        self.lost = find_lost(different, [*left, *new], may_go)
        given = [value for value, n in zip(labels.given, kept, strict=True) if n]
        as_text = all(isinstance(value, str) for value in given)
        self._new = np.array([str(value) if as_text else value for value in new], dtype=object)
        self._all = [*given, *self._new.tolist()]

    def correct(self, part: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the next part that are kept, with their labels."""
        start, end = self.count, self.count + len(part)
        self.count = end
        column = part[self.label]
        first, last = np.searchsorted(self._changed, [start, end])
        dtype = self._dtype(column)
        if first < last or dtype != column.dtype:
            values = np.array(column.tolist(), dtype=object)
            values[self._changed[first:last] - start] = self._new[first:last]
            column = pd.Series(values, index=part.index, dtype=dtype)
            part = part.assign(**{self.label: column})
        gone = self._gone[slice(*np.searchsorted(self._gone, [start, end]))] - start
        return part.drop(index=part.index[gone]) if len(gone) else part

    def _dtype(self, column: pd.Series) -> object:
        """Return the dtype of the column if it can hold all labels, in whatever part."""
        try:
            pd.Series(np.array(self._all, dtype=object), dtype=column.dtype)
        except (ValueError, TypeError):  # a class of another kind
            return np.dtype(object)
        return column.dtype


def _sorted(rows: Iterable[int]) -> np.ndarray:
    return np.array(sorted(rows), dtype=np.int64)
