"""Read and check a table and what is predicted, before any work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing
from sklearn.utils.multiclass import type_of_target

from keraswrap._data import check_order
from keraswrap.codegen._columns import Column, describe_columns
from keraswrap.codegen._plain import frame_of, plain_column, plain_frame
from keraswrap.codegen._specification import Task
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

__all__ = ["Rows", "Table", "Target", "read_rows", "read_table", "read_target", "values_of"]

TASKS = ("classification", "regression")
# Different numbers from which on whole ones are not taken for classes.
_MOST_CLASSES = 20

Rows: TypeAlias = pd.DataFrame | np.ndarray


@dataclass(frozen=True, eq=False)
class Target:
    """What is predicted.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Classes as given, or float64.
    task : Task
    classes : ndarray of shape (k,) or None
    name : str or None
        Of the Series.
    """

    values: np.ndarray
    task: Task
    classes: np.ndarray | None
    name: str | None


@dataclass(frozen=True, eq=False)
class Table:
    """A table with what is predicted.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n, d)
    target : Target
    columns : tuple of Column
    """

    X: Rows
    target: Target
    columns: tuple[Column, ...]

    def at(self, rows: np.ndarray) -> tuple[Rows, np.ndarray]:
        """Return some rows, and what is predicted in them."""
        return _safe_indexing(self.X, rows), self.target.values[rows]

    def described_by(self, rows: np.ndarray) -> Table:
        """Return the same table, whose columns are described by some of its rows.

        Raises
        ------
        InputError
            If no column can be used.
        """
        some = pd.DataFrame(_safe_indexing(self.X, rows))
        columns = describe_columns(some, by_name(self.X))
        if all(column.kind == "unused" for column in columns):
            told = "; ".join(f"{column.key!r:.60}: {column.note}" for column in columns[:5])
            raise InputError(
                f"Expected a column to predict from, got none that can be used: {told}."
            )
        return replace(self, columns=columns)


def read_rows(X: object) -> Rows:
    """Return a table as a frame, or an array of numbers as it is.

    Parameters
    ----------
    X : DataFrame, dict of columns, or array-like of numbers, shape (n, d)
        A DataFrame of pandas, or of a library that converts into one.

    Returns
    -------
    DataFrame or ndarray of shape (n, d)
        Columns have NumPy's types.

    Raises
    ------
    InputTypeError, InputError
        If it is no table.

    Examples
    --------
    >>> read_rows({"age": [20, 30]}).shape, read_rows([[1, 2], [3, 4]]).shape
    ((2, 1), (2, 2))
    """
    X = frame_of(X)
    if isinstance(X, pd.DataFrame):
        _check_names(X)
        found: Rows = plain_frame(X)
    else:
        found = _array_of(X)
    if not all(found.shape):
        raise InputError(f"Expected at least one row and one column, got X of shape {found.shape}.")
    return found


def _check_names(X: pd.DataFrame) -> None:
    names = [str(name) for name in X.columns]
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise InputError(f"Expected columns with different names, got {twice!r:.60} twice.")
    if len({isinstance(name, str) for name in X.columns}) > 1:
        raise InputError(
            f"Expected names of columns that are all texts, or none, got {list(X.columns)!r:.100}. "
            "Convert them: X.columns = X.columns.astype(str)."
        )


def _array_of(X: object) -> np.ndarray:
    if isinstance(X, str) or not hasattr(X, "__len__"):
        raise InputTypeError(f"Expected X as a DataFrame, a dict or an array, got {X!r:.60}.")
    try:
        found = np.asarray(X)
    except ValueError as error:
        raise InputError(f"Expected rows of equal length in X, got {error!s:.100}.") from error
    if found.ndim != 2 or found.dtype.kind not in "biuf":
        raise InputError(
            f"Expected an array of numbers of shape (n, d), got shape {found.shape} and dtype "
            f"{found.dtype}. Pass a DataFrame for columns of texts or of several types."
        )
    return found.astype(np.float64)


def by_name(X: Rows) -> bool:
    """Return whether columns can be referred to by their names."""
    return isinstance(X, pd.DataFrame) and all(isinstance(name, str) for name in X.columns)


def read_table(X: object, y: object, task: str | None = None) -> Table:
    """Return a table with what is predicted.

    Parameters
    ----------
    X : DataFrame, dict of columns, or array-like of numbers, shape (n, d)
    y : array-like of shape (n,)
    task : {"classification", "regression"}, optional

    Raises
    ------
    InputTypeError, InputError, ParameterError
        If X, y or the task cannot be used.
    """
    rows = read_rows(X)
    target = read_target(rows, y, task)
    return Table(rows, target, describe_columns(pd.DataFrame(rows), by_name(rows)))


def read_target(X: Rows, y: object, task: str | None) -> Target:
    """Return what is predicted.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n, d)
    y : array-like of shape (n,)
    task : {"classification", "regression"} or None
        None takes texts, bools, categories and at most 20 different whole numbers for
        classes.

    Returns
    -------
    Target

    Raises
    ------
    InputError, ParameterError
        If y has gaps, another length, or does not fit the task.
    """
    if task not in (None, *TASKS):
        raise ParameterError(f"Expected task to be None or one of {list(TASKS)}, got {task!r:.60}.")
    name = str(y.name) if isinstance(y, pd.Series) and y.name is not None else None
    values = values_of(X, y)
    if (task or _guess(values)) == "classification":
        return _read_classes(values, name)
    return _read_numbers(values, name)


def values_of(X: Rows, y: object) -> np.ndarray:
    """Return y as an array, or raise InputError if it has gaps, or does not fit to X."""
    if y is None:
        raise InputError("Expected y, what is to be predicted, got None.")
    check_order({"X": X, "y": y})
    series = y if isinstance(y, pd.Series) else pd.Series(_flat(y))
    if len(series) != len(X):
        raise InputError(
            f"Expected a target for each of {len(X)} rows of X, got {len(series)} in y."
        )
    gaps = int(series.isna().sum())
    if gaps:
        where = int(np.flatnonzero(series.isna())[0])
        raise InputError(
            f"Expected a target for each row, got {gaps} missing in y, first in row {where}. Drop "
            "these rows."
        )
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    return plain_column(series).to_numpy()


def _flat(y: object) -> object:
    if isinstance(y, pd.DataFrame):
        y = y.to_numpy()
    found = y if isinstance(y, np.ndarray) else np.asarray(y, dtype=None)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise InputError(f"Expected y of shape (n,), got {found.shape}.")
    return found


def _guess(values: np.ndarray) -> str:
    if values.dtype.kind not in "iuf":
        return TASKS[0]
    whole = bool((values == np.round(values)).all())
    return TASKS[0] if whole and len(np.unique(values)) <= _MOST_CLASSES else TASKS[1]


def _read_classes(values: np.ndarray, name: str | None) -> Target:
    if values.dtype == object and len({type(each) for each in values.tolist()}) > 1:
        raise InputError("Expected classes of one type in y, got several types. Convert them.")
    kind = str(type_of_target(values))
    if kind not in ("binary", "multiclass"):
        raise InputError(
            f"Expected classes in y with task='classification', got {kind} values. Pass "
            "task='regression' to predict numbers."
        )
    classes = np.unique(values)
    if len(classes) < 2:
        only = classes.tolist()[0]
        raise InputError(f"Expected at least two classes in y, got one: {only!r:.60}.")
    return Target(values, Task(TASKS[0]), classes, name)


def _read_numbers(values: np.ndarray, name: str | None) -> Target:
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Expected numbers in y with task='regression', got {error!s:.60}."
        ) from error
    if not np.isfinite(numbers).all():
        raise InputError("Expected finite numbers in y, got infinite ones.")
    if numbers.min() == numbers.max():
        raise InputError(f"Expected different numbers in y, got only {numbers[0]:g}.")
    return Target(numbers, Task(TASKS[1], bool(numbers.min() >= 0)), None, name)


def smallest_class(target: Target, rows: np.ndarray) -> Iterator[tuple[object, int]]:
    """Yield each class with its number of rows, the rarest first."""
    assert target.classes is not None
    counts = {one: 0 for one in target.classes.tolist()}
    for one in target.values[rows].tolist():
        counts[one] += 1
    yield from sorted(counts.items(), key=lambda each: each[1])
