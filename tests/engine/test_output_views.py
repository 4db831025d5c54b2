"""What metrics see of outputs that are not one value for each row and class."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from keraswrap import KerasWrapperModel
from keraswrap._engine.output_views import NumberLoss, _by_rank
from keraswrap._targets.head import Head
from keraswrap.exceptions import BuildError

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 5, 3)).astype("float32")
TAGS = X.argmax(axis=2)
GAPS = rng.random(TAGS.shape) < 0.3
Y = np.where(GAPS, -1, TAGS)


def build(meta, activation=None):
    assert meta["target_shape_"] == (5,)
    inputs = keras.Input((5, 3))
    hidden = keras.layers.Conv1D(8, 1, activation="relu")(inputs)
    units = 1 if meta["n_classes_"] == 2 else meta["n_classes_"]
    return keras.Model(inputs, keras.layers.Dense(units, activation)(hidden))


def make(activation=None, metrics=None, epochs=15, **more):
    return KerasWrapperModel(
        build,
        {"activation": activation},
        {"optimizer": "adam", "optimizer__learning_rate": 0.05, "metrics": metrics},
        {"epochs": epochs, "batch_size": 20, "shuffle": False},
        target="positions",
        random_state=0,
        **more,
    )


@pytest.mark.parametrize("metric", [keras.metrics.AUC(name="auc"), "categorical_crossentropy"])
def test_metrics_see_each_position_that_has_a_label(metric):
    clf = make("softmax", [metric]).set_params(validation_data=(X, Y)).fit(X, Y)
    one_hot, proba = np.eye(3, dtype="float32")[TAGS[~GAPS]], clf.predict_proba(X)[~GAPS]
    if isinstance(metric, str):
        expected = -np.log((one_hot * proba).sum(axis=1)).mean()
    else:
        auc = keras.metrics.AUC()
        auc.update_state(one_hot, proba)
        expected = float(auc.result())
    name = metric if isinstance(metric, str) else metric.name
    assert clf.history_[f"val_{name}"][-1] == pytest.approx(expected, rel=1e-4)


class Unweighed(keras.metrics.Metric):
    def update_state(self, y_true, y_pred):
        pass

    def result(self):
        return 0.0


def test_a_metric_that_takes_no_weights_is_refused():
    with pytest.raises(BuildError, match=r"update_state of the metric .* to take sample_weight"):
        make(metrics=[Unweighed()]).fit(X, Y)


@pytest.mark.parametrize("loss", ["huber", keras.losses.MeanAbsoluteError(), "log_cosh"])
def test_a_loss_of_numbers_is_kerass_of_each(loss):
    y, outputs = (rng.normal(size=(6, 3)).astype("float32") for _ in range(2))
    expected = keras.losses.get(loss)
    flat = [array.reshape(-1, 1) for array in (y, outputs)]
    found = NumberLoss(loss)
    assert found.call(y, outputs).shape == (6, 3)
    np.testing.assert_allclose(found(y, outputs), np.mean(expected(*flat)), rtol=1e-6)


@pytest.mark.parametrize("from_logits", [False, True])
def test_metrics_see_the_probability_of_each_rank(from_logits):
    outputs = rng.normal(size=(50, 3)) if from_logits else rng.random((50, 3))
    head = Head("index", "ordered", 4, from_logits=from_logits)
    found = np.asarray(_by_rank(keras.ops.array(outputs), head))
    # No threshold is passed more often than the one below it.
    higher = np.minimum.accumulate(expit(outputs) if from_logits else outputs, axis=1)
    bounds = np.hstack([np.ones((50, 1)), higher, np.zeros((50, 1))])
    np.testing.assert_allclose(found, -np.diff(bounds), atol=1e-6)
    assert (found >= 0).all()
