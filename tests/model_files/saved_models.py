"""Small fitted estimators of each class that a file holds."""

import keras
import numpy as np
from nets import LEARNS, QUICK, classifier, groups, regressor

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap.ensembles import DeepEnsembleClassifier, DeepEnsembleRegressor
from keraswrap.selective import SelectiveClassifier

X, INDEX = groups(n=60)
Y = np.array(["ant", "bee", "cat"])[INDEX]


def fitted_model():
    return KerasWrapperModel(classifier, **QUICK).fit(X, Y)


def fitted_sequential():
    layers = [keras.layers.Dense(3, activation="softmax")]
    return KerasWrapperSequential(layers, **QUICK).fit(X, Y)


def fitted_regressor():
    return KerasWrapperRegressor(regressor, **QUICK).fit(X, X[:, 0])


def fitted_selective(**params):
    params = {"target_error": 0.2, "cv": 2, **params}
    return SelectiveClassifier(KerasWrapperModel(classifier, **LEARNS), **params)


def fitted_ensemble(net, y):
    kind = DeepEnsembleRegressor if y.dtype.kind == "f" else DeepEnsembleClassifier
    return kind(net, 2, random_state=0).fit(X, y)


MAKERS = {
    "KerasWrapperModel": fitted_model,
    "KerasWrapperSequential": fitted_sequential,
    "KerasWrapperRegressor": fitted_regressor,
    "DeepEnsembleClassifier": lambda: fitted_ensemble(KerasWrapperModel(classifier, **QUICK), Y),
    "DeepEnsembleRegressor": lambda: fitted_ensemble(
        KerasWrapperRegressor(regressor, **QUICK), X[:, 0]
    ),
    "SelectiveClassifier": lambda: fitted_selective().fit(X, Y),
}
