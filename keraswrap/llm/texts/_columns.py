"""The output columns: their types in arrays and in frames."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import datetime

__all__ = ["Column", "Value", "make_table", "name_column"]

Value: TypeAlias = "str | float | datetime.date | None"
# Types of pandas' columns. Other texts and dates are objects in an array.
_PANDAS = {"text": "str", "number": "float64", "date": "datetime64[s]"}


@dataclass(frozen=True)
class Column:
    """An output column.

    Parameters
    ----------
    name : str
    kind : {"text", "number", "date"}, default="text"
    """

    name: str
    kind: Literal["text", "number", "date"] = "text"


def name_column(column: str | None, name: str) -> str:
    """Prefix a column's name with that of the text column, if it has one.

    Examples
    --------
    >>> name_column("review", "summary"), name_column(None, "summary")
    ('review_summary', 'summary')
    """
    return name if column is None else f"{column}_{name}"


def make_table(
    rows: Sequence[Sequence[Value]], columns: Sequence[Column], container: str, like: object
) -> object:
    """Return rows as an array or a frame; a number that is missing is NaN.

    Parameters
    ----------
    rows : sequence of sequence of value, shape (n, k)
    columns : sequence of Column
    container : {"default", "pandas", "polars"}
        As in scikit-learn's `set_output`.
    like : object
        Whose index a pandas frame gets, if it has one.

    Returns
    -------
    ndarray of shape (n, k), or a frame
        An array of float64 if all columns are numbers, else of objects.
    """
    values = [_column_values(rows, n, each.kind) for n, each in enumerate(columns)]
    if container == "pandas":
        return _as_pandas(values, columns, like)
    if container == "polars":
        polars = importlib.import_module("polars")
        kinds = {"text": polars.String, "number": polars.Float64, "date": polars.Date}
        series = [
            polars.Series(each.name, [None if each.kind == "number" and v != v else v for v in vs],
                          dtype=kinds[each.kind], strict=False)
            for each, vs in zip(columns, values, strict=True)
        ]  # fmt: skip
        return polars.DataFrame(series)
    numeric = all(each.kind == "number" for each in columns)
    made = np.empty((len(rows), len(columns)), dtype="float64" if numeric else object)
    for n, column in enumerate(values):
        made[:, n] = column
    return made


def _column_values(rows: Sequence[Sequence[Value]], n: int, kind: str) -> list[Value]:
    missing = float("nan") if kind == "number" else None
    return [missing if row[n] is None else row[n] for row in rows]


def _as_pandas(values: list[list[Value]], columns: Sequence[Column], like: object) -> object:
    import pandas as pd

    index = like.index if isinstance(like, pd.DataFrame | pd.Series) else None
    series = [
        pd.Series(column, dtype=_PANDAS[each.kind], index=index, name=each.name)
        for each, column in zip(columns, values, strict=True)
    ]
    return pd.concat(series, axis=1)
