"""What an optimizer has learned, when the variables that it trains change."""

import inspect
import pickle

import keras
import numpy as np
import pytest
from lent import X, make, y

from keraswrap._engine.optimizer_state import is_behind, renewed

KINDS = {
    name: kind
    for name, kind in inspect.getmembers(keras.optimizers, inspect.isclass)
    if name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")
}
KINDS["several"] = lambda rate: keras.optimizers.MultiOptimizer(
    keras.optimizers.OptimizerMap(
        keras.optimizers.Adam(rate),
        {"c": keras.optimizers.SGD(rate, momentum=0.9), "d": keras.optimizers.Lion(rate)},
    )
)
rng = np.random.default_rng(0)


def variables():
    shapes = {"a": (3, 2), "b": (2,), "c": (4, 3), "d": (3,)}
    return [keras.Variable(np.ones(shape, "float32"), name=name) for name, shape in shapes.items()]


def slopes(*given):
    return [keras.ops.convert_to_tensor(rng.normal(size=v.shape), "float32") for v in given]


@pytest.mark.parametrize("name", KINDS)
def test_each_variable_goes_on_as_if_nothing_had_changed(name):
    ours, theirs = variables(), variables()
    pair = [KINDS[name](0.1) for _ in range(2)]
    for optimizer, held in zip(pair, (ours, theirs), strict=True):
        optimizer.build(held[:3])
    for _ in range(3):
        steps = slopes(*ours[:3])
        for optimizer in pair:
            optimizer.apply(steps)
    a, b, c, d = slopes(*ours)
    made = renewed(pair[0], [ours[2], ours[0], ours[3]])  # in another order, one for another
    made.apply([c, a, d])
    pair[1].apply([a, b, c])
    for place in (0, 2):
        np.testing.assert_allclose(ours[place].numpy(), theirs[place].numpy(), rtol=1e-6)
    assert int(made.iterations) == int(pair[1].iterations) == 4


def test_a_layer_that_was_unfrozen_is_trained():
    clf = make(warm_start=True).fit(X, y)
    clf.net.layers[1].trainable = False
    assert is_behind(clf.net)
    frozen = clf.fit(X, y).net.get_weights()[0]
    clf.net.layers[1].trainable = True
    kernel = clf.fit(X, y).net.get_weights()[0]
    assert np.abs(kernel - frozen).max() > 0
    assert not is_behind(clf.net)


def test_what_an_optimizer_knows_of_a_variable_stays_when_others_are_frozen():
    clf = make(optimizer="adam").fit(X, y)
    moments = clf.net.optimizer._momentums[-1].numpy()
    clf.net.layers[1].trainable = False
    state = pickle.loads(pickle.dumps(clf)).net.optimizer
    np.testing.assert_array_equal(state._momentums[-1].numpy(), moments)
    assert int(state.iterations) == int(clf.net.optimizer.iterations) > 0
    twin = pickle.loads(pickle.dumps(clf)).partial_fit(X, y)
    np.testing.assert_array_equal(clf.partial_fit(X, y).predict_proba(X), twin.predict_proba(X))
