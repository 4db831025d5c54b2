"""Rows that are copies of others, or nearly so. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from keraswrap.issues.rows._minhash import TextIndex, sketch_all
from keraswrap.issues.rows._neighbors import Features, Neighbors

__all__ = [
    "Groups",
    "exact_codes",
    "group_texts",
    "group_vectors",
    "normalize_text",
]


Rows: TypeAlias = Sequence[str] | Features

_ENDS = " .,;:!?…\"'"


def normalize_text(text: str) -> str:
    """Return the key shared by texts that differ only in form.

    Returns
    -------
    str
        In Unicode's form NFKC, case folded, white space as single blanks,
        without stops and quotes at its ends, unless there is nothing else.

    Examples
    --------
    >>> normalize_text("  It  WORKS great!! ")
    'it works great'
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return plain.strip(_ENDS) or plain


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that are one and the same, or nearly.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        The group of each row, from 0 in the order of the rows; -1 for rows
        that are like no other.
    similarity : ndarray of shape (n,)
        To the nearest of the group: 1 for copies, 0 for rows in no group.
    exact : ndarray of shape (n,), int
        A number that copies share; -1 for empty texts.
    """

    codes: np.ndarray
    similarity: np.ndarray
    exact: np.ndarray

    @property
    def copies(self) -> np.ndarray:
        """Whether another row is an exact copy, of shape (n,)."""
        return self.similarity == 1


def exact_codes(rows: Rows) -> np.ndarray:
    """Return a number for each row that its copies share.

    Parameters
    ----------
    rows : sequence of str, ndarray of shape (n, d), or sparse matrix
        Texts go by `normalize_text`, and empty ones are like no other (-1).

    Returns
    -------
    ndarray of shape (n,), int

    Examples
    --------
    >>> exact_codes(["Great!", "", "great", "bad"]).tolist()
    [0, -1, 0, 1]
    """
    numbers: dict[Hashable, int] = {}
    return np.array([_number(key, numbers) for key in row_keys(rows)], dtype=np.int64)


def _number(key: Hashable, numbers: dict[Hashable, int]) -> int:
    return numbers.setdefault(key, len(numbers)) if key else -1


def row_keys(rows: Rows) -> list[Any]:
    """Return a key for each row that its copies share; "" for empty texts.

    Examples
    --------
    >>> row_keys(["Great!", " "])
    ['great', '']
    """
    if sparse.issparse(rows):
        rows = sparse.csr_matrix(rows)
        rows.sum_duplicates()
        spans = zip(rows.indptr, rows.indptr[1:], strict=False)
        return [rows.indices[a:b].tobytes() + rows.data[a:b].tobytes() + b"." for a, b in spans]
    if isinstance(rows, np.ndarray) and rows.dtype.kind != "O":
        return [row.tobytes() for row in np.ascontiguousarray(rows + 0.0)]  # -0.0 is 0.0
    return [normalize_text(text) for text in rows]


def group_texts(texts: Sequence[str], threshold: float = 0.75) -> Groups:
    """Group texts that are the same but for their form, or share most runs of letters.

    Parameters
    ----------
    threshold : float in (0, 1], default=0.75
        Least Jaccard similarity of the sets of runs of four letters. Of
        3,708 sentences of reviews, pairs above it are the same sentence to a
        reader ("it works great", "works great"); from 0.7 down come pairs
        that say different things ("I've had no problems", "we had problems").

    Notes
    -----
    Each group is what is near to its first text, so that a chain of small
    steps joins nothing that is far apart. What MinHash (Broder, 1997)
    proposes is compared exactly. Where hundreds of texts are half alike, as
    from one template, the later ones are compared with the first hundreds
    alone; copies are always found.

    Examples
    --------
    >>> group_texts(["It works great!", "no", "works great", "IT WORKS GREAT"]).codes.tolist()
    [0, -1, 0, 0]
    """
    exact = exact_codes(texts)
    if not (exact >= 0).any():
        return Groups(np.full(len(texts), -1), np.zeros(len(texts)), exact)
    first = np.full(exact.max() + 1, -1)
    rows = np.flatnonzero(exact >= 0)
    first[exact[rows][::-1]] = rows[::-1]
    leaders, similarity = _lead([normalize_text(texts[row]) for row in first], threshold)
    similarity = np.where(np.bincount(exact[rows]) > 1, 1.0, similarity)
    there = exact >= 0
    codes = np.where(there, leaders[exact], -1)
    return _keep_pairs(codes, np.where(there, similarity[exact], 0.0), exact)


def _lead(texts: list[str], threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return each text's first similar text, or itself, and its neighbor's similarity."""
    index, numbers = TextIndex(threshold), []
    leaders, similarity = np.arange(len(texts)), np.zeros(len(texts))
    for row, (runs, sketch) in enumerate(sketch_all(texts)):
        found, near = index.nearest(runs, sketch)
        if found < 0:
            numbers += [row] if index.add(runs, sketch) >= 0 else []
            continue
        leader = numbers[found]
        leaders[row] = leader
        # Same runs of characters but other words: not a copy.
        near = min(near, 1 - 1e-9)
        similarity[[row, leader]] = near, max(near, similarity[leader])
    return leaders, similarity


def _keep_pairs(codes: np.ndarray, similarity: np.ndarray, exact: np.ndarray) -> Groups:
    grouped = codes >= 0
    sizes = np.bincount(codes[grouped], minlength=codes.max(initial=-1) + 1)
    grouped &= np.where(grouped, sizes[np.maximum(codes, 0)] if len(sizes) else 0, 0) > 1
    _, first, inverse = np.unique(codes[grouped], return_index=True, return_inverse=True)
    kept = np.full(len(codes), -1)
    kept[grouped] = np.argsort(np.argsort(first))[inverse]
    return Groups(kept, np.where(grouped, similarity, 0.0), exact)


def group_vectors(
    features: Features, neighbors: Neighbors | None = None, threshold: float = 0.13
) -> Groups:
    """Group rows of numbers that are the same, or next to each other.

    Parameters
    ----------
    features : ndarray or sparse matrix of shape (n, d)
    neighbors : Neighbors, optional
        Of these features; without them, only copies are found.
    threshold : float, default=0.13
        Near is a distance below this share of the median distance to the
        nearest neighbor: Datalab's rule, and its default.
    """
    from scipy.sparse.csgraph import connected_components

    exact = exact_codes(features)
    n = len(exact)
    copies = np.bincount(exact)[exact] > 1
    if neighbors is None or not neighbors.distances.size:
        return _keep_pairs(exact, np.where(copies, 1.0, 0.0), exact)
    median = float(np.median(neighbors.distances[:, 0]))
    rows, columns = np.nonzero(neighbors.distances < threshold * median)
    first = np.unique(exact, return_index=True)[1][exact]
    ends = np.concatenate([neighbors.indices[rows, columns], first])
    starts = np.concatenate([rows, np.arange(n)])
    links = sparse.coo_matrix((np.ones(len(starts)), (starts, ends)), shape=(n, n))
    codes = connected_components(links, directed=False)[1]
    alike = 1 - np.minimum(neighbors.distances[:, 0] / max(median, 1e-300), 1)
    return _keep_pairs(codes, np.where(copies, 1.0, np.minimum(alike, 1 - 1e-9)), exact)
