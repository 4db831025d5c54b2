"""States of nets go into matrices and come out again."""

import keras
import numpy as np
import pytest
from keras import layers
from lent import X, make, y

from keraswrap._engine.stacks._state import StackState
from keraswrap._engine.stacks._why_alone import AloneError


def nets(optimizer, epochs=(2, 2)):
    rates = (0.1, 0.2)
    made = [make(rate=r, optimizer=optimizer) for r in rates]
    return [one.fit(X, y, epochs=n).network_ for one, n in zip(made, epochs, strict=True)]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam", "ftrl", "adadelta"])
def test_what_goes_in_comes_out(optimizer):
    networks = nets(optimizer)
    states = [network.state for network in networks]
    with networks[0].using() as net:
        stack = StackState(net, 2)
        stack.load(states)
        blank = [network.state for network in nets(optimizer)]
        found = stack.copies(blank)
    for state, other in zip(states, found, strict=True):
        for a, b in zip(
            [*state.variables, *state.optimizer], [*other.variables, *other.optimizer], strict=True
        ):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def test_nets_of_unequal_steps_do_not_share_an_optimizer():
    networks = nets("adam", epochs=(1, 2))
    states = [network.state for network in networks]
    with networks[0].using() as net:
        stack = StackState(net, 2)
        with pytest.raises(AloneError, match="differ in _iterations"):
            stack.load(states)


def test_a_state_of_another_kind_is_refused():
    net = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    net.compile("sgd", "mse")
    net.optimizer.build(net.trainable_variables)
    net.optimizer.add_variable((), initializer="zeros", name="own")
    with pytest.raises(AloneError, match="another kind"):
        StackState(net, 2)
