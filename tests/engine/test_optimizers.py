"""Adam in one operation: the numbers of Keras's own, and nothing else changed."""

import keras
import numpy as np
import pytest

from keraswrap import KerasWrapperModel
from keraswrap._engine.optimizers import fuse_adam

rng = np.random.default_rng(0)
ids, y = rng.integers(0, 50, (32, 6)), rng.integers(0, 2, 32)


def train(optimizer):
    net = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            keras.layers.Embedding(50, 8, embeddings_initializer=start(50, 8)),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(2, kernel_initializer=start(8, 2)),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer, loss, jit_compile=False)
    net.fit(ids, y, epochs=5, batch_size=8, shuffle=False, verbose=0)
    return np.concatenate([np.ravel(v) for v in (*net.weights, *optimizer.variables)])


def start(*shape):
    values = np.random.default_rng(1).normal(size=shape)
    return lambda shape, dtype: keras.ops.convert_to_tensor(values, dtype)


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Adam", {}),
        ("Adam", {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "clipnorm": 0.1}),
        ("AdamW", {"weight_decay": 0.1, "global_clipnorm": 0.1}),
        ("AdamW", {"use_ema": True, "gradient_accumulation_steps": 2}),
        ("Adam", {"learning_rate": keras.optimizers.schedules.CosineDecay(0.01, 20)}),
        (
            "AdamW",
            {
                "weight_decay": 0.1,
                "learning_rate": keras.optimizers.schedules.CosineDecay(
                    0.0, 20, warmup_target=0.01, warmup_steps=3
                ),
            },
        ),
    ],
)
def test_the_fused_update_gives_the_numbers_of_keras(kind, config):
    make = getattr(keras.optimizers, kind)
    config = {"learning_rate": 0.01, **config}
    fused = fuse_adam(make(**config))
    assert "update_step" in vars(fused)
    np.testing.assert_allclose(train(fused), train(make(**config)), rtol=2e-5, atol=1e-6)


class Counted(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls, and counts how often it is asked for."""

    asked = 0

    def __call__(self, step):
        Counted.asked += 1
        return 0.1 / (1.0 + keras.ops.cast(step, "float32"))

    def get_config(self):
        return {}


@pytest.mark.parametrize("n_variables", [1, 5])
def test_the_learning_rate_of_a_step_is_computed_as_often_whatever_is_trained(n_variables):
    """Once for the update and once for weight decay; and the next step has its own."""
    optimizer = fuse_adam(keras.optimizers.AdamW(Counted(), weight_decay=0.5))
    variables = [keras.Variable(np.ones(3, "float32")) for _ in range(n_variables)]
    optimizer.build(variables)
    for rate in (0.1, 0.05):
        Counted.asked, before = 0, variables[0].numpy()
        optimizer.apply([keras.ops.zeros(3)] * n_variables)
        assert Counted.asked == 2
        np.testing.assert_allclose(variables[0], before * (1 - 0.5 * rate), rtol=1e-6)


def test_what_is_saved_of_a_fused_optimizer_is_keras_s_own():
    described = keras.saving.serialize_keras_object(fuse_adam(keras.optimizers.AdamW(name="a")))
    assert described == keras.saving.serialize_keras_object(keras.optimizers.AdamW(name="a"))


@pytest.mark.parametrize(
    "optimizer",
    [keras.optimizers.SGD(), keras.optimizers.Adam(amsgrad=True)],
    ids=["SGD", "AMSGrad"],
)
def test_other_optimizers_are_left_alone(optimizer):
    assert "update_step" not in vars(fuse_adam(optimizer))


def build(units):
    inputs = keras.Input((6,))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Dense(units)(inputs)))


@pytest.mark.parametrize(("units", "fused"), [(120_000, True), (100, False)])
def test_large_nets_alone_are_updated_in_one_operation(units, fused):
    clf = KerasWrapperModel(build, {"units": units}, {"optimizer": "adam"}).fit(ids, y)
    assert ("update_step" in vars(clf.net.optimizer)) is fused
