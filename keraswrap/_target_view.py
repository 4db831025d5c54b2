"""Put the targets of several heads behind one view that is sliced by row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike
from scipy import sparse

from keraswrap.exceptions import InputError

_Value = TypeVar("_Value")


class TargetView:
    """Targets of several heads, which can be indexed by row.

    scikit-learn slices targets by row, which a dict does not support. A view of a dict
    does, so it can be passed as y to scikit-learn's ``cross_val_score`` and
    ``GridSearchCV``. The wrappers, and the functions of this package, take the dict
    itself.

    Parameters
    ----------
    targets : mapping of str to array-like of shape (n, ...), or DataFrame
        The target of each head, by its name: labels, numbers, or indicators, also as
        pandas Series or sparse matrices. Of a DataFrame, each column is a head.

    Attributes
    ----------
    columns : dict of str to array-like
        The targets by name.
    names : tuple of str
    shape : tuple of int
        ``(n,)``

    Raises
    ------
    InputError
        If there are no heads, names are not strings, or lengths differ.

    See Also
    --------
    row_view : The same for X.

    Examples
    --------
    >>> from keraswrap.data import TargetView
    >>> y = TargetView({"topic": ["food", "film", "food"], "stars": [1, 5, 3]})
    >>> len(y), y.names, y[[2, 0]].columns["stars"]
    (3, ('topic', 'stars'), [3, 1])
    >>> y[1]
    {'topic': 'film', 'stars': 5}
    """

    def __init__(self, targets: Mapping[str, object] | pd.DataFrame) -> None:
        if isinstance(targets, pd.DataFrame):
            targets = _columns_of(targets)
        if not isinstance(targets, Mapping) or not targets:
            raise InputError(
                "Expected a dict with the target of each head by its name, got "
                f"{targets!r:.60}. Pass {{'name': y, ...}}."
            )
        unnamed = [name for name in targets if not isinstance(name, str) or not name]
        if unnamed:
            raise InputError(
                f"Expected the names of heads to be strings, as a net's outputs have them, got "
                f"{unnamed[0]!r:.60}."
            )
        self.columns = {name: _column(value, name) for name, value in targets.items()}
        lengths = {name: count_rows(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise InputError(f"Expected targets of one length for all heads, got {lengths}.")
        self._n = next(iter(lengths.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the heads."""
        return tuple(self.columns)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n,)``: a view is sliced by row."""
        return (self._n,)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            key = key[0]  # how scikit-learn asks for rows
        rows = np.arange(self._n)[np.asarray(key, dtype=int) if _is_empty(key) else key]
        if rows.ndim == 0:
            return {name: take_rows(c, rows[None])[0] for name, c in self._plain().items()}
        return TargetView({name: take_rows(column, rows) for name, column in self.columns.items()})

    def __iter__(self) -> Iterator[dict[str, object]]:
        plain = self._plain()
        for row in zip(*plain.values(), strict=True):
            yield dict(zip(plain, row, strict=True))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        rows = np.empty(self._n, dtype=object)
        rows[:] = list(self)
        return rows

    def __repr__(self) -> str:
        return f"TargetView of {self._n} rows: {', '.join(self.names)}"

    def _plain(self) -> dict[str, object]:
        return {name: _dense(column) for name, column in self.columns.items()}


def as_targets(y: object) -> object:
    """Put a dict of targets behind a view; leave everything else unchanged.

    Examples
    --------
    >>> as_targets({"a": [1, 2], "b": [3, 4]}), as_targets([1, 2])
    (TargetView of 2 rows: a, b, [1, 2])
    """
    return TargetView(y) if isinstance(y, Mapping) and not sparse.issparse(y) else y


def each(function: Callable[[Any], object], value: object) -> object:
    """Apply a function to an array, or to each of a dict of arrays.

    Examples
    --------
    >>> each(len, [1, 2]), each(len, {"a": [1], "b": [1, 2]})
    (2, {'a': 1, 'b': 2})
    """
    if isinstance(value, dict):
        return {name: function(part) for name, part in value.items()}
    return function(value)


def take_rows(column: Any, rows: np.ndarray) -> Any:
    """Take rows of a column by position.

    Examples
    --------
    >>> take_rows(["a", "b"], np.array([1]))
    ['b']
    """
    if hasattr(column, "iloc"):
        return column.iloc[rows]
    return [column[row] for row in rows] if isinstance(column, list) else column[rows]


def count_rows(column: Any) -> int:
    """Count the rows of a column.

    Examples
    --------
    >>> count_rows(["a", "b"])
    2
    """
    return int(column.shape[0]) if hasattr(column, "shape") else len(column)


def _columns_of(frame: pd.DataFrame) -> dict[str, pd.Series]:
    if not frame.columns.is_unique:
        raise InputError(
            f"Expected a column for each head, got names twice: {frame.columns.tolist()!r:.80}."
        )
    return {name: frame[name] for name in frame.columns}


def _column(value: Any, name: str) -> Any:
    if sparse.issparse(value):
        return value.tocsr()
    if isinstance(value, pd.Series | pd.DataFrame | np.ndarray | list):
        column = value
    elif isinstance(value, tuple | pd.Index | pd.api.extensions.ExtensionArray):
        column = list(value) if isinstance(value, tuple) else pd.Series(value)
    else:
        column = np.asarray(value)
    if isinstance(column, np.ndarray) and column.ndim == 0:
        raise InputError(
            f"Expected a target for each row in y[{name!r}], got {type(value).__name__} "
            f"{value!r:.40}."
        )
    return column


def _dense(column: object) -> object:
    if hasattr(column, "toarray"):  # a sparse one
        return column.toarray()
    return column.to_numpy() if hasattr(column, "to_numpy") else column


def _is_empty(key: object) -> bool:
    return hasattr(key, "__len__") and len(key) == 0
