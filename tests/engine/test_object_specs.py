"""Objects of the user's own keep their arguments in each fit, clone and pickle."""

import copy
import pickle

import keras
import numpy as np
import pytest
from keras import ops
from nets import classifier, groups
from sklearn.base import clone

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap._engine.serialization import duplicate, to_spec
from keraswrap.exceptions import ParameterError


class Within(keras.metrics.Metric):
    def __init__(self, tol=1.0, name="within", **more):
        super().__init__(name=name, **more)
        self.tol, self.inner = tol, keras.metrics.Mean()
        self.parts = [self.add_weight(initializer="zeros", name="most")]
        self.most, self.near = self.parts[0], self.is_near

    def is_near(self, y, out):
        return ops.cast(ops.abs(y - out) < self.tol, "float32")

    def update_state(self, y, out, sample_weight=None):
        self.most.assign(ops.maximum(self.most, ops.max(ops.abs(y))))
        self.inner.update_state(self.near(y, out))

    def result(self):
        return self.inner.result()


class Boosted(keras.optimizers.SGD):
    def __init__(self, learning_rate=0.01, boost=1.0, **more):
        super().__init__(learning_rate, **more)
        self.boost = boost

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate * self.boost)


class Scaled(Boosted):
    def __init__(self, scale=1.0):
        super().__init__(0.1, boost=scale)


class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, start=1.0):
        self.start = start

    def __call__(self, step):
        return self.start * 0.5 ** ops.cast(step, "float32")


class Powered(keras.losses.Loss):
    def __init__(self, power=2.0):
        super().__init__()
        self.power = power

    def call(self, y, out):
        return ops.mean(ops.abs(y - out) ** self.power, axis=-1)


class Weighed(keras.losses.Loss):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, y, out):
        return 3 * self.inner.call(y, out)


class Watched(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.metric = Within(20.0)

    def on_epoch_end(self, epoch, logs=None):
        logs["watched"] = self.metric.tol


def line():
    dense = keras.layers.Dense(1, kernel_initializer="zeros")
    return keras.Sequential([keras.Input((4,)), dense])


X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = 10 * X[:, 0]
MADE = {
    "metric": lambda: {"metrics": [Within(20.0)], "loss": "mse"},
    "optimizer": lambda: {"optimizer": Boosted(0.01, boost=3.0), "loss": "mse"},
    "schedule": lambda: {"optimizer": keras.optimizers.SGD(Halving(0.5)), "loss": "mse"},
    "both": lambda: {"optimizer": Boosted(Halving(0.5), boost=0.3), "loss": "mse"},
    "inner": lambda: {"optimizer": keras.optimizers.LossScaleOptimizer(Boosted(0.01, 3.0))},
    "loss": lambda: {"loss": Powered(1.5), "optimizer": "sgd"},
    "loss of a loss": lambda: {"loss": Weighed(Powered(1.5)), "optimizer": "sgd"},
    "mean of a function": lambda: {
        "metrics": [keras.metrics.MeanMetricWrapper(double, name="double")]
    },
}
WAYS = {
    "fit": lambda estimator: estimator,
    "clone": clone,
    "pickle": lambda estimator: pickle.loads(pickle.dumps(estimator)),
    "deepcopy": copy.deepcopy,
}


def double(y, out):
    return 2 * ops.abs(y - out)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", MADE)
def test_what_has_an_incomplete_configuration_trains_as_in_keras(kind, way):
    net = line()
    net.compile(**{"loss": "mse", **MADE[kind]()})
    run = {"epochs": 2, "batch_size": 16, "shuffle": False}
    expected = net.fit(X, Y[:, None], verbose=0, **run).history
    reg = WAYS[way](KerasWrapperRegressor(line, None, MADE[kind](), run)).fit(X, Y)
    assert reg.history_.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(reg.history_[name], values, rtol=1e-5)


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


@pytest.mark.parametrize("kind", [kind for kind in MADE if kind != "mean of a function"])
def test_a_file_holds_no_incomplete_configuration(kind, tmp_path):
    reg = KerasWrapperRegressor(line, None, MADE[kind](), random_state=0).fit(X, Y)
    reg.save(tmp_path / "reg.keraswrap")
    known = {each.__name__: each for each in (Within, Boosted, Halving, Powered, Weighed)}
    with pytest.warns(UserWarning, match="does not hold compile_kwargs"):
        loaded = KerasWrapperRegressor.load(
            tmp_path / "reg.keraswrap", model=line, custom_objects=known
        )
    np.testing.assert_array_equal(loaded.predict(X), reg.predict(X))
    with pytest.raises(ParameterError, match=r"load\(path, compile_kwargs="):
        loaded.partial_fit(X, Y)


def test_a_callback_keeps_the_metric_that_it_holds():
    X, y = groups(30)
    fitted = KerasWrapperModel(classifier, params={"callbacks": [Watched()]}).fit(X, y)
    assert fitted.history_["watched"] == [20.0]


def test_a_used_optimizer_is_copied_unused():
    given = Boosted(0.01, 3.0, momentum=0.5)
    given.build([keras.Variable(np.zeros(3))])
    made = duplicate(given)
    assert (made.boost, made.momentum, made.built) == (3.0, 0.5, False)


@pytest.mark.parametrize(
    "thing",
    [
        keras.losses.Huber(2.0),
        keras.losses.CosineSimilarity(axis=0),
        keras.metrics.CosineSimilarity(axis=0),
        keras.metrics.SparseTopKCategoricalAccuracy(1, from_sorted_ids=True),
    ],
)
def test_arguments_that_keras_itself_leaves_out_come_along(thing):
    for copied in (duplicate(thing), pickle.loads(pickle.dumps(to_spec(thing)))()):
        assert vars(copied)["_fn_kwargs"] == vars(thing)["_fn_kwargs"] != {}
