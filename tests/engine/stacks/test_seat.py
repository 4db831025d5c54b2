"""What callbacks find in place of a model."""

import keras
import numpy as np
import pytest

from keraswrap._engine.stacks._seat import Seat


def test_a_rate_is_rounded_as_in_keras():
    seat = Seat(lambda: [np.zeros(2)], [], 0.1)
    assert seat.optimizer.learning_rate == np.float32(0.1)
    seat.optimizer.learning_rate = 0.2
    assert float(keras.ops.convert_to_numpy(seat.optimizer.learning_rate)) == np.float32(0.2)


def test_a_schedule_leaves_no_rate_to_change():
    assert not hasattr(Seat(list, [], None).optimizer, "learning_rate")


@pytest.mark.parametrize("restore", [True, False])
def test_the_best_weights_are_those_of_a_run_that_ends_now(restore):
    weights = [np.zeros(2)]
    seat = Seat(lambda: [value.copy() for value in weights], [], 0.1)
    stop = keras.callbacks.EarlyStopping("loss", mode="min", restore_best_weights=restore)
    stop.set_model(seat)
    stop.on_train_begin()
    stop.on_epoch_end(0, {"loss": 1.0})
    weights[0] += 1
    stop.on_epoch_end(1, {"loss": 2.0})
    assert seat.stop_training
    ended = seat.ended([stop], {})
    assert (ended is not None) == restore
    if restore:
        np.testing.assert_array_equal(ended[0], [0, 0])
    assert seat.replaced is None  # the run itself goes on
