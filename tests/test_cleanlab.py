"""cleanlab's CleanLearning over the wrappers: the old wrapper's story, and more."""

import numpy as np
import pytest
from cleanlab.classification import CleanLearning
from keras import layers
from nets import LEARNS, classifier, groups
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap import KerasWrapperModel, KerasWrapperSequential

# Two groups of 50 points, and three labels flipped on either side of the border: the
# situation in which cleanlab tested its own wrapper.
N = 50
PLANTED = [N - 3, N - 2, N - 1, N, N + 1, N + 2]


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(1)
    points = np.vstack([rng.random((N, 3)), rng.random((N, 3)) + 5])
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    truth = np.repeat([0, 1], N)
    given = truth.copy()
    given[PLANTED] = 1 - given[PLANTED]
    return points, given, truth


def sequential():
    return KerasWrapperSequential(
        [layers.Dense(128, activation="relu"), layers.Dense(2)], random_state=0
    )


def model():
    return KerasWrapperModel(
        classifier, {"units": 64, "outputs": 2, "activation": None}, random_state=0
    )


def pipeline():
    return make_pipeline(StandardScaler(), model())


MAKERS = {"sequential": sequential, "model": model, "pipeline": pipeline}


def prefixed(maker, **arguments):
    prefix = "keraswrappermodel__" if maker is pipeline else ""
    return {prefix + name: value for name, value in arguments.items()}


@pytest.mark.parametrize("name", MAKERS)
def test_exactly_the_planted_errors_are_found(name, planted):
    points, given, truth = planted
    maker = MAKERS[name]
    cl = CleanLearning(maker(), seed=0)
    cl.fit(
        points, given,
        clf_kwargs=prefixed(maker, epochs=10), clf_final_kwargs=prefixed(maker, epochs=15),
    )  # fmt: skip
    issues = cl.get_label_issues()
    assert issues.index[issues["is_label_issue"]].tolist() == PLANTED
    assert (cl.predict(points) == truth).all()


def test_weights_reach_the_final_fit(planted):
    points, given, _ = planted
    weight = np.linspace(0.0, 2.0, 2 * N)
    cl = CleanLearning(model(), seed=0, cv_n_folds=2).fit(points, given, sample_weight=weight)
    kept = ~cl.get_label_issues()["is_label_issue"].to_numpy()
    alone = model().fit(points[kept], given[kept], weight[kept])
    assert (cl.predict_proba(points) == alone.predict_proba(points)).all()
    unweighted = model().fit(points[kept], given[kept])
    assert (cl.predict_proba(points) != unweighted.predict_proba(points)).any()


def test_validation_func_gives_each_fold_its_held_out_rows(planted):
    points, given, _ = planted
    seen = []

    def validation(X, y):
        seen.append(len(X))
        return {"validation_data": (X, y)}

    cl = CleanLearning(model(), seed=0, cv_n_folds=2)
    cl.find_label_issues(points, given, clf_kwargs={"epochs": 1}, validation_func=validation)
    assert seen == [N, N]


@pytest.mark.filterwarnings("ignore")
def test_a_class_of_one_row_does_not_crash_it(planted):
    points, given, _ = planted
    rare = given.copy()
    rare[np.flatnonzero(rare == 0)[1:]] = 1
    cl = CleanLearning(sequential(), seed=0)
    cl.fit(points, rare, clf_kwargs={"epochs": 2}, clf_final_kwargs={"epochs": 2})
    assert set(cl.predict(points)) <= {0, 1}


def test_three_classes():
    points, index = groups(150, 3)
    given = index.copy()
    given[:4] = (given[:4] + 1) % 3
    # Few epochs: a net that trains on learns the wrong labels by heart.
    estimator = KerasWrapperModel(classifier, **LEARNS).set_params(epochs=4)
    cl = CleanLearning(estimator, seed=0, cv_n_folds=3)
    issues = cl.find_label_issues(points, given)
    assert set(issues["label_quality"].nsmallest(8).index) >= {0, 1, 2, 3}
