"""An encoder's vectors of rows of ids, each computed once or read from a cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keraswrap.text._embedding_cache import EmbeddingCache

# Increase it when the same ids start to mean other features.
_VERSION = 1


@dataclass(frozen=True)
class Source:
    """Where vectors come from.

    Parameters
    ----------
    encoder : callable
        From ids to vectors.
    space : str
        What tells this encoder from any other.
    pad_id, width : int
        What fills rows up; numbers in a vector.
    """

    encoder: Callable[[np.ndarray], np.ndarray]
    space: str
    pad_id: int
    width: int

    def read(self, ids: np.ndarray, cache: EmbeddingCache | None) -> tuple[np.ndarray, int]:
        """Return the vectors of rows, and how many of them had to be computed."""
        keys, which = _distinct(ids, (ids != self.pad_id).sum(axis=1), self.space)
        first = np.unique(which, return_index=True)[1]  # a row of ids for each key
        vectors = np.empty((len(keys), self.width), dtype="float32")
        known = {} if cache is None else cache.read(keys, self.width)
        for position, vector in known.items():
            vectors[position] = vector
        new = [n for n in range(len(keys)) if n not in known]
        if new:
            vectors[new] = self.encoder(ids[first[new]])
            if cache is not None:
                cache.write([keys[n] for n in new], vectors[new])
        return vectors[which], len(new)


def _distinct(ids: np.ndarray, lengths: np.ndarray, space: str) -> tuple[list[bytes], np.ndarray]:
    """Return the distinct keys of rows, and the index of each row's key.

    What the net sees is its ids, so they are the key: texts that differ in what
    the tokenizer leaves out, or that are cut to the same, share one.
    """
    head = hashlib.sha256(json.dumps([_VERSION, space, "float32"]).encode()).digest()
    rows = ids.astype("<i4", copy=False)
    width = ids.shape[1]
    found: dict[bytes, int] = {}
    which = np.empty(len(ids), dtype=np.intp)
    for n, length in enumerate(lengths.tolist()):
        key = hashlib.sha256(head + rows[n, : min(length, width)].tobytes()).digest()
        which[n] = found.setdefault(key, len(found))
    return list(found), which
