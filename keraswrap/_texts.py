"""Whatever holds texts or pairs of them, read as columns."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from keraswrap._data import RowView
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

# How many rows an error names.
_NAMED = 5


@dataclass(frozen=True)
class Texts:
    """Rows of one text or two.

    Parameters
    ----------
    columns : tuple of lists of str
        The texts; two columns where rows are pairs.
    """

    columns: tuple[list[str], ...]

    def __len__(self) -> int:
        return len(self.columns[0])


def read_texts(X: object, *, empty: str = "error") -> Texts:
    """Read texts or pairs of them.

    Parameters
    ----------
    X : iterable of str, or rows of two
        As for :func:`check_texts`; or a table or an array with two columns of
        texts, or a list of pairs.
    empty : {"error", "allow"}, default="error"

    Raises
    ------
    InputTypeError, InputError, ParameterError
        As from :func:`check_texts`; or if there are more columns than that.
    """
    columns = table_columns(X)
    if columns is None:
        return Texts((check_texts(X, empty=empty),))
    numeric = [name for name, column in columns.items() if is_numeric(column)]
    if numeric or len(columns) != 2:
        numbers = f", of which {numeric[:20]} hold numbers" if numeric else ""
        raise InputError(
            "Expected one column of texts, or two that are pairs, got the columns "
            f"{list(columns)[:20]}{numbers}. Pass those that hold texts."
        )
    return Texts(tuple(check_texts(column, empty=empty) for column in columns.values()))


def table_columns(X: Any) -> dict[str, Sequence[object] | np.ndarray] | None:
    """Return the columns by name if there are several; None for a single one."""
    if isinstance(X, RowView) and len(X.names) > 1:
        return {name: X.rows.arrays[name][:] for name in X.names}
    names = None if isinstance(X, str | Mapping | RowView) else _column_names(X)
    if names is not None:
        return {str(name): X[name] for name in names} if len(names) > 1 else None
    shape: Sequence[int] = getattr(X, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        X = np.asarray(X)
        return {str(n): X[:, n] for n in range(shape[1])}
    if isinstance(X, list | tuple) and X and isinstance(X[0], list | tuple | np.ndarray):
        return {str(n): column for n, column in enumerate(_transposed(X))}
    return None


def _transposed(rows: Sequence[Sequence[object] | np.ndarray]) -> list[list[object]]:
    width = len(rows[0])
    for number, row in enumerate(rows):
        if not isinstance(row, list | tuple | np.ndarray) or len(row) != width or width < 2:
            raise InputTypeError(
                "Expected a text in each row, or a pair of texts in each, got "
                f"{row!r:.60} in row {number}."
            )
    return [list(column) for column in zip(*rows, strict=True)]


def is_numeric(column: Iterable[object]) -> bool:
    """Return whether a column holds numbers."""
    if hasattr(column, "to_pylist"):
        column = np.array(column.to_pylist())
    kind = getattr(getattr(column, "dtype", None), "kind", None)
    if kind is None:
        kind = np.array(list(column)).dtype.kind
    return kind in "biuf"


def check_texts(texts: object, *, empty: str = "error") -> list[str]:
    """Return texts as a list, or raise an error that names the entries that are not texts.

    All texts pass through here, whatever their container; a text is never taken for a
    path.

    Parameters
    ----------
    texts : iterable of str
        One text per row: a list, a tuple, a NumPy or Arrow array, a pandas Series, a
        column of a Hugging Face dataset, or a table with one column.
    empty : {"error", "allow"}, default="error"
        What to do with texts that contain only white space, in which there is nothing
        to learn or classify. If allowed, each becomes a row with only the two control
        tokens at its ends.

    Returns
    -------
    list of str

    Raises
    ------
    InputTypeError
        If `texts` is a single text or unordered, or an entry is not a string.
    InputError
        If there are no texts, one is empty or contains half a surrogate pair, or a
        table has several columns.
    ParameterError
        If `empty` has another value.

    Examples
    --------
    >>> check_texts(["It broke.", None])
    Traceback (most recent call last):
    keraswrap.exceptions.InputTypeError: Expected a text in each row, got None in row 1. ...
    """
    if empty not in ("error", "allow"):
        raise ParameterError(f"Expected empty to be 'error' or 'allow', got {empty!r}.")
    # One by one, so that an endless stream fails at its first row.
    rows = [_check_text(text, number) for number, text in enumerate(_iterate(texts))]
    if not rows:
        raise InputError("Expected at least one text, got none.")
    bare = [number for number, text in enumerate(rows) if not text.strip()]
    if bare and empty == "error":
        more = ", ..." if len(bare) > _NAMED else ""
        raise InputError(
            f"Expected a text in each row, got {len(bare)} of {len(rows)} without any, in row "
            f"{', '.join(map(str, bare[:_NAMED]))}{more}. Drop such rows, or allow them "
            "(empty='allow', where an estimator takes it)."
        )
    return rows


def check_optional_texts(texts: object) -> list[str | None]:
    """Return texts as a list, with None where one is missing or blank.

    Parameters
    ----------
    texts : iterable of str or missing
        As for :func:`check_texts`. None, NaN and pandas' NA are missing.

    Returns
    -------
    list of str or None

    Raises
    ------
    InputTypeError, InputError
        As from :func:`check_texts`, for what is neither a text nor missing.

    Examples
    --------
    >>> check_optional_texts(["It broke.", None, float("nan"), " "])
    ['It broke.', None, None, None]
    """
    entries = enumerate(_iterate(texts))
    rows = [None if _is_missing(one) else _check_text(one, number) for number, one in entries]
    if not rows:
        raise InputError("Expected at least one text, got none.")
    return [text if text is not None and text.strip() else None for text in rows]


def _is_missing(entry: object) -> bool:
    if entry is None or type(entry).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(entry, float | np.floating) and bool(np.isnan(entry))


def _iterate(texts: Any) -> Iterable[object]:
    """Return the entries of any container of texts."""
    if isinstance(texts, str | bytes | os.PathLike):
        kind = type(texts).__name__
        raise InputTypeError(f"Expected a list of texts, got one {kind}: wrap it.")
    if isinstance(texts, Mapping | AbstractSet):
        raise InputTypeError(
            f"Expected a list of texts, one per row, got a {type(texts).__name__}. Pass a list, or "
            "one column."
        )
    if isinstance(texts, RowView):
        if len(texts.names) > 1:
            raise InputError(_one_column(f"the columns {list(texts.names)[:20]}"))
        texts = np.asarray(texts)
    columns = _column_names(texts)
    if columns is not None:
        if len(columns) != 1:
            raise InputError(_one_column(f"the columns {[str(name) for name in columns][:20]}"))
        texts = texts[columns[0]]
    elif len(getattr(texts, "shape", (0,))) == 2:
        if texts.shape[1] != 1:
            raise InputError(_one_column(f"an array of shape {texts.shape}"))
        texts = texts[:, 0]
    if hasattr(texts, "to_pylist"):  # Arrow's scalars are not strings
        return texts.to_pylist()
    try:
        return iter(texts)
    except TypeError as error:
        raise InputTypeError(f"Expected a list of texts, got {texts!r:.60}.") from error


def column_of(texts: object) -> str | None:
    """Return the name of the text column; None if it has none.

    Examples
    --------
    >>> import pandas as pd
    >>> column_of(pd.Series(["good"], name="review")), column_of(["good"])
    ('review', None)
    """
    columns = _column_names(texts)
    if columns is not None:
        return str(columns[0]) if len(columns) == 1 else None
    name = getattr(texts, "name", None)
    return name if isinstance(name, str) and name else None


def _column_names(texts: object) -> list[Hashable] | None:
    """Name the columns of a table: pandas', polars', Arrow's, Hugging Face's."""
    for attribute in ("column_names", "columns"):
        names = getattr(texts, attribute, None)
        if names is not None and not isinstance(names, str) and not callable(names):
            return list(names)
    return None


def _one_column(got: str) -> str:
    return f"Expected one column of texts, got {got}. Pass the one that holds the texts."


def _check_text(text: object, number: int) -> str:
    if not isinstance(text, str):
        todo = "Decode it" if isinstance(text, bytes) else "Drop such rows"
        raise InputTypeError(
            f"Expected a text in each row, got {text!r:.60} in row {number}. {todo}, "
            "or put a text in its place."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"Expected text that is valid Unicode, got half a character in row {number}: {error}. "
            "Decode the bytes again with errors='replace'."
        ) from error
    return str(text)  # converts NumPy's strings
