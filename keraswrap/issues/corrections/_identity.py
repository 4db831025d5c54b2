"""Identify a dataset, so that decisions are applied only to their own. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap._data import LONE, LazyColumn, align, as_inputs, as_rows, open_rows
from keraswrap._tables.cells import texts_of
from keraswrap._tables.joined import held_by_arrow, join_with_lengths
from keraswrap.issues.corrections._selection import Labels

__all__ = ["hash_data"]

# Number of texts to join at a time.
_PIECE = 1 << 16


def hash_data(X: object, y: Labels) -> str:
    """Return a short hash that equal rows and labels share, whatever container they are in.

    Parameters
    ----------
    X : array-like, DataFrame, sparse matrix, texts, dict of arrays, dataset, or None
        Rows; their order matters, and their index only if that of y holds the same
        values in another order. None if there are only probabilities and labels.
    y : array-like of shape (n,)
        Labels, which are compared as text.

    Returns
    -------
    str
        16 hexadecimal digits of BLAKE2b (RFC 7693).

    Examples
    --------
    >>> hash_data(["a", "b"], [0, 1]) == hash_data(np.array(["a", "b"]), ["0", "1"])
    True
    >>> hash_data(["a", "b"], [0, 1]) == hash_data(["b", "a"], [0, 1])
    False
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in _parts(*align({"X": as_inputs(X, len(y)), "y": y}).values()):
        digest.update(part)
    return digest.hexdigest()


class TextsHash:
    """What `hash_data` returns for texts that come in parts, with labels known before.

    Parameters
    ----------
    different : sequence
        Each different label.
    codes : ndarray of shape (n,), int
        Which of these a row has.

    Examples
    --------
    >>> found = TextsHash(["x", "y"], np.array([0, 1, 0]))
    >>> for part in (["a", "b"], ["c"]):
    ...     found.add(pd.Series(part))
    >>> found.hexdigest() == hash_data(["a", "b", "c"], ["x", "y", "x"])
    True
    """

    def __init__(self, different: Sequence[object], codes: np.ndarray) -> None:
        self._digest = hashlib.blake2b(digest_size=8)
        for part in _coded(different, codes):
            self._digest.update(part)
        self._digest.update(b"column " + _texts([LONE]))

    def add(self, texts: pd.Series) -> None:
        """Add the next texts; a missing one is empty.

        Raises
        ------
        InputError
            If one is bytes, a list or an object.
        """
        known = held_by_arrow(texts)
        self._digest.update(join_with_lengths(texts) if known else _texts(texts_of(texts)))

    def hexdigest(self) -> str:
        """Return the hash of all that was added."""
        return self._digest.hexdigest()


def _parts(X: object, y: object) -> Iterator[bytes]:
    yield from _labels(y)
    for name, array in columns_of(X).items():
        yield b"column " + _texts([name])
        chunks = array.chunks() if isinstance(array, LazyColumn) else [array]
        for chunk in chunks:
            yield from _chunk(chunk)


def columns_of(X: object) -> dict[str, np.ndarray | sparse.spmatrix | LazyColumn]:
    if X is None:
        return {}
    X = open_rows(X)
    rows = as_rows(X)
    if rows is not None:
        return dict(rows.arrays)
    return {LONE: X if sparse.issparse(X) else np.asarray(X)}


def _chunk(chunk: np.ndarray | sparse.spmatrix) -> Iterator[bytes]:
    # Chunk boundaries must not affect the hash: files have other chunks than lists.
    if sparse.issparse(chunk):
        rows = sparse.csr_matrix(chunk)
        rows.sum_duplicates()
        yield from (np.asarray(part, np.float64).tobytes() for part in (rows.data, rows.indices))
        yield np.asarray(rows.indptr, np.float64).tobytes()
    elif chunk.dtype.kind in "OUST":
        yield from _many(np.asarray(chunk, dtype=object).ravel())
    else:
        yield np.ascontiguousarray(chunk, dtype=np.float64).tobytes()


def _labels(y: object) -> Iterator[bytes]:
    """Yield what `_many` yields, for millions of labels with few distinct values."""
    given = y if isinstance(y, np.ndarray | pd.Series) else np.asarray(y, dtype=object)
    codes, different = pd.factorize(np.asarray(given).ravel(), use_na_sentinel=False)
    return _coded(different.tolist(), codes)


def _coded(different: Sequence[object], codes: np.ndarray) -> Iterator[bytes]:
    coded = [_texts([label]) for label in different]
    for start in range(0, len(codes), _PIECE):
        yield b"".join([coded[code] for code in codes[start : start + _PIECE].tolist()])


def _many(values: np.ndarray) -> Iterator[bytes]:
    # In chunks: there may be millions.
    return (
        _texts(values[start : start + _PIECE].tolist()) for start in range(0, len(values), _PIECE)
    )


def _texts(values: Iterable[object]) -> bytes:
    coded = (str(value).encode("utf-8", "surrogatepass") for value in values)
    # Lengths come first, so that one text cannot be mistaken for two.
    return b"".join(b"%d:%s" % (len(text), text) for text in coded)


def row_ids(X: object, y: object) -> np.ndarray | None:
    """Return the ids of rows: the index of a DataFrame or Series; None if there is none.

    Examples
    --------
    >>> row_ids(pd.Series(["a", "b"], index=[7, 9]), None).tolist()
    [7, 9]
    """
    for given in (X, y):
        if isinstance(given, pd.DataFrame | pd.Series):
            return given.index.to_numpy()
    return None
