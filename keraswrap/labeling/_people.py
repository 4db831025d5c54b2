"""People's labels, which of their rows are random, and what is taken as true. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap._targets import check_labels
from keraswrap._wording import counted
from keraswrap.exceptions import InputError
from keraswrap.issues.annotators._agreement import count_votes
from keraswrap.labeling._rows import Texts, match_rows, objects

__all__ = ["People", "check_audit", "find_truth", "label_values", "read_people"]

# A row's truth where there is no label, and where people disagree.
NONE, TIED = -1, -2


@dataclass(frozen=True, eq=False)
class People:
    """Labels by people.

    Parameters
    ----------
    labels : DataFrame of shape (n, p), object
        A column for each person, None where there is no label.
    audit : ndarray of shape (n,), bool
        Rows that were drawn at random from all rows.
    unclear : ndarray of shape (n,), bool
        Rows that someone was asked about and did not label.
    """

    labels: pd.DataFrame
    audit: np.ndarray
    unclear: np.ndarray

    @property
    def there(self) -> np.ndarray:
        """Whether any person labeled each row, of shape (n,)."""
        return self.labels.notna().to_numpy(dtype=bool).any(axis=1)

    def truth(self, classes: np.ndarray) -> np.ndarray:
        """Return the class taken as true of each row, as `find_truth` does."""
        found = find_truth(self.codes(classes), len(classes))
        return np.where((found == NONE) & self.unclear, TIED, found)

    def codes(self, classes: np.ndarray) -> np.ndarray:
        """Return the index of each label's class, of shape (n, p); -1 if there is none."""
        known = {label: code for code, label in enumerate(classes.tolist())}
        values = self.labels.to_numpy(dtype=object)
        codes = [[known.get(label, -1) for label in row] for row in values.tolist()]
        return np.array(codes, dtype=np.int64).reshape(values.shape)


def read_people(rows: Texts, people: object, audit: object) -> People:
    """Read people's labels, a column for each person, and which rows were drawn at random.

    Examples
    --------
    >>> from keraswrap.labeling._rows import read_rows
    >>> found = read_people(read_rows(["a", "b"]), ["yes", None], None)
    >>> found.labels["person"].tolist(), found.audit.tolist()
    (['yes', None], [True, False])
    """
    n = len(rows.texts)
    if people is None:
        none = np.zeros(n, bool)
        return People(pd.DataFrame(index=pd.RangeIndex(n)), check_audit(rows, audit, none), none)
    matched = match_rows(rows, people, "people")
    frame = matched if isinstance(matched, pd.DataFrame) else _columns(matched)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].tolist()
        raise InputError(f"Expected a name for each person, got {twice!r:.60} more than once.")
    columns = {str(name): label_values(frame[name]) for name in frame.columns}
    if len(columns) < frame.shape[1]:
        raise InputError(f"Expected names that differ as texts, got {list(frame.columns)!r:.100}.")
    labels = pd.DataFrame(columns, index=pd.RangeIndex(n), dtype=object)
    there = labels.notna().to_numpy(dtype=bool).any(axis=1)
    return People(labels, check_audit(rows, audit, there), np.zeros(n, bool))


def _columns(matched: object) -> pd.DataFrame:
    name = getattr(matched, "name", None)
    values: np.ndarray = np.array(list(matched), dtype=object)  # type: ignore[call-overload]
    if values.ndim > 2:
        raise InputError(f"Expected people's labels of shape (n,) or (n, p), got {values.shape}.")
    if values.ndim == 2:
        return pd.DataFrame(values, columns=[f"person {n + 1}" for n in range(values.shape[1])])
    return pd.DataFrame({name or "person": pd.Series(values, dtype=object)})


def label_values(column: object) -> np.ndarray:
    """Return labels as Python objects, None where one is missing or empty.

    Examples
    --------
    >>> label_values(pd.Series([1.0, np.nan])).tolist(), label_values(["a", ""]).tolist()
    ([1, None], ['a', None])
    """
    values = pd.Series(list(column), dtype=object)  # type: ignore[call-overload]
    there = (values.notna() & (values.astype(str).str.strip() != "")).to_numpy()
    found = np.full(len(values), None, dtype=object)
    if there.any():
        labels = check_labels(whole(values[there].to_numpy()))
        found[there] = objects(labels.tolist())
    return found


def whole(labels: np.ndarray) -> np.ndarray:
    """Turn whole numbers that missing values made floats into integers again."""
    floats = all(isinstance(label, float | np.floating) for label in labels)
    if floats and all(float(label).is_integer() for label in labels):
        return np.array([int(label) for label in labels])
    return labels


def check_audit(rows: Texts, audit: object, labeled: np.ndarray) -> np.ndarray:
    """Return which rows are a random sample: by default all that people labeled.

    Raises
    ------
    InputError
        If it is not a mask of the rows, or has rows that people have not labeled.
    """
    if audit is None:
        return labeled & rows.there
    mask = np.asarray(match_rows(rows, audit, "audit"))
    if mask.shape != labeled.shape or mask.dtype.kind != "b":
        raise InputError(
            f"Expected audit as True or False for each of {len(labeled):,} rows, got shape "
            f"{mask.shape} of dtype {mask.dtype}. Pass True where a row was drawn at random."
        )
    unlabeled = int((mask & ~labeled & rows.there).sum())
    if unlabeled:
        raise InputError(
            f"Expected people's labels of all rows in audit, got none of "
            f"{counted(unlabeled, 'row')}. Random rows that are left out make the rest less "
            "random: have people label them, or leave out the last ones drawn."
        )
    return mask & rows.there


def find_truth(codes: np.ndarray, k: int) -> np.ndarray:
    """Return what most people say of each row.

    Returns
    -------
    ndarray of shape (n,), int
        Index of the class; -1 for rows without a label, -2 where two classes have most
        votes.

    Examples
    --------
    >>> find_truth(np.array([[0, 1, 1], [0, 1, -1], [-1, -1, -1]]), 2).tolist()
    [1, -2, -1]
    """
    votes = count_votes(codes, k)
    if not codes.shape[1]:
        return np.full(len(codes), NONE)
    most = votes.max(axis=1, keepdims=True)
    tied = (votes == most).sum(axis=1) > 1
    return np.where(most[:, 0] == 0, NONE, np.where(tied, TIED, votes.argmax(axis=1)))
