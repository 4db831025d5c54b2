"""Find rows that are copies of each other: split between folds, they confirm wrong labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import _num_samples

from keraswrap._data import LazyColumn
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues.corrections._identity import columns_of
from keraswrap.issues.labels._folds import Splits
from keraswrap.issues.rows._content import is_prose
from keraswrap.issues.rows._groups import exact_codes, group_texts, normalize_text, row_keys

__all__ = [
    "check_copies",
    "check_texts_differ",
    "copies_among",
    "count_copies",
    "find_copies",
    "known_copies",
]

# Maximum number of texts to search for near copies: 50,000 take about 10 s, and time is linear.
_MOST = 200_000
# Equal rows of numbers are copies if chance would produce fewer equal rows than this.
_CHANCE = 0.05
_CHUNK = 4096

# A column of data: in memory, sparse, or on disk.
Column: TypeAlias = np.ndarray | sparse.csr_matrix | LazyColumn


def find_copies(X: object, near: bool = True) -> np.ndarray:
    """Find the rows that are copies of others.

    Parameters
    ----------
    X : texts, array-like, DataFrame, sparse matrix, dict of arrays, or RowView
        Texts are copies if they differ only in form or share most of their shingles, as
        for `group_texts`; a DataFrame with columns of prose is compared by these. Rows
        of numbers and names are copies if all values are equal and chance does not
        explain it: two rows that share a size and a color are not copies.
    near : bool, default=True
        Whether nearly identical texts count as copies, for up to 200,000 texts.

    Returns
    -------
    ndarray of shape (n,), int
        A number shared by copies; -1 for rows without a copy.

    Examples
    --------
    >>> find_copies(["It works great!", "no", "works great", "no."]).tolist()
    [0, 1, 0, 1]
    """
    columns = columns_of(X)
    prose = prose_of(columns)
    if prose is None:
        return _numbered(_of_values(columns))
    if near and len(prose) <= _MOST:
        return group_texts(prose).codes
    return _numbered(exact_codes(prose))


def check_copies(copies: object) -> None:
    """Raise ParameterError unless the setting is a word for it, or what `find_copies` returned.

    Examples
    --------
    >>> check_copies("together"), check_copies(find_copies(["no", "yes"]))
    (None, None)
    """
    if isinstance(copies, np.ndarray) and copies.ndim == 1 and copies.dtype.kind in "iu":
        return
    if not isinstance(copies, str) or copies not in ("together", "apart"):
        raise ParameterError(
            f"Expected copies to be 'together' or 'apart', or what find_copies returned, got "
            f"{copies!r:.60}. Rows that belong together for another reason are groups=."
        )


def known_copies(X: object, copies: str | np.ndarray) -> np.ndarray | None:
    """Return the copies that are to stay together: as passed, or found; None for none.

    Raises
    ------
    InputError
        If copies of other rows were passed.

    Examples
    --------
    >>> known_copies(["no", "no"], "together").tolist(), known_copies(["no", "no"], "apart")
    ([0, 0], None)
    """
    if isinstance(copies, str):
        return find_copies(X) if copies == "together" else None
    if len(copies) != _num_samples(X):
        raise InputError(
            f"Expected copies among the {_num_samples(X):,} rows of X, got those among "
            f"{len(copies):,} rows. Pass find_copies(X), or copies='together'."
        )
    return copies


def copies_among(copies: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the copies among some of the rows.

    Examples
    --------
    >>> copies_among(np.array([0, 1, 0, 1, -1]), np.array([1, 2, 3])).tolist()
    [0, -1, 0]
    """
    return _numbered(copies[rows])


def check_texts_differ(X: object, given: np.ndarray) -> None:
    """Raise InputError if all texts are identical, so that no model can tell them apart.

    Examples
    --------
    >>> check_texts_differ(["same", "Same!"], np.array(["a", "b"]))
    Traceback (most recent call last):
    keraswrap.exceptions.InputError: Expected texts that differ, got one text 2 times, ...
    """
    texts = prose_of(columns_of(X)) or []
    first = normalize_text(texts[0]) if texts else ""
    if not first or any(normalize_text(text) != first for text in texts):
        return
    counts = Counter(given.tolist()).most_common(5)
    named = ", ".join(f"{label!r:.60} ({n:,})" for label, n in counts)
    raise InputError(
        f"Expected texts that differ, got one text {len(texts):,} times, {texts[0]!r:.60}, with "
        f"the labels {named}. Nothing in it tells these labels apart, so no model can say which "
        "are wrong. Decide once which label it has, or see whether this is the right column."
    )


def prose_of(columns: dict[str, Column]) -> list[str] | None:
    """Join the columns of prose into one text per row; return None if there is no such column.

    Examples
    --------
    >>> prose_of({"said": np.array(["It works.", "It broke."], dtype=object)})
    ['It works.', 'It broke.']
    """
    flat = {name: array for name, array in columns.items() if _is_flat(array)}
    texts = {name: values for name, array in flat.items() if (values := _texts(array)) is not None}
    if len(columns) > 1:
        texts = {name: values for name, values in texts.items() if is_prose(np.array(values, "O"))}
    rows = zip(*texts.values(), strict=True)
    return ["\n".join(row) for row in rows] if texts else None


def _is_flat(array: Column) -> bool:
    return not sparse.issparse(array) and (len(array.shape) == 1 or array.shape[1:] == (1,))


def _texts(array: Column) -> list[str] | None:
    """Return the texts of a column; None if it holds anything else."""
    if array.dtype.kind not in "OU":
        return None
    chunks = array.chunks() if isinstance(array, LazyColumn) else [array]
    values = [value for chunk in chunks for value in np.asarray(chunk, dtype=object).ravel()]
    return values if all(isinstance(value, str) for value in values) else None


def _numbered(codes: np.ndarray) -> np.ndarray:
    """Renumber the codes that occur more than once, and set all others to -1."""
    shared = codes >= 0
    shared[shared] = np.bincount(codes[shared])[codes[shared]] > 1
    numbered = np.full(len(codes), -1)
    numbered[shared] = pd.factorize(codes[shared])[0]
    return numbered


def _of_values(columns: dict[str, Column]) -> np.ndarray:
    codes = _join_codes([_row_codes(array) for array in columns.values()])
    copies = _numbered(codes)
    rows = np.flatnonzero(copies >= 0)
    if not len(rows):
        return copies
    expected = _by_chance(columns, rows)
    copies[rows[expected >= _CHANCE]] = -1
    return copies


def _row_codes(array: Column) -> np.ndarray:
    """Return a number for each row of a column, the same for equal rows."""
    if not sparse.issparse(array) and len(array.shape) == 1 and not isinstance(array, LazyColumn):
        return np.asarray(pd.factorize(array, use_na_sentinel=False)[0])
    digests = [_digest(key) for chunk in _chunks(array) for key in _keys(chunk)]
    return np.asarray(pd.factorize(np.array(digests, dtype=object))[0])


def _digest(key: object) -> bytes:
    raw = key if isinstance(key, bytes) else str(key).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=12).digest()


def _keys(chunk: Column) -> Sequence[Hashable]:
    if sparse.issparse(chunk) or chunk.dtype.kind in "biuf":
        return row_keys(chunk)
    return [repr(row.tolist()) for row in np.asarray(chunk, dtype=object)]


def _chunks(array: Column) -> Iterator[Column]:
    if isinstance(array, LazyColumn):
        return array.chunks()
    whole = sparse.csr_matrix(array) if sparse.issparse(array) else array
    return (whole[start : start + _CHUNK] for start in range(0, whole.shape[0], _CHUNK))


def _join_codes(codes: list[np.ndarray]) -> np.ndarray:
    joined = codes[0]
    for other in codes[1:]:
        joined = pd.factorize(joined * (other.max(initial=0) + 1) + other)[0]
    return np.asarray(joined)


def _by_chance(columns: dict[str, Column], rows: np.ndarray) -> np.ndarray:
    """Return how many rows would equal each of `rows` if the columns were independent."""
    expected: np.ndarray | None = None
    for share, n in _shares(columns, rows):
        expected = share * n if expected is None else expected * share
        if (expected < _CHANCE).all():
            break
    # Columns on disk hold images or long arrays, which are not equal by chance.
    return np.zeros(len(rows)) if expected is None else expected


def _shares(columns: dict[str, Column], rows: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    """Yield, column by column, the share of all rows that equal each of `rows` there."""
    for array in columns.values():
        if isinstance(array, LazyColumn):
            continue
        if sparse.issparse(array):
            yield _sparse_share(sparse.csr_matrix(array), rows), array.shape[0]
            continue
        flat = array.reshape(len(array), -1)
        for j in range(flat.shape[1]):
            codes = pd.factorize(flat[:, j], use_na_sentinel=False)[0]
            yield np.bincount(codes)[codes[rows]] / len(codes), len(codes)


def _sparse_share(matrix: sparse.csr_matrix, rows: np.ndarray) -> np.ndarray:
    # Only stored values count: zeros say little, and there are too many of them.
    values = pd.factorize(matrix.data)[0].astype(np.int64)
    pairs = pd.factorize(values * matrix.shape[1] + matrix.indices)[0]
    logs = np.log(np.bincount(pairs)[pairs] / matrix.shape[0])
    logs = sparse.csr_matrix((logs, matrix.indices, matrix.indptr), matrix.shape)
    return np.asarray(np.exp(logs[rows].sum(axis=1))).ravel()


def count_copies(copies: np.ndarray, splits: Splits | None = None) -> dict[str, int | None]:
    """Count copies, and how many of them are split between folds.

    Parameters
    ----------
    copies : ndarray of shape (n,), int
        As returned by `find_copies`.
    splits : sequence of (train, test), optional
        None if unknown.

    Returns
    -------
    dict
        ``groups`` and ``rows``; ``apart`` and ``rows_apart``, those of them that are
        trained on in a split that holds out a copy, or None.

    Examples
    --------
    >>> splits = [(np.array([2, 3]), np.array([0, 1])), (np.array([0, 1]), np.array([2, 3]))]
    >>> count_copies(np.array([0, 0, 1, 1]), splits)
    {'groups': 2, 'rows': 4, 'apart': 0, 'rows_apart': 0}
    """
    bound = copies[copies >= 0]
    told = {"groups": len(np.unique(bound)), "rows": len(bound)}
    if splits is None:
        return {**told, "apart": None, "rows_apart": None}
    apart: set[int] = set()
    for train, test in splits:
        apart.update(np.intersect1d(copies[train], copies[test]).tolist())
    parted = np.array(sorted(apart - {-1}), dtype=int)
    return {**told, "apart": len(parted), "rows_apart": int(np.isin(bound, parted).sum())}
