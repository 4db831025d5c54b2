"""The labels of a table in parts: each different one once, and a number for each row. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from keraswrap._tables.cells import as_labels, check_labeled, unlabeled


@dataclass(frozen=True, eq=False)
class CodedLabels:
    """Labels as `labels_of` returns them, in little memory.

    Parameters
    ----------
    different : ndarray of shape (k,)
        In the order in which they come.
    given : list
        The cells that they were read from.
    codes : ndarray of shape (n,), int
        Which of these a row has.
    """

    different: np.ndarray
    given: list[object]
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> object:
        return self._objects[self.codes[row]]

    @cached_property
    def _objects(self) -> list[object]:
        return list(self.different.tolist())


class LabelCoder:
    """What reads a column of labels, part by part.

    Examples
    --------
    >>> coder = LabelCoder("stars")
    >>> for part in (["10", "9"], ["10"]):
    ...     coder.add(pd.Series(part))
    >>> found = coder.labels("reviews.csv")
    >>> found.different, found.codes
    (array([10,  9]), array([0, 1, 0], dtype=int32))
    """

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0
        self._known: dict[object, int] = {}
        self._given: list[object] = []
        self._codes: list[np.ndarray] = []
        self._unlabeled: list[np.ndarray] = []

    def add(self, column: pd.Series) -> None:
        """Read the labels of a part."""
        inner, different = _factorized(column)
        missed = unlabeled(different)[inner]
        if missed.any():
            self._unlabeled.append(np.flatnonzero(missed) + self.count)
        codes = np.array([self._code(value) for value in different.tolist()], dtype=np.int32)
        self._codes.append(codes[inner] if len(codes) else codes)
        self.count += len(column)

    def _code(self, value: object) -> int:
        key = _key(value)
        if key not in self._known:
            self._known[key] = len(self._given)
            self._given.append(value)
        return self._known[key]

    def labels(self, source: str) -> CodedLabels:
        """Return what was read.

        Raises
        ------
        InputError
            As from `labels_of`.
        """
        none = np.zeros(0, dtype=np.int32)
        check_labeled(np.concatenate([none, *self._unlabeled]), source)
        different = as_labels(self._given, self.name, source)
        return CodedLabels(different, self._given, np.concatenate([none, *self._codes]))


def _factorized(column: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Return the number of each row's value, and the different values."""
    if getattr(column.dtype, "type", None) is str:
        codes, different = pd.factorize(column, use_na_sentinel=False)
        return codes, pd.Series(different)
    first: dict[object, int] = {}
    values = column.tolist()
    codes = np.array([first.setdefault(_key(v), len(first)) for v in values], dtype=np.int64)
    places = np.unique(codes, return_index=True)[1]
    return codes, column.iloc[places].reset_index(drop=True)


def _key(value: object) -> object:
    """Return what is equal for equal labels of one kind, though 1 == True == 1.0."""
    kind = type(value)
    if kind is str or kind is int:
        return kind, value
    # Of what is no label, the first of each kind is enough for an error; 0.0 is not -0.0.
    return kind, repr(value) if pd.api.types.is_scalar(value) else None
