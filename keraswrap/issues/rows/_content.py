"""Whatever rows come in, as texts, numbers and columns; what is missing stays to be found."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from keraswrap._data import LONE, RowData, RowView, as_rows, open_rows
from keraswrap.exceptions import InputError
from keraswrap.issues.rows._kinds.id_columns import name_id_columns
from keraswrap.issues.rows._neighbors import Features

if TYPE_CHECKING:
    from keraswrap.issues.rows._groups import Rows

__all__ = ["Content", "read_content", "standardize"]

# Most columns of a matrix that are examined individually.
_MANY = 100


@dataclass(frozen=True, eq=False)
class Content:
    """What rows hold.

    Parameters
    ----------
    row_ids : ndarray of shape (n,)
        The index of a frame or series, else 0 to n - 1.
    columns : mapping of str to ndarray of shape (n,)
        Single columns, by name; a lone one is named ``""``.
    id_columns : tuple of str
        Those that only tell rows apart.
    text_columns : tuple of str
        Those of text that is no id and no name of a category.
    texts : ndarray of shape (n,) of str, or None
        The columns of text, joined by line ends.
    numbers : ndarray or sparse matrix of shape (n, d), or None
        Where there is no text: all numbers, but for the ids, and names of
        categories as numbers.
    in_units : bool
        Whether columns of numbers are in units of their own, as a frame's are.
    has_distances : bool
        Whether `numbers` are measures, of which one may be near another.
    missing : ndarray of shape (n,), bool
        Rows in whose numbers something is missing or infinite.
    """

    n: int
    row_ids: np.ndarray
    columns: Mapping[str, np.ndarray]
    id_columns: tuple[str, ...]
    text_columns: tuple[str, ...]
    texts: np.ndarray | None
    numbers: Features | None
    in_units: bool
    has_distances: bool
    missing: np.ndarray

    @property
    def rows(self) -> Rows | None:
        """Texts or numbers: what two rows are compared by; None if there is neither."""
        return self.numbers if self.texts is None else self.texts


def read_content(X: object, like: Content | None = None) -> Content:
    """Read rows of any kind that a fit may be given, gaps and all.

    Parameters
    ----------
    X : array-like, texts, Series, DataFrame, sparse matrix, dict of arrays, or dataset
    like : Content, optional
        Rows whose columns say what these columns are: ids, texts or others.

    Raises
    ------
    InputError, InputTypeError
        If X holds no rows that can be indexed, columns of unequal length, or
        other columns than `like`.

    Examples
    --------
    >>> read_content({"review": ["It works so well", None], "stars": [5, 1]}).texts.tolist()
    ['It works so well', '']
    """
    row_ids = X.index.to_numpy() if isinstance(X, pd.DataFrame | pd.Series) else None
    arrays = _arrays(X)
    lengths = {values.shape[0] for values in arrays.values()}
    if len(lengths) != 1:
        raise InputError(f"Expected columns of one length in X, got lengths {sorted(lengths)}.")
    n = lengths.pop()
    columns, wide = _split(arrays)
    if like is None:
        ids = tuple(name_id_columns(columns)) if len(columns) + len(wide) > 1 else ()
        text_columns = tuple(_find_texts(columns, ids))
    else:
        _check_columns(columns, like)
        ids, text_columns = like.id_columns, like.text_columns
    kept = {name: values for name, values in columns.items() if name not in ids}
    prose = [_as_texts(columns[name]) for name in text_columns]
    numbers, missing = (None, np.zeros(n, bool)) if prose else _numbers(kept, wide, n)
    return Content(
        n=n,
        row_ids=np.arange(n) if row_ids is None else row_ids,
        columns=columns,
        id_columns=ids,
        text_columns=text_columns,
        texts=_join(prose) if prose else None,
        numbers=numbers,
        in_units=isinstance(X, pd.DataFrame | Mapping) and not sparse.issparse(numbers),
        has_distances=numbers is not None and all(v.dtype != object for v in kept.values()),
        missing=missing,
    )


def _find_texts(columns: Mapping[str, np.ndarray], ids: tuple[str, ...]) -> Iterator[str]:
    for name, values in columns.items():
        texts = values.dtype == object and name not in ids
        if texts and (len(columns) == 1 or is_prose(values)):
            yield name


def is_prose(values: np.ndarray) -> bool:
    """Return whether values are prose: three words on average, or as many letters elsewhere."""
    texts = [text for text in values.tolist() if text]
    words = sum(any(map(str.isalpha, word)) for text in texts for word in text.split())
    return words >= 3 * len(texts) or sum(map(str.isalpha, "".join(texts))) >= 20 * len(texts)


def _check_columns(columns: Mapping[str, np.ndarray], like: Content) -> None:
    if set(columns) != set(like.columns):
        raise InputError(
            f"Expected test data with the columns {[*like.columns]!r:.200}, got "
            f"{[*columns]!r:.200}. Pass the same columns of both."
        )


def _as_texts(values: np.ndarray) -> np.ndarray:
    # If every text is missing, a column looks numeric.
    return values if values.dtype == object else _clean(values.astype(object), text=True)


def _join(texts: list[np.ndarray]) -> np.ndarray:
    joined = np.empty(len(texts[0]), dtype=object)
    joined[:] = ["\n".join(row) for row in zip(*texts, strict=True)]
    return joined


def _arrays(X: object) -> dict[str, Features]:
    if X is None:
        raise InputError("Expected rows in X, got None.")
    if sparse.issparse(X):
        return {LONE: sparse.csr_matrix(X)}
    if isinstance(X, pd.DataFrame):
        if not X.columns.is_unique:
            raise InputError("Expected columns of different names in X, got some more than once.")
        return {str(name): _clean(X[name].to_numpy(dtype=_kind(X[name]))) for name in X.columns}
    X = X.X if isinstance(X, RowData) else X
    if isinstance(X, RowView):
        return {name: _column(values) for name, values in X.rows.arrays.items()}
    if isinstance(X, Mapping):
        return {str(name): _column(values) for name, values in X.items()}
    return _lone(X)


def _lone(X: object) -> dict[str, Features]:
    if isinstance(X, list | tuple | pd.Series | pd.Index | np.ndarray):
        return {LONE: _column(X)}
    X = open_rows(X)
    rows = as_rows(X)  # refuses what is no data
    arrays = {LONE: X} if rows is None else rows.arrays
    return {name: _column(values) for name, values in arrays.items()}


def _column(values: object) -> Features:
    if sparse.issparse(values):
        return sparse.csr_matrix(values)
    if isinstance(values, pd.Series | pd.Index):
        return _clean(values.to_numpy(dtype=_kind(values)))
    try:
        # As objects, since NumPy would turn numbers among texts into texts.
        array = values if hasattr(values, "dtype") else np.array(values, dtype=object)
        array = np.asarray(array)
    except ValueError as error:
        raise InputError(f"Expected rows of equal length in X, got {error}.") from error
    if array.ndim == 0:
        raise InputError(
            f"Expected rows in X, got the single {type(values).__name__} {values!r:.40}."
        )
    if array.dtype == object and any(isinstance(v, list | tuple | np.ndarray) for v in array.flat):
        raise InputError(
            "Expected rows of equal length in X, got lists of others. Pad or cut them."
        )
    return _clean(array)


def _kind(values: pd.Series | pd.Index) -> np.dtype | type:
    plain = isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufmM"
    return values.dtype if plain else object


def _clean(array: np.ndarray, text: bool = False) -> np.ndarray:
    """Return numbers unchanged and all else as str, with empty texts for missing values."""
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind in "mM":
        return np.where(np.isnat(array), np.nan, array.astype(np.int64).astype(np.float64))
    if array.dtype.kind == "O" and array.size and not text:
        gaps = pd.isna(array)
        if all(isinstance(v, int | float | np.number) for v in array[~gaps].ravel()):
            return np.where(gaps, np.nan, array).astype(np.float64)
    texts = [_text(value) for value in array.ravel().tolist()]
    cleaned = np.empty(array.size, dtype=object)
    cleaned[:] = texts
    return cleaned.reshape(array.shape)


def _text(value: ArrayLike) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    return "" if np.ndim(value) == 0 and pd.isna(value) else str(value)


def _split(arrays: Mapping[str, Features]) -> tuple[dict[str, np.ndarray], list[Features]]:
    """Part single columns, by name, from matrices of many numbers."""
    columns, wide = {}, []
    for name, values in arrays.items():
        if values.ndim == 1:
            columns[name] = values
        elif values.ndim == 2 and (values.dtype == object or values.shape[1] <= _MANY):
            many = not sparse.issparse(values) and values.shape[1] > 1
            dense = (
                cast("sparse.csr_matrix", values).toarray() if sparse.issparse(values) else values
            )
            columns |= {
                f"{name}[{j}]" if many else name: dense[:, j] for j in range(dense.shape[1])
            }
        else:
            wide.append(values if sparse.issparse(values) else values.reshape(len(values), -1))
    return columns, wide


def _numbers(
    columns: Mapping[str, np.ndarray], wide: list[Features], n: int
) -> tuple[Features | None, np.ndarray]:
    """Return a matrix of all numbers, missing ones replaced by the mean, and its rows."""
    coded = [_code(v) if v.dtype == object else v for v in columns.values()]
    parts = wide + [values[:, None].astype(np.float64) for values in coded]
    if not parts or not n:
        return None, np.zeros(n, bool)
    if any(map(sparse.issparse, parts)):
        return sparse.csr_matrix(sparse.hstack(parts)), np.zeros(n, bool)
    matrix = np.hstack(parts).astype(np.float64)
    bad = ~np.isfinite(matrix)
    if not bad.any():
        return matrix, np.zeros(n, bool)
    sums, counts = np.where(bad, 0, matrix).sum(axis=0), (~bad).sum(axis=0)
    return np.where(bad, sums / np.maximum(counts, 1), matrix), np.asarray(bad.any(axis=1))


def _code(names: np.ndarray) -> np.ndarray:
    # Equal names get equal numbers in training and test data.
    return np.array([zlib.crc32(name.encode("utf-8", "surrogatepass")) for name in names.tolist()])


def standardize(numbers: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Scale numbers by the standard deviations of others, column by column.

    Examples
    --------
    >>> standardize(np.array([[3.0]]), np.array([[1.0], [3.0]])).tolist()
    [[1.0]]
    """
    spread = like.std(axis=0)
    return (numbers - like.mean(axis=0)) / np.where(spread > 0, spread, 1)
