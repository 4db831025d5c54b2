"""Outputs of equal rows are computed once, inside the block and nowhere else."""

import numpy as np

from keraswrap._data import LONE, Rows
from keraswrap._estimator import remember_outputs
from keraswrap._estimator.outputs import outputs

ROWS = Rows({LONE: np.arange(6.0).reshape(3, 2)})


class Counted:
    calls = 0

    def outputs(self, rows, arguments, runtime):
        assert runtime == "openvino"
        self.calls += 1
        return rows.arrays[LONE] * 2


def test_equal_rows_are_computed_once():
    network, arguments = Counted(), {"batch_size": None}
    with remember_outputs():
        first = outputs(network, ROWS, arguments, "openvino")
        first[:] = 0  # a copy of what is remembered
        second = outputs(network, Rows({LONE: ROWS.arrays[LONE].copy()}), arguments, "openvino")
        np.testing.assert_array_equal(second, ROWS.arrays[LONE] * 2)
        assert network.calls == 1
        outputs(network, ROWS, {"batch_size": 2}, "openvino")
        assert network.calls == 2
    outputs(network, ROWS, arguments, "openvino")
    assert network.calls == 3
