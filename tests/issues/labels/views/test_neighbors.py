"""Classes by the nearest rows, as scikit-learn counts them."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from keraswrap.issues.labels._views._neighbors import NeighborShares

Y = np.arange(40) % 2
NUMBERS = Y[:, None] + np.random.default_rng(0).normal(size=(40, 2))  # no ties


@pytest.mark.parametrize(("n_neighbors", "rows", "used"), [(50, 8, 4), (50, 40, 20), (5, 40, 5)])
def test_neighbors_are_at_most_half_of_the_rows(n_neighbors, rows, used):
    near = NeighborShares(n_neighbors).fit(NUMBERS[:rows], Y[:rows])
    plain = KNeighborsClassifier(used).fit(NUMBERS[:rows], Y[:rows])
    np.testing.assert_allclose(near.predict_proba(NUMBERS), plain.predict_proba(NUMBERS))
    np.testing.assert_array_equal(near.predict(NUMBERS), plain.predict(NUMBERS))


def test_a_single_row_is_its_own_neighbor():
    assert NeighborShares(5).fit(NUMBERS[:1], Y[:1]).predict(NUMBERS).tolist() == [0] * 40
