"""Find the rows most similar to another, to compare its label with theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import LabelIssues
from keraswrap.report._notes import RowNotes
from keraswrap.report._rows import has_texts, read_texts

__all__ = ["add_neighbors", "find_text_neighbors"]

# "words", or the positions of each row's neighbors.
Neighbors: TypeAlias = (
    str | Sequence[Sequence[int]] | np.ndarray | Mapping[int, Sequence[int] | np.ndarray] | None
)
# With more rows, finding them would take longer than the rest of the report.
MOST_ROWS, _MOST_TEXTS = 50_000, 1_000
_BLOCK = 100


def add_neighbors(
    notes: RowNotes, neighbors: Neighbors, issues: LabelIssues, X: object
) -> RowNotes:
    """Add neighbors to the other notes.

    Parameters
    ----------
    notes : RowNotes
        Notes that already have neighbors are returned unchanged.
    neighbors : "words", array of shape (n, m), mapping or None
    X : rows, or None

    Raises
    ------
    InputError
        If an array has the wrong number of rows.
    ParameterError
        If `neighbors` is something else.
    """
    if isinstance(neighbors, str) and neighbors != "words":
        raise ParameterError(
            f"Expected neighbors to be 'words', an array of positions, a mapping or None, got "
            f"{neighbors!r}. Leave it out for neighbors by words."
        )
    if notes.neighbors or X is None or neighbors is None:
        return notes
    if isinstance(neighbors, Mapping):
        return replace(notes, neighbors=neighbors)
    if isinstance(neighbors, str):
        return replace(notes, neighbors=_by_words(issues, X))
    if np.ndim(neighbors) != 2 or len(neighbors) != len(issues):
        raise InputError(
            f"Expected neighbors of shape ({len(issues)}, m), got {np.shape(neighbors)}. Pass the "
            "positions of each row's neighbors."
        )
    return replace(notes, neighbors=dict(enumerate(np.asarray(neighbors))))


def _by_words(issues: LabelIssues, X: object) -> dict[int, np.ndarray]:
    if len(issues) > MOST_ROWS or not has_texts(X):
        return {}
    order = issues.ranking()
    worst = order[issues.is_issue[order]][:_MOST_TEXTS]
    return find_text_neighbors(read_texts(X, range(len(issues))), worst)


def find_text_neighbors(
    texts: Sequence[str], positions: Sequence[int] | np.ndarray, n: int = 5
) -> dict[int, np.ndarray]:
    """Find the texts with the most words in common, rare words counting more.

    Parameters
    ----------
    positions : sequence of int
        The texts whose neighbors are wanted.
    n : int, default=5
        Maximum number of neighbors of each text.

    Returns
    -------
    dict of int to ndarray
        Positions, nearest first, of texts that share at least one word.

    Notes
    -----
    Cosines of scikit-learn's TF-IDF vectors.

    Examples
    --------
    >>> texts = ["a good lens", "dull", "good lens, really"]
    >>> {row: near.tolist() for row, near in find_text_neighbors(texts, [0, 1]).items()}
    {0: [2], 1: []}
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(token_pattern=r"\w+", sublinear_tf=True, dtype=np.float32)
    # One more text, with a word, since scikit-learn refuses texts that have no word at all.
    vectors = vectorizer.fit_transform([*texts, "word"])[:-1].tocsr()
    found: dict[int, np.ndarray] = {}
    for start in range(0, len(positions), _BLOCK):
        rows = np.asarray(positions[start : start + _BLOCK], dtype=int)
        likeness = (vectors[rows] @ vectors.T).toarray()
        likeness[np.arange(len(rows)), rows] = 0
        found |= {int(row): _nearest(line, n) for row, line in zip(rows, likeness, strict=True)}
    return found


def _nearest(likeness: np.ndarray, n: int) -> np.ndarray:
    most = np.argpartition(-likeness, min(n, len(likeness) - 1))[:n]
    most = most[np.lexsort((most, -likeness[most]))]
    return most[likeness[most] > 0]
