"""Near-duplicate texts by MinHash: which texts share most of their letters' runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datasketch import MinHash

__all__ = ["TextIndex", "match_near", "shingle"]

# With 16 bands of 4 hashes a pair of texts is compared with probability 1 - (1 - s^4)^16:
# 0.998 at a similarity s of 0.75, 0.12 at 0.3, and 0.0001 at 0.05, where unlike texts are.
_BANDS, _ROWS = 16, 4
_CHUNK = 10_000
# One template may produce thousands of texts, each half similar to all others. This many
# are kept to compare with, and the rest are only looked up, so time stays linear.
_CROWD, _COMPARED = 300, 8


def shingle(texts: Sequence[str]) -> Iterator[np.ndarray]:
    """Yield each text as the hashed set of its four-letter shingles.

    Parameters
    ----------
    texts : sequence of str
        Each holds something that is no white space.

    Yields
    ------
    ndarray of int32
        Sorted; of one word of fewer than four letters, a single number.

    Examples
    --------
    >>> [len(runs) for runs in shingle(["good phone", "ok"])]
    [7, 1]
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(4, 4),
        n_features=2**22,
        norm=None,
        alternate_sign=False,
        lowercase=False,
        dtype=np.float32,
    )
    for start in range(0, len(texts), _CHUNK):
        # Half a surrogate pair cannot be hashed.
        whole = (text.encode("utf-8", "replace").decode() for text in texts[start : start + _CHUNK])
        found = vectorizer.transform(whole)
        found.sort_indices()
        for first, last in zip(found.indptr, found.indptr[1:], strict=False):
            yield found.indices[first:last].copy()


class TextIndex:
    """Texts seen so far, asked for one that is nearly the same.

    Memory grows with the texts added, about 5 kB each, and time with the
    texts asked about.

    Parameters
    ----------
    threshold : float in (0, 1]
        Least Jaccard similarity of two sets of runs.
    """

    def __init__(self, threshold: float) -> None:
        from datasketch import MinHashLSH

        self.threshold = threshold
        self._lsh = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
        self._runs: list[np.ndarray] = []
        self._hashes: list[np.ndarray] = []

    def add(self, runs: np.ndarray, sketch: MinHash) -> int:
        """Add a text, unless it is in a crowd; give its number, -1 if it was not added."""
        if len(self._lsh.query(sketch)) >= _CROWD:
            return -1
        number = len(self._runs)
        self._lsh.insert(number, sketch, check_duplication=False)
        self._runs.append(runs)
        self._hashes.append(sketch.hashvalues)
        return number

    def nearest(self, runs: np.ndarray, sketch: MinHash) -> tuple[int, float]:
        """Return the number of the most similar text and its similarity; (-1, 0.0) if none."""
        found = sorted(self._lsh.query(sketch))
        if not found:
            return -1, 0.0
        hashes = np.array([self._hashes[number] for number in found])
        alike = (hashes == sketch.hashvalues).mean(axis=1)
        best = np.argsort(-alike, kind="stable")[:_COMPARED]
        exact = [(_jaccard(runs, self._runs[found[i]]), -found[i]) for i in best]
        similarity, number = max(exact)
        return (-number, similarity) if similarity >= self.threshold else (-1, 0.0)


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)


def sketch_all(texts: Sequence[str]) -> Iterator[tuple[np.ndarray, MinHash]]:
    """Yield the shingles of each text and their MinHash.

    The seed is fixed: the same texts are alike every time.
    """
    from datasketch import MinHash

    empty = MinHash(num_perm=_BANDS * _ROWS, seed=1, hashfunc=int)
    for runs in shingle(texts):
        sketch = empty.copy()
        sketch.update_batch(runs)
        yield runs, sketch


def match_near(
    texts: Sequence[str], known: Sequence[str], threshold: float = 0.75
) -> tuple[np.ndarray, np.ndarray]:
    """Find, for each text, the most similar of others.

    Parameters
    ----------
    texts, known : sequence of str
        Normalized; none is empty.
    threshold : float in (0, 1], default=0.75

    Returns
    -------
    matches : ndarray of shape (len(texts),), int
        Position in `known`; -1 where none is similar enough.
    similarity : ndarray of shape (len(texts),)
        Jaccard similarity of their runs of four letters; 0 for none.

    Examples
    --------
    >>> matches, _ = match_near(["it works great", "no"], ["bad", "works great"])
    >>> matches.tolist()
    [1, -1]
    """
    index = TextIndex(threshold)
    added = [index.add(runs, sketch) for runs, sketch in sketch_all(known)]
    kept = np.array([position for position, number in enumerate(added) if number >= 0] + [-1])
    pairs = [index.nearest(runs, sketch) for runs, sketch in sketch_all(texts)]
    found = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return kept[found[:, 0].astype(np.int64)], found[:, 1]
