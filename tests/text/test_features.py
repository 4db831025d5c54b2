"""Vectors of rows: each computed once, whatever fills the row up."""

import numpy as np

from keraswrap.text._embedding_cache import EmbeddingCache
from keraswrap.text._features import Source

# The third row is the first one, filled up further; the last one is all padding.
IDS = np.array([[5, 6, 0, 0], [7, 0, 0, 0], [5, 6, 0, 0], [0, 0, 0, 0]], dtype="int32")


def encode(ids):
    return np.stack([ids.sum(axis=1), (ids != 0).sum(axis=1)], axis=1).astype("float32")


def source(seen, space="one", **settings):
    def counted(ids):
        seen.append(len(ids))
        return encode(ids)

    return Source(counted, space, **{"pad_id": 0, "width": 2, **settings})


def test_equal_rows_are_computed_once_and_come_in_order(tmp_path):
    seen, cache = [], EmbeddingCache(tmp_path)
    found, computed = source(seen).read(IDS, cache)
    np.testing.assert_array_equal(found, encode(IDS))
    assert (computed, seen) == (3, [3])
    wider = np.pad(IDS[::-1], ((0, 0), (0, 3)))
    found, computed = source(seen).read(wider, cache)
    np.testing.assert_array_equal(found, encode(wider))
    assert (computed, seen) == (0, [3])


def test_what_is_new_alone_is_computed(tmp_path):
    seen, cache = [], EmbeddingCache(tmp_path)
    source(seen).read(IDS[:1], cache)
    found, computed = source(seen).read(IDS, cache)
    np.testing.assert_array_equal(found, encode(IDS))
    assert (computed, seen) == (2, [1, 2])


def test_another_encoder_shares_nothing_and_without_a_cache_nothing_is_kept(tmp_path):
    seen, cache = [], EmbeddingCache(tmp_path)
    for space in ("one", "other"):
        source(seen, space).read(IDS, cache)
    source(seen).read(IDS, None)
    assert seen == [3, 3, 3]
