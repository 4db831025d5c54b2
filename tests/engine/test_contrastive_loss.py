"""The supervised contrastive loss, against its formula in numpy."""

import keras
import numpy as np
import pytest
from keras import ops

from keraswrap._data import LONE, Rows
from keraswrap._engine import FromFunction, Network, TrainingData, train
from keraswrap._engine.contrastive_loss import SupervisedContrastive
from keraswrap._params import fit_arguments
from keraswrap._targets.head import number_head

rng = np.random.default_rng(0)
ONE_LABEL = np.eye(3)[[0, 0, 1, 1, 1, 2]]
SEVERAL = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 0]])


def formula(labels, vectors, temperature):
    """Return the loss of each row, written as sums over rows."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    exponentials = np.exp(unit @ unit.T / temperature)
    losses = []
    for i in range(len(labels)):
        others = [j for j in range(len(labels)) if j != i]
        either = [max(1, np.sum((labels[i] + labels[j]) > 0)) for j in others]
        alike = [labels[i] @ labels[j] / n for j, n in zip(others, either, strict=True)]
        total = exponentials[i, others].sum()
        logs = [np.log(exponentials[i, j] / total) for j in others]
        losses.append(-np.dot(alike, logs) / (sum(alike) or 1.0))
    return losses


@pytest.mark.parametrize("labels", [ONE_LABEL, SEVERAL])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_the_loss_is_its_formula(labels, temperature):
    vectors = rng.normal(size=(6, 4))
    loss = SupervisedContrastive(temperature, dtype="float64")
    found = loss.call(ops.array(labels, "float64"), ops.array(vectors, "float64"))
    np.testing.assert_allclose(found, formula(labels, vectors, temperature), rtol=1e-6)


def test_a_row_without_a_pair_has_no_loss():
    found = SupervisedContrastive().call(ops.array(ONE_LABEL), ops.array(rng.normal(size=(6, 4))))
    assert float(found[5]) == 0
    assert np.all(np.array(found[:5]) > 0)


def test_weights_weigh_the_loss_of_their_rows():
    vectors, weights = rng.normal(size=(6, 4)).astype("float32"), np.arange(6.0)
    each = formula(ONE_LABEL, vectors, 0.1)
    found = SupervisedContrastive()(ops.array(ONE_LABEL), ops.array(vectors), ops.array(weights))
    np.testing.assert_allclose(found, np.dot(weights, each) / 6, rtol=1e-4)


def test_it_comes_back_from_its_configuration():
    again = keras.losses.deserialize(keras.losses.serialize(SupervisedContrastive(0.3)))
    assert (type(again), again.temperature) == (SupervisedContrastive, 0.3)


def encoder():
    inputs = keras.Input((5,))
    return keras.Model(inputs, keras.layers.Dense(3, use_bias=False)(inputs))


def test_the_engine_follows_its_gradient():
    """One step of plain descent, against differences of the formula."""
    rows = rng.normal(size=(6, 5)).astype("float32")
    network = Network(FromFunction(encoder, {}), {}, Rows({LONE: rows}), seed=0)
    settings = {"optimizer": keras.optimizers.SGD(1.0), "loss": SupervisedContrastive(0.5)}
    network.compile(settings, number_head(3))
    (before,) = network.state.variables
    data = TrainingData(Rows({LONE: rows}), ONE_LABEL.astype("float32"))
    train(network, data, None, fit_arguments({"batch_size": 6}), strict=True)
    step = before - network.state.variables[0]
    for place in ((0, 0), (2, 1), (4, 2)):
        moved = [before.astype("float64").copy() for _ in range(2)]
        moved[0][place] += 1e-5
        moved[1][place] -= 1e-5
        high, low = (np.mean(formula(ONE_LABEL, rows @ kernel, 0.5)) for kernel in moved)
        np.testing.assert_allclose(step[place], (high - low) / 2e-5, rtol=1e-3, atol=1e-5)
