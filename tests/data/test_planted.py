"""cleanlab's old story: fit on a dataset, then find exactly the label errors planted in it."""

import numpy as np
import pytest
from cleanlab.classification import CleanLearning
from keras import layers
from nets import classifier
from sources import InBatches, hub, tf_batches, tf_shuffled

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap.data import row_view

# Two groups of 50 points, and three labels flipped on either side of the border.
N = 50
PLANTED = np.arange(N - 3, N + 3)


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(1)
    points = np.vstack([rng.random((N, 3)), rng.random((N, 3)) + 5])
    points = ((points - points.mean(axis=0)) / points.std(axis=0)).astype("float32")
    truth = np.repeat([0, 1], N)
    given = truth.copy()
    given[PLANTED] = 1 - given[PLANTED]
    return points, given, truth


def sequential():
    return KerasWrapperSequential(
        [layers.Dense(128, activation="relu"), layers.Dense(2)], random_state=0
    )


def model():
    arguments = {"units": 64, "outputs": 2, "activation": None}
    return KerasWrapperModel(classifier, arguments, random_state=0)


def rows_found(view, points, is_issue):
    """Rows of the arrays that were found, wherever shuffling put them."""
    found = np.asarray(view)[np.asarray(is_issue)]
    return sorted(int(np.flatnonzero((points == row).all(axis=1))[0]) for row in found)


@pytest.mark.parametrize(
    ("source", "maker"),
    [(tf_batches, sequential), (tf_shuffled, model), (InBatches, model), (hub, sequential)],
)
def test_exactly_the_planted_errors_are_found(source, maker, planted, tmp_path):
    points, given, truth = planted
    dataset = source(points, given)
    assert (maker().fit(dataset, epochs=10).predict(points) == truth).all()
    view, y, _ = row_view(dataset, folder=None if source is hub else tmp_path)
    cl = CleanLearning(maker(), seed=0, cv_n_folds=2)
    cl.fit(view, y, clf_kwargs={"epochs": 10}, clf_final_kwargs={"epochs": 15})
    issues = cl.get_label_issues()
    assert rows_found(view, points, issues["is_label_issue"]) == PLANTED.tolist()
    assert (cl.predict(points) == truth).all()


@pytest.mark.filterwarnings("ignore")
def test_a_class_of_one_row_does_not_crash_it(planted, tmp_path):
    points, given, _ = planted
    rare = given.copy()
    rare[np.flatnonzero(rare == 0)[1:]] = 1
    view, y, _ = row_view(tf_batches(points, rare), folder=tmp_path)
    cl = CleanLearning(model(), seed=0, cv_n_folds=2).fit(view, y)
    assert set(cl.predict(points)) <= {0, 1}
