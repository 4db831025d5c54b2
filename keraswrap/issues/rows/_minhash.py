"""Near-duplicate texts by MinHash: which texts share most of their letters' runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

__all__ = ["TextIndex", "match_near", "shingle"]

# With 16 bands of 4 hashes a pair of texts is compared with probability 1 - (1 - s^4)^16:
# 0.998 at a similarity s of 0.75, 0.12 at 0.3, and 0.0001 at 0.05, where unlike texts are.
_BANDS, _ROWS = 16, 4
_CHUNK = 10_000
# Hashes are (a x + b) mod a prime (Carter and Wegman, 1979), always with the same factors: the same
# texts are alike every time. Shingles have 22 bits and factors 32, so that 64 bits hold it all.
_PRIME, _BITS = np.uint64(2**61 - 1), 22
_DRAWN = np.random.default_rng(1)
_FACTORS = _DRAWN.integers(1, 2**32, _BANDS * _ROWS, dtype=np.uint64)
_SHIFTS = _DRAWN.integers(0, _PRIME, _BANDS * _ROWS, dtype=np.uint64)
# One template may produce thousands of texts, each half similar to all others. This many
# are kept to compare with, and the rest are only looked up, so time stays linear.
_CROWD, _COMPARED = 300, 8


def shingle(texts: Sequence[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield texts as the hashed sets of their four-letter shingles, thousands of texts at a time.

    Parameters
    ----------
    texts : sequence of str
        Each holds something that is no white space.

    Yields
    ------
    runs : ndarray of int32
        One text after another, sorted within each; of one word of fewer than four
        letters, a single number.
    starts : ndarray of int32
        Where each text begins.

    Examples
    --------
    >>> runs, starts = next(shingle(["good phone", "ok"]))
    >>> len(runs), starts.tolist()
    (8, [0, 7])
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(4, 4),
        n_features=2**_BITS,
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
        yield found.indices, found.indptr[:-1]


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
        self.threshold = threshold
        self._buckets: list[dict[bytes, list[int]]] = [{} for _ in range(_BANDS)]
        self._asked: np.ndarray | None = None
        self._alike: list[int] = []
        self._runs: list[np.ndarray] = []
        self._hashes: list[np.ndarray] = []

    def add(self, runs: np.ndarray, hashes: np.ndarray) -> int:
        """Add a text, unless it is in a crowd; give its number, -1 if it was not added."""
        if len(self._propose(hashes)) >= _CROWD:
            return -1
        number, self._asked = len(self._runs), None
        for bucket, key in zip(self._buckets, _keys(hashes), strict=True):
            bucket.setdefault(key, []).append(number)
        self._runs.append(runs)
        self._hashes.append(hashes)
        return number

    def nearest(self, runs: np.ndarray, hashes: np.ndarray) -> tuple[int, float]:
        """Return the number of the most similar text and its similarity; (-1, 0.0) if none."""
        found = self._propose(hashes)
        if not found:
            return -1, 0.0
        others = np.array([self._hashes[number] for number in found])
        alike = (others == hashes).mean(axis=1)
        best = np.argsort(-alike, kind="stable")[:_COMPARED]
        exact = [(_jaccard(runs, self._runs[found[i]]), -found[i]) for i in best]
        similarity, number = max(exact)
        return (-number, similarity) if similarity >= self.threshold else (-1, 0.0)

    def _propose(self, hashes: np.ndarray) -> list[int]:
        """Return the numbers of texts that may be similar; a text is often asked about twice."""
        if self._asked is not hashes:
            keyed = zip(self._buckets, _keys(hashes), strict=True)
            alike = {number for bucket, key in keyed for number in bucket.get(key, ())}
            self._asked, self._alike = hashes, sorted(alike)
        return self._alike


def _keys(hashes: np.ndarray) -> list[bytes]:
    """Return a key for each band of hashes."""
    raw = hashes.tobytes()
    size = len(raw) // _BANDS
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    places = np.minimum(b.searchsorted(a), len(b) - 1)
    shared = int(np.count_nonzero(b[places] == a))
    return shared / (len(a) + len(b) - shared)


def sketch_all(texts: Sequence[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the shingles of each text and their least hashes, of shape (64,), uint32."""
    for runs, starts in shingle(texts):
        numbers = runs.astype(np.uint64)
        least = np.empty((len(starts), len(_FACTORS)), np.uint32)
        for column, (factor, shift) in enumerate(zip(_FACTORS, _SHIFTS, strict=True)):
            hashed = ((numbers * factor + shift) % _PRIME).astype(np.uint32)
            least[:, column] = np.minimum.reduceat(hashed, starts)
        yield from zip(np.split(runs, starts[1:]), least, strict=True)


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
