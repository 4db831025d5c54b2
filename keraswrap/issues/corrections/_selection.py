"""Select rows and change labels by position, in the form they came in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap._data import kind_of, open_rows, without_label
from keraswrap.exceptions import InputError

# The labels that a user passes: a list, an array or a column.
Labels: TypeAlias = Sequence[object] | np.ndarray | pd.Series


def take_rows(X: Any, kept: np.ndarray) -> Any:
    """Select rows by position; a list stays a list, a frame keeps its index.

    Examples
    --------
    >>> take_rows({"left": [1, 2, 3], "right": np.arange(3)}, np.array([2, 0]))
    {'left': [3, 1], 'right': array([2, 0])}
    """
    if X is None:
        return None
    if isinstance(X, Mapping):
        return {name: take_rows(column, kept) for name, column in X.items()}
    if isinstance(X, pd.DataFrame | pd.Series):
        return X.iloc[kept].copy()
    if isinstance(X, list | tuple):
        return type(X)(X[position] for position in kept)
    if kind_of(X) == "hub":
        return without_label(X).select(kept)  # its labels are held separately, some of them changed
    X = open_rows(X)
    return X.tocsr()[kept] if sparse.issparse(X) else X[kept]


def put_labels(y: Labels, kept: np.ndarray, changes: Mapping[int, object]) -> Labels:
    """Change labels by position, and select those that are kept.

    Parameters
    ----------
    y : list, tuple, Series or array-like of shape (n,)
    kept : ndarray of int
        Positions.
    changes : mapping of int to label

    Returns
    -------
    list, tuple, Series or ndarray
        Of a dtype that can hold the new labels: NumPy's strings have a fixed width,
        categoricals a fixed list of categories.

    Examples
    --------
    >>> put_labels(np.array(["a", "b", "a"]), np.array([0, 1]), {0: "longer"})
    array(['longer', 'b'], dtype='<U6')
    """
    labels = np.empty(len(y), dtype=object)
    labels[:] = list(y)
    for position, label in changes.items():
        labels[position] = label
    found = labels[kept].tolist()
    if isinstance(y, list | tuple):
        return type(y)(found)
    if isinstance(y, pd.Series):
        return pd.Series(found, index=y.index[kept], name=y.name, dtype=_dtype(y, found))
    dtype = getattr(y, "dtype", None)
    if dtype is not None and getattr(dtype, "kind", "") in "OiufbM" and _fits(found, dtype):
        return np.array(found, dtype=dtype)
    return np.array(found)


def _dtype(y: pd.Series, found: list[object]) -> pd.CategoricalDtype | np.dtype | None:
    if isinstance(y.dtype, pd.CategoricalDtype):
        new = [label for label in dict.fromkeys(found) if label not in y.dtype.categories]
        categories = [*y.dtype.categories, *new]
        return pd.CategoricalDtype(categories, ordered=y.dtype.ordered)
    return y.dtype if _fits(found, y.dtype) else None


def _fits(found: list[object], dtype: object) -> bool:
    """Return whether a dtype holds labels unchanged; an int column cannot hold 0.5."""
    try:
        return pd.Series(found, dtype=dtype).tolist() == found
    except (ValueError, TypeError):
        return False


def label_array(y: object) -> np.ndarray:
    """Return labels as an array of objects, of shape (n,).

    Raises
    ------
    InputError
        If there are several a row, or none at all.
    """
    labels = np.asarray(y, dtype=object)
    if labels.ndim != 1:
        raise InputError(
            f"Expected one label for each row, got labels of shape {labels.shape}. Decisions "
            "require one label per row."
        )
    return labels
