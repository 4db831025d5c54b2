"""Batches on their way to the backend: the same in each form."""

import numpy as np
import pytest

from keraswrap._data import LONE, Feed, Rows
from keraswrap._engine.batches import Batches
from keraswrap._engine.input_pipeline import Resident, generate, provide

ROWS = Rows({LONE: np.arange(10.0, dtype="float32")[:, None]})


@pytest.fixture
def batches():
    return Batches(ROWS, {"rows": Feed(LONE, "float32")}, np.arange(10), None, 4, seed=(3, 0))


def test_tensors_give_the_same_batches(batches):
    source = provide(batches)
    assert isinstance(source, Resident)
    gather = source.gatherer()
    for epoch in (0, 1):
        source.begin_epoch(epoch)
        for position in range(batches.num_batches):
            made = gather(position, *source.tensors)
            for left, right in zip(made, batches[position], strict=True):
                np.testing.assert_array_equal(left, right)


def test_a_generator_gives_the_same_batches(batches):
    for made, wanted in zip(generate(batches), batches, strict=False):
        for left, right in zip(made, wanted, strict=True):
            np.testing.assert_array_equal(left, right)


def test_what_python_takes_is_no_tensor(batches):
    assert not isinstance(provide(batches, traced=False), Resident)
