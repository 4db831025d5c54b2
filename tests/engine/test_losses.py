"""What is said of a loss, and how it is made for one fit."""

import keras
import numpy as np
import pytest
from keras import losses

from keraswrap._engine.losses import loss_facts, make_loss
from keraswrap.exceptions import ParameterError


class Own(losses.CategoricalCrossentropy):
    pass


@pytest.mark.parametrize(
    ("loss", "facts"),
    [
        (None, (None, None)),
        ("binary_crossentropy", ("binary_crossentropy", False)),
        (losses.BinaryCrossentropy(from_logits=True), ("BinaryCrossentropy", True)),
        (losses.BinaryCrossentropy, ("BinaryCrossentropy", False)),
        ([Own(from_logits=True)], ("CategoricalCrossentropy", True)),
    ],
)
def test_its_name_and_whether_it_takes_logits(loss, facts):
    assert loss_facts(loss) == facts


def test_arguments_override_its_own():
    made = make_loss("huber", {"delta": 3.0}, None)
    rows = np.array([[0.0], [5.0]]), np.array([[1.0], [0.5]])
    assert float(made(*rows)) == float(losses.Huber(delta=3.0)(*rows))
    given = losses.Huber(delta=2.0)
    assert make_loss(given, {}, None) is not given
    assert float(make_loss(given, {"name": "other"}, None)(*rows)) == float(given(*rows))


@pytest.mark.parametrize(
    ("loss", "nested", "match"),
    [
        ("no such", {}, "Expected a loss of Keras"),
        (3, {}, "Expected a loss"),
        ("huber", {"epsilon": 1.0}, "epsilon"),
        (keras.ops.mean, {"delta": 1.0}, "takes no arguments of its own"),
        ([losses.Huber(), losses.Huber()], {}, "Expected one loss"),
    ],
)
def test_what_is_no_loss_or_no_argument_is_refused(loss, nested, match):
    with pytest.raises(ParameterError, match=match):
        make_loss(loss, nested, None)
