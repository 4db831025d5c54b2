"""Read the texts to label, and bring their labels into the same order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap._data import align
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError

__all__ = ["Texts", "match_rows", "read_rows"]


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts with their ids.

    Parameters
    ----------
    texts : ndarray of shape (n,), object
        Empty where there is none.
    row_ids : ndarray of shape (n,)
    given : object
        X as it was given, or a stand-in with its index.
    """

    texts: np.ndarray
    row_ids: np.ndarray
    given: object

    @property
    def there(self) -> np.ndarray:
        """Whether each row has a text, of shape (n,)."""
        return np.array([bool(text.strip()) for text in self.texts], dtype=bool)

    def take(self, rows: Sequence[int] | np.ndarray) -> list[str]:
        """Return the texts at some positions."""
        return self.texts[np.asarray(rows, dtype=int)].tolist()


def read_rows(X: object) -> Texts:
    """Read texts, of which some may be missing.

    Examples
    --------
    >>> read_rows(["fine", None]).there.tolist()
    [True, False]
    """
    if isinstance(X, pd.DataFrame):
        if X.shape[1] != 1:
            raise InputError(
                f"Expected one column of texts, got the columns {list(X.columns)[:20]}. Pass the "
                "one that holds the texts, such as frame['text']."
            )
        X = X.iloc[:, 0]
    index = X.index if isinstance(X, pd.Series) else None
    texts = _fill(X)
    if index is None:
        return Texts(texts, np.arange(len(texts)), None)
    if not index.is_unique:
        twice = index[index.duplicated()].tolist()[:3]
        raise InputError(
            f"Expected an index that names each row once, got {twice!r:.60} several times. Pass "
            "X.reset_index(drop=True)."
        )
    return Texts(texts, index.to_numpy(), pd.Series(texts, index))


def _fill(X: object) -> np.ndarray:
    """Return texts, empty where one is missing."""
    if isinstance(X, list | tuple | np.ndarray | pd.Series):
        values = pd.Series(list(X), dtype=object)
        X = values.where(values.notna(), "").tolist()
    return objects(check_texts(X, empty="allow"))


def objects(values: Iterable[object]) -> np.ndarray:
    """Return values as an array of shape (n,) whatever they are.

    Examples
    --------
    >>> objects([(1, 2), None]).shape
    (2,)
    """
    listed = list(values)
    found = np.full(len(listed), None, dtype=object)
    for place, value in enumerate(listed):
        found[place] = value
    return found


def match_rows(rows: Texts, given: object, name: str) -> object:
    """Put labels of the same rows in their order.

    Raises
    ------
    InputError
        If rows cannot be matched, or their numbers differ.
    """
    matched = align({"X": rows.given, name: given})[name]
    try:
        n = len(matched)
    except TypeError as error:
        raise InputError(
            f"Expected {name} with a label for each of {len(rows.texts):,} rows, got "
            f"{type(given).__name__}. Pass an array, Series or DataFrame."
        ) from error
    if n != len(rows.texts):
        raise InputError(
            f"Expected {name} for {len(rows.texts):,} rows, as X has, got {n:,}. Pass None for "
            "rows without a label."
        )
    return matched
