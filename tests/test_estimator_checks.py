"""scikit-learn's own checks of an estimator, every one, over the three wrappers."""

import functools

import keras
import pytest
from keras import layers
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

# Few epochs of small batches: an epoch costs more than a step on nets this small.
QUICK = {
    "params": {"epochs": 10, "batch_size": 16},
    "compile_kwargs": {"optimizer": "adam", "optimizer__learning_rate": 0.05},
    "random_state": 0,
}
# Batches of other rows see other means: equal weights give equal nets only in full batches,
# compared to 1e-7 only in float64. scikit-learn grants its own MLP a solver for the same reason.
FULL_BATCH = {
    "params": {"epochs": 3, "batch_size": 1000},
    "compile_kwargs": {"optimizer": "sgd"},
    "random_state": 0,
}


def classifier(meta, dtype="float32"):
    inputs = keras.Input((meta["n_features_in_"],), dtype=dtype)
    hidden = layers.Dense(32, activation="relu", dtype=dtype)(inputs)
    activation = "sigmoid" if meta["multi_label_"] else "softmax"
    outputs = layers.Dense(meta["n_classes_"], activation=activation, dtype=dtype)(hidden)
    return keras.Model(inputs, outputs)


def regressor(meta, dtype="float32"):
    inputs = keras.Input((meta["n_features_in_"],), dtype=dtype)
    hidden = layers.Dense(32, activation="relu", dtype=dtype)(inputs)
    return keras.Model(inputs, layers.Dense(meta["n_outputs_"], dtype=dtype)(hidden))


def sequential(dtype="float32"):
    # Functions, not layers: one check compares hashes of parameters, and what Keras pickles
    # of a layer holds the second it was pickled in.
    return [functools.partial(layer, dtype=dtype) for layer in (hidden_layer, output_layer)]


def hidden_layer(meta, dtype):
    return layers.Dense(32, activation="relu", dtype=dtype)


def output_layer(meta, dtype):
    return layers.Dense(meta["n_classes_"], dtype=dtype)


def quick(name):
    return {
        "model": lambda: KerasWrapperModel(classifier, **QUICK),
        "sequential": lambda: KerasWrapperSequential(sequential(), **QUICK),
        "regressor": lambda: KerasWrapperRegressor(regressor, **QUICK),
    }[name]()


def full_batch(name):
    double = {"dtype": "float64"}
    return {
        "model": lambda: KerasWrapperModel(classifier, double, **FULL_BATCH),
        "sequential": lambda: KerasWrapperSequential(sequential(**double), **FULL_BATCH),
        "regressor": lambda: KerasWrapperRegressor(regressor, double, **FULL_BATCH),
    }[name]()


def checks(name):
    for _, check in estimator_checks_generator(quick(name)):
        yield pytest.param(name, check, id=f"{name}-{check.func.__name__}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "check"), [*checks("model"), *checks("sequential"), *checks("regressor")]
)
def test_check(name, check):
    equivalence = "sample_weight_equivalence" in check.func.__name__
    check(full_batch(name) if equivalence else quick(name))
