"""Measure rows without their padding, and decide which of them share a batch. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from keraswrap._data import Feed, Rows

# Rows read at a time, where columns are on disk.
_CHUNK = 8192
# Batches in a pool of rows that is sorted by length. Larger pools pad less, but bring the same
# rows together in every epoch; the numbers are those of Hugging Face's LengthGroupedSampler.
_POOL, _LEAST_POOLS = 50, 4


@dataclass(frozen=True)
class Lengths:
    """The length of each row, for each input that can be cut.

    Parameters
    ----------
    of : mapping of str to ndarray of shape (n,)
        Values up to the last one that is not padding, at least 1.
    widths : mapping of str to int
        The width that rows are stored with.
    step : int, default=8
        Batches are cut to multiples of it, so that a compiler sees few shapes.
    """

    of: Mapping[str, np.ndarray]
    widths: Mapping[str, int]
    step: int = 8

    @property
    def _key(self) -> np.ndarray:
        return np.sum(list(self.of.values()), axis=0)

    def order(self, size: int, rng: np.random.Generator | None = None) -> np.ndarray:
        """Order rows so that those of similar length share a batch.

        Parameters
        ----------
        size : int
            Rows in a batch.
        rng : Generator, optional
            Draws the rows of each pool and the order of batches. Without it all
            rows are sorted.

        Returns
        -------
        ndarray of shape (n,)
            Positions; an incomplete batch comes last.

        Examples
        --------
        >>> Lengths({"ids": np.array([9, 2, 8, 1])}, {"ids": 9}).order(2).tolist()
        [3, 1, 2, 0]
        """
        key = self._key
        if rng is None:
            return np.argsort(key, kind="stable")
        n = len(key)
        shuffled = rng.permutation(n)
        pool = size * min(_POOL, max(1, n // (_LEAST_POOLS * size)))
        pools = [shuffled[start : start + pool] for start in range(0, n, pool)]
        order = np.concatenate([p[np.argsort(key[p], kind="stable")] for p in pools])
        full = n // size * size
        batches = order[:full].reshape(-1, size)
        return np.concatenate([batches[rng.permutation(len(batches))].ravel(), order[full:]])

    def cut(self, inputs: Mapping[str, np.ndarray], index: np.ndarray) -> dict[str, np.ndarray]:
        """Cut the inputs of a batch to its longest row.

        Parameters
        ----------
        inputs : mapping of str to ndarray of shape (size, width)
        index : ndarray of shape (size,)
            Positions of the rows.

        Returns
        -------
        dict of str to ndarray
            The inputs that are cut.
        """
        longest = {name: lengths[index].max() for name, lengths in self.of.items()}
        return {name: inputs[name][:, : self._width(name, longest[name])] for name in self.of}

    def _width(self, name: str, longest: np.ndarray) -> np.ndarray:
        return np.minimum(self.widths[name], -(-longest // self.step) * self.step)

    def cuts(self, order: np.ndarray, size: int) -> dict[str, np.ndarray]:
        """Return the width that each batch is trimmed to.

        Parameters
        ----------
        order : ndarray of shape (n,)

        Returns
        -------
        dict of str to ndarray of shape (batches,)
        """
        starts = np.arange(0, len(order), size)
        found = {}
        for name, lengths in self.of.items():
            longest = np.maximum.reduceat(lengths[order], starts)
            found[name] = self._width(name, longest)
        return found

    def padding(self, order: np.ndarray, size: int) -> dict[str, float]:
        """Return the share of padding in the values that a net computes on.

        Parameters
        ----------
        order : ndarray of shape (n,)

        Returns
        -------
        dict
            ``fixed``, with every row at its full width, and ``cut``, as the
            batches are.
        """
        real = sum(int(lengths.sum()) for lengths in self.of.values())
        fixed = len(order) * sum(self.widths.values())
        rows = np.diff(np.append(np.arange(0, len(order), size), len(order)))
        cut = sum(int(rows @ widths) for widths in self.cuts(order, size).values())
        return {"fixed": 1 - real / fixed, "cut": 1 - real / cut}


def measure_lengths(
    rows: Rows, feeds: Mapping[str, Feed], pads: Mapping[str, int], step: int
) -> Lengths | None:
    """Measure the rows of every input whose padding is known.

    Parameters
    ----------
    pads : mapping of str to int
        The value that pads rows at their end, by input.

    Returns
    -------
    Lengths or None
        None where there is nothing to cut.
    """
    if not pads:
        return None
    chunks = [np.arange(start, min(start + _CHUNK, rows.n)) for start in range(0, rows.n, _CHUNK)]
    of = {name: [] for name in pads}  # type: dict[str, list[np.ndarray]]
    widths = {}
    for name, pad in pads.items():
        for chunk in chunks:
            array = feeds[name](rows, chunk)
            widths[name] = array.shape[1]
            of[name].append(_lengths(array, pad))
    return Lengths({name: np.concatenate(parts) for name, parts in of.items()}, widths, step)


def _lengths(array: np.ndarray, pad: int) -> np.ndarray:
    tokens = array != pad
    last = array.shape[1] - np.argmax(tokens[:, ::-1], axis=1)
    return np.where(tokens.any(axis=1), last, 1)
