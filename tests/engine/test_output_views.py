"""What a loss and metrics see of outputs that are not one value for each row and class."""

import keras
import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss

from keraswrap._engine.output_views import NumberLoss, _by_rank, adapt_to_head
from keraswrap._targets.head import Head
from keraswrap.exceptions import BuildError

rng = np.random.default_rng(0)
POSITIONS = Head("index", "softmax", 3, each="position")


def adapted(head, name, metric):
    """The one metric that comes of one given as `metrics` or as `weighted_metrics`."""
    given = {"loss": "mse", "metrics": None, "weighted_metrics": None, name: [metric]}
    found = adapt_to_head(given, head)
    (made,) = [*found["metrics"], *found["weighted_metrics"]]
    return made


@pytest.mark.parametrize("name", ["metrics", "weighted_metrics"])
def test_a_metric_sees_each_position_and_no_gap(name):
    y, gaps = rng.integers(0, 3, (6, 5)), rng.random((6, 5)) < 0.3
    weights = np.where(gaps, 0, rng.uniform(0.5, 2, (6, 5)))
    proba = rng.dirichlet(np.ones(3), (6, 5))
    metric = adapted(POSITIONS, name, "sparse_categorical_crossentropy")
    metric.update_state(y, proba, sample_weight=weights)
    # Plain metrics count positions, the others weigh them.
    counted = ~gaps if name == "metrics" else weights
    expected = log_loss(y.ravel(), proba.reshape(-1, 3), sample_weight=counted.ravel())
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    assert metric.name == "sparse_categorical_crossentropy"


class Unweighed(keras.metrics.Metric):
    def update_state(self, y_true, y_pred):
        pass

    def result(self):
        return 0.0


def test_a_metric_that_takes_no_weights_is_refused_where_there_may_be_gaps():
    with pytest.raises(BuildError, match=r"update_state of the metric .* to take sample_weight"):
        adapted(POSITIONS, "metrics", Unweighed())
    assert isinstance(adapted(Head("numbers", "gaussian", 2), "metrics", Unweighed()), Unweighed)


def test_of_a_distribution_metrics_see_the_mean():
    y, outputs = rng.normal(size=(8, 2)), rng.normal(size=(8, 4))
    metric = adapted(Head("numbers", "gaussian", 2), "metrics", "mae")
    metric.update_state(y, outputs)
    assert float(metric.result()) == pytest.approx(np.abs(y - outputs[:, :2]).mean(), rel=1e-6)


@pytest.mark.parametrize("loss", ["huber", keras.losses.MeanAbsoluteError(), "log_cosh"])
def test_a_loss_of_numbers_is_kerass_of_each(loss):
    y, outputs = (rng.normal(size=(6, 3)).astype("float32") for _ in range(2))
    expected = keras.losses.get(loss)(y.reshape(-1, 1), outputs.reshape(-1, 1))
    found = NumberLoss(loss)
    assert found.call(y, outputs).shape == (6, 3)
    np.testing.assert_allclose(found(y, outputs), np.mean(expected), rtol=1e-6)


@pytest.mark.parametrize("from_logits", [False, True])
def test_metrics_see_the_probability_of_each_rank_and_accuracy_the_median(from_logits):
    outputs = rng.normal(size=(50, 3)) if from_logits else rng.random((50, 3))
    head = Head("index", "ordered", 4, from_logits=from_logits)
    found = np.asarray(_by_rank(keras.ops.array(outputs), head))
    # No threshold is passed more often than the one below it.
    higher = np.minimum.accumulate(expit(outputs) if from_logits else outputs, axis=1)
    bounds = np.hstack([np.ones((50, 1)), higher, np.zeros((50, 1))])
    np.testing.assert_allclose(found, -np.diff(bounds), atol=1e-6)
    ranks = rng.integers(0, 4, 50)
    accuracy = adapted(head, "metrics", "accuracy")
    accuracy.update_state(ranks, outputs)
    assert float(accuracy.result()) == pytest.approx(((higher > 0.5).sum(axis=1) == ranks).mean())
