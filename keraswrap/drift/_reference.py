"""What a monitor keeps of the reference rows: numbers, and of texts only hashes and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from keraswrap.drift._columns import column_values
from keraswrap.drift._rows import Rows
from keraswrap.drift._texts import (
    FACTS,
    N_WORDS,
    copies,
    text_facts,
    text_hashes,
    unseen_share,
    word_counts,
)

__all__ = ["Reference", "Sketch", "sketch"]


@dataclass(frozen=True)
class Sketch:
    """What is compared of rows.

    Parameters
    ----------
    kind : {"texts", "table", "other"}
    proba : ndarray of shape (n, k)
        Of the model.
    vectors : ndarray of shape (n, d) or None
    counts : sparse matrix of shape (n, N_WORDS) or None
        Words of texts, by their hashes.
    facts : ndarray of shape (n, q) or None
        Of texts.
    hashes : ndarray of uint64 of shape (n,) or None
    columns : mapping of str to ndarray, or None
        Of tables.
    """

    kind: str
    proba: np.ndarray
    vectors: np.ndarray | None = None
    counts: sparse.csr_matrix | None = None
    facts: np.ndarray | None = None
    hashes: np.ndarray | None = None
    columns: Mapping[str, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.proba)


@dataclass(frozen=True)
class Reference:
    """The reference rows of a monitor.

    Parameters
    ----------
    sketch : Sketch
    labels : ndarray of int of shape (n,)
        The column of each row's label, -1 for labels that the model does not know.
    classes : ndarray of shape (k,)
    known : ndarray of bool of shape (N_WORDS,), or None
        Words of the rows that are not compared for unseen words.
    compared : ndarray of bool of shape (n,)
        The rows that are.
    n_rows : int
        Rows given to fit, of which those kept are a random sample.
    """

    sketch: Sketch
    labels: np.ndarray
    classes: np.ndarray
    known: np.ndarray | None
    compared: np.ndarray
    n_rows: int


def sketch(rows: Rows, proba: np.ndarray, vectors: np.ndarray | None) -> Sketch:
    """Take down what is compared of rows."""
    if rows.texts is None:
        return Sketch(rows.kind, proba, vectors, columns=rows.columns)
    return Sketch(
        rows.kind,
        proba,
        vectors,
        word_counts(rows.texts),
        text_facts(rows.texts),
        text_hashes(rows.texts),
    )


def known_words(counts: sparse.csr_matrix) -> np.ndarray:
    """Return which words occur, by their hashes."""
    known = np.zeros(N_WORDS, dtype=bool)
    known[counts.indices] = True
    return known


def all_facts(old: Sketch, new: Sketch) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the facts of old and new rows together, and their names."""
    if old.facts is not None and new.facts is not None:
        hashes = [part for part in (old.hashes, new.hashes) if part is not None]
        doubled = copies(np.concatenate(hashes))
        return np.column_stack([np.vstack([old.facts, new.facts]), doubled]), (*FACTS, "copies")
    if old.columns is not None and new.columns is not None:
        both = {name: join(part, new.columns[name]) for name, part in old.columns.items()}
        return column_values(both)
    return np.zeros((len(old) + len(new), 0)), ()


def join(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Join two columns, of which one may hold texts and the other numbers.

    A file with a single "n/a" has texts where others have numbers: texts that are numbers
    count as such, and the rest as missing; unless most are none, which makes all of them texts.

    Examples
    --------
    >>> join(np.array([1.0, np.nan]), np.array(["1", "n/a", "True"])).tolist()
    [1.0, nan, 1.0, nan, 1.0]
    >>> join(np.array([1.0, np.nan]), np.array(["a", ""])).tolist()
    ['1', '', 'a', '']
    """
    if old.dtype.kind == new.dtype.kind:
        return np.concatenate([old, new])
    texts = old if old.dtype.kind == "U" else new
    read, filled = _as_numbers(texts), texts != ""
    most = 2 * int((~np.isnan(read)).sum()) >= int(filled.sum())
    both = (_as_numbers, _same) if most else (_same, _as_texts)
    each = both if texts is old else both[::-1]
    return np.concatenate([make(part) for make, part in zip(each, (old, new), strict=True)])


def _same(column: np.ndarray) -> np.ndarray:
    return column


def _as_numbers(texts: np.ndarray) -> np.ndarray:
    named = {"true": 1.0, "false": 0.0}
    known = {text: _as_number(text, named) for text in set(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], dtype=np.float64)


def _as_number(text: str, named: Mapping[str, float]) -> float:
    try:
        value = float(text)
    except ValueError:
        return named.get(text.strip().lower(), np.nan)
    return value if np.isfinite(value) else np.nan


def _as_texts(numbers: np.ndarray) -> np.ndarray:
    return np.array(["" if np.isnan(value) else f"{value:.15g}" for value in numbers.tolist()])


def unseen_words(reference: Reference, new: Sketch) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the share of unseen words of rows not in the vocabulary, and which are new."""
    counts = reference.sketch.counts
    if reference.known is None or counts is None or new.counts is None:
        return None
    old = unseen_share(counts[reference.compared], reference.known)
    found = unseen_share(new.counts, reference.known)
    return np.r_[old, found], np.arange(len(old) + len(found)) >= len(old)
