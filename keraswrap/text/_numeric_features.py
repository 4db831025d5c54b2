"""Tables with one column of texts and columns of numbers: told apart, checked and standardized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._data import RowView
from keraswrap._texts import is_numeric, table_columns
from keraswrap.exceptions import InputError, InputTypeError

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class Scaling:
    """Mean and scale of each column of numbers, learned from the rows that a fit trains on.

    Parameters
    ----------
    names : tuple of str
        The columns, in the order in which a net reads them.
    mean, scale : ndarray of shape (k,), float64
        A column with one value has the scale 1.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def learn(cls, columns: Mapping[str, np.ndarray], used: np.ndarray) -> Self:
        """Learn from columns of numbers, in the rows that `used` marks."""
        table = np.column_stack(list(columns.values()))[used]
        deviation = table.std(axis=0)
        return cls(tuple(columns), table.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def apply(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the columns standardized, in the order of the fit.

        Returns
        -------
        ndarray of shape (n, k), float32

        Raises
        ------
        InputError
            If columns are missing, or there are others.
        """
        missing = [name for name in self.names if name not in columns]
        others = [name for name in columns if name not in self.names]
        if missing or others:
            raise InputError(
                f"Expected the columns of numbers that fit was given, {list(self.names)[:20]}, "
                f"got a table without {missing[:20]} and with {others[:20]} besides. Pass the "
                "same columns."
            )
        table = np.column_stack([columns[name] for name in self.names])
        return ((table - self.mean) / self.scale).astype("float32")


def split_columns(X: object) -> tuple[object, dict[str, np.ndarray]]:
    """Separate the text column from the number columns.

    Parameters
    ----------
    X : DataFrame, dict of columns, RowView, or another table with named columns
        A column of numbers may have the shape (n, j): it counts as j columns.

    Returns
    -------
    texts : column
    numbers : dict of str to ndarray of shape (n,), float64

    Raises
    ------
    InputTypeError
        If X has no named columns.
    InputError
        If there is not one column of texts, or none of numbers; or a number is
        missing or infinite.

    Examples
    --------
    >>> texts, numbers = split_columns({"text": ["good", "bad"], "stars": [5, 1]})
    >>> texts, numbers["stars"].tolist()
    (['good', 'bad'], [5.0, 1.0])
    """
    columns = dict(X) if isinstance(X, Mapping) and not isinstance(X, RowView) else table_columns(X)
    if columns is None:
        raise InputTypeError(
            "Expected a DataFrame, or a dict of columns, with one column of texts and columns of "
            f"numbers, as numeric_features=True says, got {type(X).__name__}. Pass both kinds, or "
            "numeric_features=False for texts alone."
        )
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Expected columns of one length, got the lengths {lengths}.")
    numeric = [name for name, column in columns.items() if is_numeric(column)]
    others = [name for name in columns if name not in numeric]
    if len(others) != 1 or not numeric:
        raise InputError(
            "Expected one column of texts and at least one of numbers, got "
            f"{others[:20]} without numbers and {numeric[:20]} with numbers. Encode categories as "
            "numbers, for instance with a OneHotEncoder, and leave other columns out."
        )
    found: dict[str, np.ndarray] = {}
    for name in numeric:
        found |= _single_columns(str(name), columns[name])
    return columns[others[0]], found


def _single_columns(name: str, column: object) -> dict[str, np.ndarray]:
    values = _to_float(column)
    if values.ndim > 2:
        raise InputError(
            f"Expected a number, or a row of them, in each row of {name!r}, got the shape "
            f"{values.shape}."
        )
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        value = values[tuple(bad[0])]
        raise InputError(
            f"Expected finite numbers in the column {name!r}, got {value} in row {bad[0][0]}. "
            "Impute them, for instance with a SimpleImputer, or drop such rows."
        )
    if values.ndim == 1:
        return {name: values}
    return {f"{name}[{place}]": values[:, place] for place in range(values.shape[1])}


def _to_float(column: object) -> np.ndarray:
    if hasattr(column, "isna"):  # pandas: its own missing values too
        return np.asarray(column.to_numpy(dtype="float64", na_value=np.nan))  # type: ignore[attr-defined]
    return np.asarray(column, dtype="float64")
