"""What `retrain_if` is given, checked before any work."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from sklearn.utils.validation import _num_samples

from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues import hash_data
from keraswrap.labeling._people import label_values

__all__ = ["Inputs", "join_rows", "read_inputs"]

Rows: TypeAlias = list | np.ndarray | pd.Series | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Inputs:
    """Old rows with labels, and new rows of which some have one.

    Parameters
    ----------
    X, y : rows and their labels, of length n
    X_new : rows, of length m
    labels : ndarray of shape (m,), object
        None where there is no label.
    told : ndarray of shape (m,), bool
        Rows that have a label, or that people could give none.
    held_out : tuple of (rows, labels), optional
        Old rows that neither model was trained on.
    """

    X: Rows
    y: np.ndarray
    X_new: Rows
    labels: np.ndarray
    told: np.ndarray
    held_out: tuple[Rows, np.ndarray] | None

    @property
    def labeled(self) -> np.ndarray:
        """Positions of the new rows with a label."""
        return np.flatnonzero(self.told & np.array([one is not None for one in self.labels], bool))

    def hash(self) -> str:
        """Return a text that changes with any row or label."""
        told = [f"{label!r} {known}" for label, known in zip(self.labels, self.told, strict=True)]
        parts = [hash_data(self.X, self.y), hash_data(self.X_new, told)]
        if self.held_out is not None:
            parts.append(hash_data(*self.held_out))
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def read_inputs(
    X: object,
    y: object,
    X_new: object,
    y_new: object = None,
    unclear: object = None,
    held_out: object = None,
) -> Inputs:
    """Check rows and labels.

    Raises
    ------
    InputError, InputTypeError
        If they cannot be used, or do not match.

    Examples
    --------
    >>> found = read_inputs(["a", "b"], [0, 1], ["c", "d"], [1, None])
    >>> found.labels.tolist(), found.told.tolist()
    ([1, None], [True, False])
    """
    rows, labels = _labeled(X, y, "X, y")
    new = _rows(X_new, "X_new")
    _check_alike(rows, new, "X_new")
    m = _num_samples(new)
    told = np.full(m, None, dtype=object) if y_new is None else label_values(y_new)
    if len(told) != m:
        raise InputError(f"Expected y_new for each of {m:,} rows of X_new, got {len(told):,}.")
    there = np.array([one is not None for one in told], dtype=bool)
    _check_kind(labels, told[there])
    both = None
    if held_out is not None:
        if not isinstance(held_out, tuple) or len(held_out) != 2:
            raise InputTypeError(f"Expected held_out as (X, y), got {type(held_out).__name__}.")
        both = _labeled(*held_out, "held_out")
        _check_alike(rows, both[0], "held_out")
    return Inputs(rows, labels, new, told, there | _mask(unclear, m), both)


def _rows(X: object, name: str) -> Rows:
    if isinstance(X, tuple):
        X = list(X)
    if not isinstance(X, list | np.ndarray | pd.Series | pd.DataFrame):
        raise InputTypeError(
            f"Expected {name} as a list, array, Series or DataFrame, got {type(X).__name__}."
        )
    if not _num_samples(X):
        raise InputError(f"Expected rows in {name}, got none.")
    return X


def _check_alike(X: Rows, more: Rows, name: str) -> None:
    """Raise InputError unless rows can be put below X: a model is trained on both."""
    if isinstance(X, pd.DataFrame) != isinstance(more, pd.DataFrame):
        which = "as X is" if isinstance(X, pd.DataFrame) else "if X is one"
        raise InputError(
            f"Expected {name} as a DataFrame, {which}, got {type(more).__name__} beside "
            f"{type(X).__name__}. Pass both alike."
        )
    if isinstance(X, pd.DataFrame) and isinstance(more, pd.DataFrame):
        missing = [column for column in X.columns if column not in more.columns]
        if missing:
            raise InputError(
                f"Expected the columns of X in {name}, got none named {missing[:5]!r:.100}. Pass "
                "the same columns."
            )
    shape = X.shape[1:] if isinstance(X, np.ndarray) else None
    if isinstance(more, np.ndarray) and shape not in (None, more.shape[1:]):
        wanted = ", ".join(["n", *map(str, shape or ())])
        raise InputError(
            f"Expected rows of shape ({wanted}), as X has, in {name}, got {more.shape}. Pass the "
            "same columns."
        )


def _labeled(X: object, y: object, name: str) -> tuple[Rows, np.ndarray]:
    rows, labels = _rows(X, name), check_labels(y)
    if labels.ndim != 1 or len(labels) != _num_samples(rows):
        raise InputError(
            f"Expected one label for each of {_num_samples(rows):,} rows in {name}, got shape "
            f"{labels.shape}."
        )
    return rows, labels


def _mask(unclear: object, m: int) -> np.ndarray:
    if unclear is None:
        return np.zeros(m, bool)
    mask = np.asarray(unclear)
    if mask.shape != (m,) or mask.dtype.kind != "b":
        raise InputError(
            f"Expected unclear as True or False for each of {m:,} new rows, got shape "
            f"{mask.shape} of dtype {mask.dtype}."
        )
    return mask


def _check_kind(old: np.ndarray, new: np.ndarray) -> None:
    texts = [{isinstance(label, str) for label in part.tolist()} for part in (old, new)]
    if len(new) and texts[0] != texts[1]:
        raise InputError(
            f"Expected labels of new rows of the kind of the old ones, got "
            f"{new.tolist()[0]!r:.40} beside {old.tolist()[0]!r:.40}. Convert them."
        )


def join_rows(X: Rows, more: Rows) -> Rows:
    """Put rows below others.

    Raises
    ------
    InputError
        If they are of different kinds.

    Examples
    --------
    >>> join_rows(["a"], ["b"]), join_rows(np.zeros((1, 2)), np.ones((1, 2))).shape
    (['a', 'b'], (2, 2))
    """
    if isinstance(X, pd.DataFrame) and isinstance(more, pd.DataFrame):
        return pd.concat([X, more[list(X.columns)]], ignore_index=True)
    if isinstance(X, pd.Series) or isinstance(more, pd.Series):
        return pd.concat([pd.Series(X), pd.Series(more)], ignore_index=True)
    if isinstance(X, np.ndarray) and isinstance(more, np.ndarray):
        return np.concatenate([X, more])
    if isinstance(X, pd.DataFrame) or isinstance(more, pd.DataFrame):
        raise InputError("Expected old and new rows both as a DataFrame, got only one of them.")
    return [*X, *more]
