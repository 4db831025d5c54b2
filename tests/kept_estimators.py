"""Estimators of every kind to pickle, copy, save and load, each fitted when it is asked for."""

import copy
import pickle

import joblib
import keras
import numpy as np
from keras import layers
from nets import classifier, groups, output_layer, regressor, text_layers, two_inputs

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

X, INDEX = groups(n=24)
Y = np.array(["ant", "bee", "cat"])[INDEX]
TEXTS = ["good film", "bad film", "a good one"] * 4
ADAM = {"optimizer": "adam", "metrics": ["accuracy"]}


# Classes that Keras was never told of


class Scale(layers.Layer):
    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="random_normal")

    def call(self, inputs):
        return self.by * inputs + self.shift

    def get_config(self):
        return {**super().get_config(), "by": self.by}


class Loss(keras.losses.SparseCategoricalCrossentropy):
    pass


class Metric(keras.metrics.SparseCategoricalAccuracy):
    pass


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense, self.units = layers.Dense(units), units

    def call(self, inputs):
        return self.dense(inputs)

    def get_config(self):
        return {"units": self.units}


CUSTOM = {"Scale": Scale, "Loss": Loss, "Metric": Metric, "Subclassed": Subclassed}


def custom(meta, by=3.0):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dropout(0.2)(Scale(by)(inputs))
    return keras.Model(inputs, layers.Dense(meta["n_classes_"], activation="softmax")(hidden))


def subclassed(meta):
    return Subclassed(meta["n_classes_"])


def adapted():
    layer = layers.Normalization()
    layer.adapt(10 * X)
    return layer


def frozen_stack():
    return [adapted(), Scale(trainable=False), layers.Dropout(0.3), layers.Dense(3)]


def own_compile():
    return {
        "loss": Loss(),
        "metrics": [Metric(name="hits")],
        "optimizer": keras.optimizers.Adam(0.1),
    }


QUICK = {"params": {"epochs": 1, "batch_size": 8}, "random_state": 0}
MAKE = {
    "model": lambda: KerasWrapperModel(classifier, {"dropout": 0.3}, ADAM, **QUICK),
    "custom": lambda: KerasWrapperModel(custom, None, own_compile(), **QUICK),
    "subclassed": lambda: KerasWrapperModel(subclassed, **QUICK),
    "pair": lambda: KerasWrapperModel(two_inputs, **QUICK),
    "layers": lambda: KerasWrapperSequential(
        [layers.Normalization(), Scale(), layers.Dropout(0.3), layers.Dense(3)], **QUICK
    ),
    "frozen": lambda: KerasWrapperSequential(frozen_stack(), compile_kwargs=ADAM, **QUICK),
    "of meta": lambda: KerasWrapperSequential([layers.Dense(4), output_layer], **QUICK),
    "text": lambda: KerasWrapperSequential(text_layers(), **QUICK),
    "regressor": lambda: KerasWrapperRegressor(regressor, **QUICK),
}
DATA = {"text": (TEXTS, [1, 0, 1] * 4), "regressor": (X, X @ np.eye(4)[:, :2])}
DATA["pair"] = ({"left": X[:, 0], "right": X[:, 1]}, Y)


def data(kind):
    return DATA.get(kind, (X, Y))


def outputs(estimator, kind):
    return getattr(estimator, "predict_proba", estimator.predict)(data(kind)[0])


class Fitted(dict):
    """Fitted estimators by kind, each with what it gives for its rows."""

    def __missing__(self, kind):
        one = MAKE[kind]().fit(*data(kind))
        self[kind] = one, outputs(one, kind)
        return self[kind]


FITTED = Fitted()


def by_pickle(estimator, folder):
    return pickle.loads(pickle.dumps(estimator))


def by_joblib(estimator, folder):
    joblib.dump(estimator, folder / "net.joblib")
    return joblib.load(folder / "net.joblib")


def by_copy(estimator, folder):
    return copy.deepcopy(estimator)


def by_file(estimator, folder):
    estimator.save(folder / "net.keraswrap")
    return type(estimator).load(folder / "net.keraswrap", custom_objects=CUSTOM)


WAYS = [by_pickle, by_joblib, by_copy, by_file]
