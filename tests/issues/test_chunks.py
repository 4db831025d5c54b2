"""Rows some at a time: the same as all of them at once."""

import numpy as np
import pytest

from keraswrap.issues._chunks import PIECE, by_class, find_top, in_pieces, of_labels, pieces

rng = np.random.default_rng(0)


@pytest.mark.parametrize("n", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_the_top_is_what_numpy_finds_in_one_go(n, dtype):
    proba = rng.integers(0, 4, (n, 3)).astype(dtype)  # with many equals
    top = find_top(proba)
    np.testing.assert_array_equal(top.best, proba.argmax(axis=1))
    np.testing.assert_array_equal(top.sure, proba.max(axis=1, initial=0))
    assert top.sure.dtype == dtype


def test_slices_cover_every_row_once():
    covered = np.concatenate([np.arange(2 * PIECE + 5)[at] for at in pieces(2 * PIECE + 5)])
    np.testing.assert_array_equal(covered, np.arange(2 * PIECE + 5))


def test_in_pieces_is_the_function_of_all():
    codes, proba = rng.integers(0, 3, PIECE + 9), rng.random((PIECE + 9, 3))
    np.testing.assert_array_equal(in_pieces(of_labels, codes, proba), of_labels(codes, proba))


def test_by_class_is_a_copy():
    proba = np.ones((1, 2))
    by_class(proba)[:] = 0
    assert proba.all()
