"""Format rows of any kind as text to read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from keraswrap.exceptions import InputError, InputTypeError

_MOST = 12


def read_texts(X: object, positions: Sequence[int] | np.ndarray) -> list[str]:
    r"""Format rows as text: a text as it is, several columns on a line each.

    Parameters
    ----------
    X : list, array, Series, DataFrame, dict of arrays, sparse matrix or dataset
        Anything with a length and rows that can be accessed by position.
    positions : sequence of int
        The rows to format.

    Returns
    -------
    list of str
        In the order of `positions`.

    Raises
    ------
    InputTypeError
        If rows of X cannot be accessed by position.

    Examples
    --------
    >>> read_texts(["good", "bad"], [1])
    ['bad']
    >>> read_texts({"title": ["Hm", "Oh"], "stars": [1, 5]}, [1])
    ['title: Oh\nstars: 5']
    """
    if isinstance(X, Mapping) and not sparse.issparse(X):
        columns = {str(name): read_texts(column, positions) for name, column in X.items()}
        return _beside(columns, len(positions))
    if hasattr(X, "iloc"):
        taken = X.iloc[np.asarray(positions, dtype=int)]
        if taken.ndim == 1:
            return [_words(value) for value in taken]
        return _beside({str(c): [_words(v) for v in taken[c]] for c in taken}, len(positions))
    if sparse.issparse(X):
        return [_sparse_words(row) for row in sparse.csr_matrix(X)[np.asarray(positions, int)]]
    if isinstance(X, str | bytes) or not hasattr(X, "__getitem__"):
        raise InputTypeError(
            f"Expected rows that can be indexed (list, array, Series, DataFrame, dict of arrays), "
            f"got {type(X).__name__}. Put a stream behind keraswrap.data.row_view first."
        )
    return [_words(X[int(position)]) for position in positions]


def has_texts(X: Any) -> bool:
    """Return whether rows hold text, judging by the first of them.

    Examples
    --------
    >>> has_texts(["good"]), has_texts({"stars": [5]}), has_texts(np.zeros((1, 2)))
    (True, False, False)
    """
    if isinstance(X, Mapping):
        return any(has_texts(column) for column in X.values())
    if hasattr(X, "iloc"):
        X = X.iloc[:1].to_numpy(dtype=object).ravel()
    elif sparse.issparse(X):
        return False
    else:
        X = [X[0]]
    first = X[0].values() if len(X) and isinstance(X[0], Mapping) else X
    return any(isinstance(value, str) for value in first)


def check_length(X: Any, n: int) -> None:
    """Raise InputError unless X has `n` rows."""
    first = next(iter(X.values()), ()) if isinstance(X, Mapping) else X
    found = first.shape[0] if hasattr(first, "shape") else len(first)
    if found != n:
        raise InputError(
            f"Expected as many rows in X as there are labels, {n}, got {found}. "
            "Pass the rows that the issues were found in, in the same order."
        )


def _beside(columns: Mapping[str, list[str]], n: int) -> list[str]:
    if len(columns) == 1:
        return next(iter(columns.values()))
    rows = zip(*columns.values(), strict=True) if columns else [()] * n
    return ["\n".join(f"{name}: {v}" for name, v in zip(columns, row, strict=True)) for row in rows]


def _words(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        # Half a surrogate pair cannot be written to a file.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return _beside({str(name): [_words(part)] for name, part in value.items()}, 1)[0]
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, list | tuple | np.ndarray) and np.ndim(value):
        return _numbers(np.asarray(value))
    return str(value)


def _numbers(array: np.ndarray) -> str:
    flat = array.ravel()
    words = [f"{v:.4g}" if isinstance(v, float | np.floating) else str(v) for v in flat[:_MOST]]
    more = f", … ({flat.size} values)" if flat.size > _MOST else ""
    return ", ".join(words) + more


def _sparse_words(row: sparse.csr_matrix) -> str:
    largest = np.argsort(-np.abs(row.data), kind="stable")[:_MOST]
    words = [f"column {row.indices[i]}: {row.data[i]:.4g}" for i in largest]
    return "\n".join(words)
