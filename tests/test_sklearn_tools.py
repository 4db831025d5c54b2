"""The wrappers inside scikit-learn's own tools."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from nets import LEARNS, QUICK, classifier, groups, output_layer, regressor
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

X, INDEX = groups(60, 3)
Y = np.array(["ant", "bee", "cat"])[INDEX]


def learner(**changes):
    return KerasWrapperModel(classifier, **LEARNS).set_params(**changes)


def test_kinds_are_known():
    assert is_classifier(learner())
    assert is_classifier(KerasWrapperSequential([output_layer]))
    assert is_regressor(KerasWrapperRegressor(regressor))


def test_a_grid_over_fit_model_and_compile_parameters():
    grid = {
        "epochs": [1, 15],
        "model__units": [8],
        "compile__optimizer__learning_rate": [0.05],
    }
    search = GridSearchCV(learner(), grid, cv=2, error_score="raise").fit(X, Y)
    assert search.best_params_["epochs"] == 15
    assert search.best_estimator_.net.layers[1].units == 8
    assert search.score(X, Y) == 1.0


@pytest.mark.thorough
@pytest.mark.slow
def test_a_grid_on_two_processes_finds_the_same():
    found = [
        GridSearchCV(learner(), {"epochs": [1, 8]}, cv=2, n_jobs=jobs, refit=False).fit(X, Y)
        for jobs in (1, 2)
    ]
    scores = [search.cv_results_["mean_test_score"] for search in found]
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("k", [2, 3], ids=["binary", "multiclass"])
def test_scoring_by_roc_auc(k):
    points, index = groups(60, k)
    scores = cross_val_score(learner(), points, index, cv=2, scoring="roc_auc_ovr")
    assert (scores > 0.95).all()


def test_scoring_by_roc_auc_of_one_sigmoid():
    points, index = groups(60, 2)
    one = learner(model__outputs=1, model__activation="sigmoid")
    assert (cross_val_score(one, points, index, cv=2, scoring="roc_auc") > 0.95).all()


def test_voting_and_stacking():
    pair = [("net", learner()), ("linear", LogisticRegression())]
    assert VotingClassifier(pair, voting="soft").fit(X, Y).score(X, Y) == 1.0
    assert StackingClassifier(pair, cv=2).fit(X, Y).score(X, Y) == 1.0


def test_calibration():
    calibrated = CalibratedClassifierCV(learner(), cv=2).fit(X, Y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1.0)
    assert calibrated.score(X, Y) == 1.0


def test_out_of_fold_probabilities_fill_the_classes_that_a_fold_misses():
    folds = [(np.flatnonzero(k != INDEX), np.flatnonzero(k == INDEX)) for k in range(2)]
    folds.append((np.flatnonzero(INDEX < 2), np.flatnonzero(INDEX == 2)))
    found = cross_val_predict(
        learner(epochs=1, classes=np.unique(Y), model__outputs=3),
        X, Y, cv=folds, method="predict_proba",
    )  # fmt: skip
    assert found.shape == (60, 3)


def test_columns_of_numbers_and_categories():
    frame = pd.DataFrame({"size": X[:, 0], "weight": X[:, 1], "kind": Y})
    encode = ColumnTransformer(
        [("numbers", StandardScaler(), ["size", "weight"]), ("kinds", OneHotEncoder(), ["kind"])]
    )
    # As a sparse matrix from the encoder, or dense, the net learns the same.
    found = []
    for density in (0.0, 1.0):
        pipe = make_pipeline(encode.set_params(sparse_threshold=density), learner())
        found.append(pipe.fit(frame, Y).predict_proba(frame))
    np.testing.assert_allclose(*found, atol=1e-6)


def test_learning_curve_and_permutation_importance():
    _, _, scores = learning_curve(learner(), X, Y, train_sizes=[0.5, 1.0], cv=2, shuffle=True,
                                  random_state=0)  # fmt: skip
    assert scores.shape == (2, 2)
    found = permutation_importance(learner().fit(X, Y), X, Y, n_repeats=2, random_state=0)
    assert found.importances_mean[:3].min() > found.importances_mean[3]


def test_a_regressor_in_a_search_with_scaling():
    pipe = make_pipeline(StandardScaler(), KerasWrapperRegressor(regressor, **LEARNS))
    grid = {"keraswrapperregressor__epochs": [1, 15]}
    search = GridSearchCV(pipe, grid, cv=2, error_score="raise").fit(X, X.sum(axis=1))
    assert search.best_params_ == {"keraswrapperregressor__epochs": 15}


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def test_sample_weight_is_routed_to_fit_and_score(routing):
    net = KerasWrapperModel(classifier, **QUICK)
    net.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    weight = np.linspace(0.0, 2.0, len(X))
    search = GridSearchCV(net, {"epochs": [2]}, cv=[(np.arange(40), np.arange(40, 60))])
    search.fit(X, Y, sample_weight=weight)
    alone = KerasWrapperModel(classifier, **QUICK).fit(X, Y, weight)
    assert (search.predict_proba(X) == alone.predict_proba(X)).all()
    part = KerasWrapperModel(classifier, **QUICK).fit(X[:40], Y[:40], weight[:40])
    scores = search.cv_results_["mean_test_score"]
    assert scores == [part.score(X[40:], Y[40:], weight[40:])]
