"""Objects of the user's own keep their arguments in each fit, clone and pickle."""

import copy
import pickle

import keras
import numpy as np
import pytest
from keras import ops
from nets import classifier, groups
from own_objects import Boosted, Halving, Powered, Weighed, Within, X, Y, line
from sklearn.base import clone

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap._engine.serialization import duplicate, to_spec
from keraswrap.exceptions import ParameterError


class Watched(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.metric = Within(20.0)

    def on_epoch_end(self, epoch, logs=None):
        logs["watched"] = self.metric.tol


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
    rows = groups(30)
    fitted = KerasWrapperModel(classifier, params={"callbacks": [Watched()]}).fit(*rows)
    assert fitted.history_["watched"] == [20.0]


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
