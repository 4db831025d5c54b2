"""The nearest rows: those of all distances, computed one by one."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist

from keraswrap.issues.rows._neighbors import find_neighbors

rng = np.random.default_rng(0)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("width", [2, 3, 4, 20])
@pytest.mark.parametrize("others", [False, True])
def test_they_are_those_of_all_distances(width, form, others):
    rows, of = rng.normal(size=(40, width)), rng.normal(size=(9, width))
    metric = "cosine" if width > 3 else "euclidean"
    whole = cdist(of if others else rows, rows, metric)
    if not others:
        np.fill_diagonal(whole, np.inf)
    found = find_neighbors(form(rows), 5, form(of) if others else None)
    np.testing.assert_array_equal(found.indices, whole.argsort(axis=1)[:, :5])
    np.testing.assert_allclose(found.distances, np.sort(whole, axis=1)[:, :5], atol=1e-7)


@pytest.mark.parametrize(("n", "k"), [(1, 0), (2, 1), (4, 3)])
def test_there_are_no_more_than_other_rows(n, k):
    found = find_neighbors(rng.normal(size=(n, 5)))
    assert found.indices.shape == found.distances.shape == (n, k)
    assert not (found.indices == np.arange(n)[:, None]).any()


def test_equal_rows_are_neighbors_of_each_other_and_never_their_own():
    found = find_neighbors(np.repeat(rng.normal(size=(2, 6)), 2, axis=0), 1)
    assert found.indices.ravel().tolist() == [1, 0, 3, 2]
    np.testing.assert_allclose(found.distances, 0, atol=1e-12)
