"""Weights of positions and numbers, by hand."""

import numpy as np
import pytest

from keraswrap._targets.cells import require_shape, spread, weigh_cells
from keraswrap._targets.head import Output
from keraswrap.exceptions import BuildError

PRESENT = np.array([[True, False, True], [True, True, True]])


def test_gaps_weigh_nothing_and_the_mean_stays():
    cells = weigh_cells(PRESENT, None)
    np.testing.assert_allclose(cells, PRESENT * 6 / 5)
    assert cells.mean() == pytest.approx(1)


def test_all_weights_multiply():
    weights, of_cell = np.array([2.0, 3.0]), np.arange(6.0).reshape(2, 3)
    expected = PRESENT * 1.2 * of_cell * [[2], [3]]
    np.testing.assert_allclose(weigh_cells(PRESENT, weights, of_cell), expected)
    assert weigh_cells(PRESENT | True, None) is None


def test_the_weight_of_a_row_is_that_of_its_parts():
    assert spread([1.0, 2.0], np.zeros((2, 2, 1))).ravel().tolist() == [1, 1, 2, 2]


@pytest.mark.parametrize("shape", [(5,), (4, 3), (5, 3, 1)])
def test_another_shape_is_refused(shape):
    with pytest.raises(BuildError, match=r"shape \(n, 5, units\) for tags, got \(None, "):
        require_shape(Output(shape, lambda: None), (5, None), "tags")
