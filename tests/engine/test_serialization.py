"""Keras's objects turned into specifications and back."""

import pickle

import keras
import numpy as np
import pytest
from own_objects import Boosted, Powered, Within, X, Y, line

from keraswrap import KerasWrapperRegressor
from keraswrap._engine.serialization import duplicate
from keraswrap.exceptions import ParameterError


class Scaled(Boosted):
    def __init__(self, scale=1.0):
        super().__init__(0.1, boost=scale)


@pytest.mark.parametrize(
    ("compiled", "name", "value"),
    [
        ({"loss": Powered(1.5)}, "loss__power", 3.0),
        ({"optimizer": Boosted(0.01, 3.0)}, "optimizer__boost", 2.0),
        ({"optimizer": Boosted(0.01, 3.0)}, "optimizer__learning_rate", 0.02),
    ],
)
def test_one_argument_is_set_and_the_others_stay(compiled, name, value):
    reg = KerasWrapperRegressor(line, None, {"loss": "mse", "optimizer": "sgd", **compiled})
    net = reg.set_params(**{f"compile__{name}": value}).fit(X, Y).net
    made = net.loss if name.startswith("loss") else net.optimizer
    argument = name.partition("__")[2]
    assert float(getattr(made, argument)) == pytest.approx(value)
    assert argument == "boost" or not hasattr(made, "boost") or made.boost == 3.0


def test_what_cannot_be_copied_is_refused_by_name():
    reg = KerasWrapperRegressor(line, None, {"optimizer": Scaled(3.0)})
    with pytest.raises(ParameterError, match=r"Scaled cannot be copied.*get_config"):
        reg.fit(X, Y)
    with pytest.raises(ParameterError, match=r"Scaled cannot be copied.*get_config"):
        pickle.dumps(reg)


def test_an_unknown_argument_of_a_loss_is_refused():
    reg = KerasWrapperRegressor(line, None, {"loss": Powered(), "loss__gamma": 1.0})
    with pytest.raises(ParameterError, match="Powered has no parameter 'gamma'"):
        reg.fit(X, Y)


def test_a_copy_of_a_metric_shares_nothing_with_it():
    given = Within(20.0)
    made = duplicate(given)
    made.update_state(np.ones((2, 1)), np.ones((2, 1)))
    assert made.parts[0] is made.most
    assert made.near.__self__ is made
    assert (float(made.most), float(given.most)) == (1.0, 0.0)
    assert (float(made.result()), float(given.result())) == (1.0, 0.0)
    assert len(made.variables) == len(given.variables) == 3


def test_a_used_optimizer_is_copied_unused():
    given = Boosted(0.01, 3.0, momentum=0.5)
    given.build([keras.Variable(np.zeros(3))])
    made = duplicate(given)
    assert (made.boost, made.momentum, made.built) == (3.0, 0.5, False)
