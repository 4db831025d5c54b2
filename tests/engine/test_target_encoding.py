"""Each loss and metric has the labels that it takes: compared with Keras given those."""

import inspect

import keras
import numpy as np
import pytest
from keras import metrics, ops
from nets import classifier, groups

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import BuildError, ParameterError

X, INDEX = groups(60)
ONE_HOT = np.eye(3, dtype="float32")[INDEX]
ARGUMENTS = {
    "IoU": {"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": False},
    "MeanIoU": {"num_classes": 3, "sparse_y_pred": False},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 2]},
    "OneHotMeanIoU": {"num_classes": 3},
    "MeanRelativeError": {"normalizer": [1.0, 1.0, 1.0]},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
# These add up values, and read no labels.
CLASSES = [
    name
    for name, kind in inspect.getmembers(metrics, inspect.isclass)
    if name not in ("Mean", "Sum", "Metric", "MeanMetricWrapper")
]
OF_INDICES = ("Sparse", "IoU", "MeanIoU")


# A fit that learns nothing, so that a metric is that of the weights before and after it.
STILL = {"optimizer": "sgd", "optimizer__learning_rate": 0.0}
ROWS = {"batch_size": 60, "validation_data": (X, INDEX)}


def measured(metric, loss=None):
    compiled = {"loss": loss, "metrics": [metric], **STILL}
    clf = KerasWrapperModel(classifier, None, compiled, {"batch_size": 20}, random_state=0)
    name = (clf.fit(X, INDEX).history_.keys() - {"loss"}).pop()
    return clf.history_[name][0], clf.predict_proba(X)


@pytest.mark.parametrize("loss", [None, "categorical_crossentropy"])
def test_every_metric_of_keras_counts_as_in_keras_on_the_labels_it_takes(loss):
    make = {name: getattr(metrics, name) for name in CLASSES}
    given = [kind(**ARGUMENTS.get(name, {}), name=name) for name, kind in make.items()]
    clf = KerasWrapperModel(classifier, None, {"loss": loss, "metrics": given, **STILL}, ROWS)
    history = clf.fit(X, INDEX).history_
    net = classifier({"n_features_in_": 4, "n_classes_": 3})
    net.set_weights(clf.net.get_weights())
    for name, metric in zip(make, given, strict=True):
        sparse = name.startswith(OF_INDICES)
        own = "sparse_categorical_crossentropy" if sparse else "mse"
        net.compile(loss=own, metrics=[metric], run_eagerly=True)  # a trace takes longer
        labels = INDEX if sparse else ONE_HOT
        expected = net.evaluate(X, labels, batch_size=60, verbose=0, return_dict=True)[name]
        np.testing.assert_allclose(history[name][0], expected, rtol=1e-4, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(history[f"val_{name}"][0], expected, rtol=1e-4, atol=1e-5)


def hits(labels, scores):
    return ops.mean(ops.argmax(labels, -1) == ops.argmax(scores, -1))


def hits_of_indices(labels, scores):
    return ops.cast(ops.cast(labels, "int32") == ops.argmax(scores, -1), "float32")


class Hits(keras.metrics.Mean):
    def update_state(self, labels, scores, sample_weight=None):
        super().update_state(ops.argmax(labels, -1) == ops.argmax(scores, -1))


class OwnF1(keras.metrics.F1Score):
    def update_state(self, labels, scores, sample_weight=None):
        super().update_state(ops.one_hot(ops.cast(labels, "int32"), 3), scores)


@pytest.mark.parametrize("loss", [None, "categorical_crossentropy"])
@pytest.mark.parametrize(
    "metric",
    ["categorical_accuracy", "CategoricalAccuracy", "sparse_categorical_accuracy", "accuracy",
     metrics.categorical_accuracy, metrics.sparse_categorical_accuracy, metrics.CategoricalAccuracy,
     hits, hits_of_indices, Hits(), metrics.MeanMetricWrapper(hits)],
)  # fmt: skip
def test_accuracy_however_it_is_written_is_the_accuracy(metric, loss):
    value, proba = measured(metric, loss)
    assert value == pytest.approx(np.mean(proba.argmax(axis=1) == INDEX))


def test_a_metric_that_encodes_by_itself_is_left_alone():
    value, proba = measured(OwnF1(average="macro"))
    alone = metrics.F1Score(average="macro")
    alone.update_state(ONE_HOT, proba)
    assert value == pytest.approx(float(alone.result()))


def focal(labels, scores):
    labels = ops.cast(labels, scores.dtype)
    return -ops.sum(labels * (1 - scores) ** 2 * ops.log(scores + 1e-7), -1)


class Focal(keras.losses.Loss):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def call(self, labels, scores):
        return focal(labels, scores)


@pytest.mark.parametrize("size", [32, 3])
@pytest.mark.parametrize("loss", [focal, Focal(), Focal, "poisson", "dice", keras.losses.Tversky()])
def test_a_loss_of_one_hot_labels_trains_as_in_keras(loss, size):
    run = {"epochs": 2, "batch_size": size, "shuffle": False}
    clf = KerasWrapperModel(classifier, None, {"loss": loss}, run, random_state=0)
    start = clf.initialize(X, INDEX).net.get_weights()
    clf.fit(X, INDEX)
    net = classifier({"n_features_in_": 4, "n_classes_": 3})
    net.set_weights(start)
    net.compile("rmsprop", loss=loss() if isinstance(loss, type) else loss)
    history = net.fit(X, ONE_HOT, verbose=0, **run).history
    np.testing.assert_allclose(clf.history_["loss"], history["loss"], rtol=1e-5)


def unclear(labels, scores):
    return ops.mean(ops.reshape(scores, (7, -1)))


def any_of_both(labels, scores):
    return ops.mean(scores, -1) + 0.0 * ops.cast(ops.sum(labels), scores.dtype)


def test_a_loss_that_takes_neither_is_refused_with_the_remedy():
    clf = KerasWrapperModel(classifier, None, {"loss": unclear})
    with pytest.raises(BuildError, match=r"unclear failed both.*unclear.target_encoding"):
        clf.fit(X, INDEX)


@pytest.mark.parametrize("said", ["index", "one_hot"])
def test_what_a_loss_says_of_itself_holds(said):
    seen = []

    def loss(labels, scores):
        seen.append(len(labels.shape))
        return any_of_both(labels, scores)

    loss.target_encoding = said
    KerasWrapperModel(classifier, None, {"loss": loss}).fit(X, INDEX)
    assert set(seen) == {1 if said == "index" else 2}


def test_an_unknown_encoding_is_refused():
    metric = Hits()
    metric.target_encoding = "onehot"
    with pytest.raises(ParameterError, match="'index' or 'one_hot', got 'onehot'"):
        KerasWrapperModel(classifier, None, {"metrics": [metric]}).fit(X, INDEX)


def test_trying_a_loss_leaves_global_generators_as_found():
    def noisy(labels, scores):
        return ops.mean(scores, -1) * np.random.uniform()

    before = np.random.get_state()[1].copy()
    KerasWrapperModel(classifier, None, {"loss": noisy}, random_state=0).fit(X, INDEX)
    assert (np.random.get_state()[1] == before).all()
