"""Handle rows that lack the target of one head, but not those of others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap._target_view import take_rows
from keraswrap._targets.labels import as_label_array
from keraswrap.exceptions import InputError


def find_gaps(y: Any) -> np.ndarray | None:
    """Find the rows without a target: None, NaN or NaT.

    Parameters
    ----------
    y : array-like of shape (n, ...), or sparse matrix

    Returns
    -------
    ndarray of bool, shape (n,), or None
        None if there are none, or rows have several values, which may be gaps
        themselves.

    Examples
    --------
    >>> find_gaps(["a", None]).tolist(), find_gaps([1, 2]) is None
    ([False, True], True)
    """
    values = y if isinstance(y, pd.Series) or sparse.issparse(y) else as_label_array(y)
    if values.ndim != 1:
        return None
    gaps = np.asarray(pd.isna(values))
    return gaps if gaps.any() else None


def read_known(y: object, read: Callable[[object], np.ndarray]) -> np.ndarray:
    """Read the rows that have a target, and mask the others.

    Parameters
    ----------
    y : array-like of shape (n, ...)
    read : callable
        From such rows to an array of as many.

    Returns
    -------
    ndarray of shape (n, ...)
        Masked if there are gaps; what is masked is valid too.

    Raises
    ------
    InputError
        If there are only gaps.

    Examples
    --------
    >>> read_known([None, "b", "a"], np.asarray).tolist()
    [None, 'b', 'a']
    """
    gaps = find_gaps(y)
    if gaps is None:
        return read(y)
    if gaps.all():
        raise InputError("Expected a target in some of the rows, got only gaps (None or NaN).")
    known = read(take_rows(y, np.flatnonzero(~gaps)))
    filled = np.full(len(gaps), known[0], dtype=known.dtype)
    filled[~gaps] = known
    return np.ma.MaskedArray(filled, gaps)


def gaps_of(y: np.ndarray) -> np.ndarray | None:
    """Return the gaps of what `read_known` gave; None if there cannot be any.

    Examples
    --------
    >>> gaps_of(np.arange(2)) is None
    True
    """
    return np.ma.getmaskarray(y) if isinstance(y, np.ma.MaskedArray) and y.ndim == 1 else None


def place(known: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Put weights of the known rows in their places, with 0 for gaps.

    The known rows are scaled up for the share of gaps, so that a batch counts as
    if there were none.

    Examples
    --------
    >>> place(np.array([1.0, 3.0]), np.array([False, True, True, False])).tolist()
    [2.0, 0.0, 0.0, 6.0]
    """
    weights = np.zeros(len(gaps))
    weights[~gaps] = known / np.mean(~gaps)
    return weights
