"""Searches: scikit-learn's results, and what comes on top."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from classifiers import Frequencies, X, Y
from nets import LEARNS, QUICK, classifier, groups, two_inputs
from scipy.stats import loguniform
from sklearn import model_selection as reference
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from keraswrap import KerasWrapperModel
from keraswrap.model_selection import GridSearchCV

NAMES = np.array(["ant", "bee", "cat"])[Y]
SCALED = make_pipeline(StandardScaler(), LogisticRegression())


def recalls(estimator, X, y):
    found = recall_score(y, estimator.predict(X), average=None)
    return {"first": found[0], "last": found[2]}


def least_regularised(results):
    return int(np.argmax([params["C"] for params in results["params"]]))


TREE = DecisionTreeClassifier(random_state=0)
TWICE = reference.RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
METRICS = {"scoring": ["accuracy", "f1_macro"]}
WIDTHS = {"C": [0.1, 9.0]}
CASES = {
    "plain": (LogisticRegression(), WIDTHS, {}),
    "train scores": (SCALED, {"logisticregression__C": [0.1, 1.0]}, {"return_train_score": True}),
    "two grids": (SVC(), [WIDTHS, {"kernel": ["linear"], "C": [1.0]}], {}),
    "estimators": (SCALED, {"logisticregression": [SVC(), TREE]}, {}),
    "metrics": (SVC(), WIDTHS, {**METRICS, "refit": "f1_macro"}),
    "metrics alone": (SVC(), WIDTHS, {**METRICS, "refit": False}),
    "scorer": (SVC(), WIDTHS, {"scoring": recalls, "refit": "last"}),
    "refit": (LogisticRegression(), WIDTHS, {"refit": least_regularised}),
    "no refit": (LogisticRegression(), WIDTHS, {"refit": False}),
    "repeats": (SVC(), WIDTHS, {"cv": TWICE}),
    "failing": (LogisticRegression(), {"C": [-1.0, 1.0]}, {"scoring": recalls, "refit": "first"}),
    "scoring fails": (SVC(), WIDTHS, {"scoring": "neg_log_loss"}),
    "regression": (Ridge(), {"alpha": [0.1, 9.0]}, {"scoring": "r2"}),
}


def told(search, *rows):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*rows)
    return [str(warning.message).split("\n")[0] for warning in caught]


def without_times(results):
    return {name: value for name, value in results.items() if "time" not in name}


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_scikit_learn(case):
    estimator, grid, settings = CASES[case]
    ours = GridSearchCV(estimator, grid, **settings)
    theirs = reference.GridSearchCV(estimator, grid, **settings)
    assert told(ours, X, Y) == told(theirs, X, Y)
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    for name, value in without_times(theirs.cv_results_).items():
        np.testing.assert_array_equal(ours.cv_results_[name], value, err_msg=name)
    learned = {k for k in vars(theirs) if k.endswith("_")}
    assert learned <= set(vars(ours))
    for name in learned & {"best_index_", "best_score_", "best_params_", "multimetric_"}:
        assert str(getattr(ours, name)) == str(getattr(theirs, name))


def test_drawn_candidates_are_those_of_scikit_learn():
    draws = {"C": loguniform(0.1, 10), "kernel": ["rbf", "linear"]}
    found = [
        module.RandomizedSearchCV(SVC(), draws, n_iter=4, random_state=3, cv=2).fit(X, Y)
        for module in (reference, __import__("keraswrap.model_selection", fromlist=["_"]))
    ]
    assert found[0].cv_results_["params"] == found[1].cv_results_["params"]
    assert found[0].best_score_ == found[1].best_score_


@parametrize_with_checks([GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_a_search_can_be_copied_and_sent():
    search = GridSearchCV(SVC(), {"C": [1.0]}, journal="j", progress=False, oof=False, cv=2)
    assert clone(search).get_params()["journal"] == "j"
    again = pickle.loads(pickle.dumps(search.set_params(journal=None).fit(X, Y)))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))


@pytest.mark.parametrize(
    "change", [{"progress": "often"}, {"share_epochs": 2}, {"oof": None}, {"journal": 3}]
)
def test_parameters_are_checked_as_scikit_learn_does(change):
    with pytest.raises(ValueError, match=f"The '{next(iter(change))}' parameter of GridSearchCV"):
        GridSearchCV(SVC(), {"C": [1.0]}, **change).fit(X, Y)


def asked(search, method):
    """Say what comes of asking a search that was not fitted, and what it says."""
    rows = (X, Y) if method == "score" else (X,)
    try:
        getattr(search, method)(*rows)
    except AttributeError as error:
        return type(error), str(error), str(error.__cause__)
    raise AssertionError("it answered")


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize(
    "estimator",
    [
        *(LogisticRegression(), SVC(), KMeans(2), Ridge(), make_pipeline(StandardScaler())),
        KerasWrapperModel(classifier),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_before_fit_it_says_what_scikit_learn_says(estimator, refit):
    methods = ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"]
    for method in [*methods, "score_samples", "transform", "inverse_transform"]:
        ours, theirs = (
            asked(kind(estimator, {"C": [1.0]}, refit=refit), method)
            for kind in (GridSearchCV, reference.GridSearchCV)
        )
        assert ours == theirs
        assert issubclass(ours[0], NotFittedError) or not hasattr(estimator, method) or not refit


@pytest.mark.parametrize("empty", [{"param_grid": []}, {"cv": []}])
def test_a_search_of_nothing(empty):
    search = GridSearchCV(SVC(), WIDTHS).set_params(**empty)
    with pytest.raises(ValueError, match="No fits were performed"):
        search.fit(X, Y)


# Probabilities of the rows held out


@pytest.mark.parametrize("y", [Y, NAMES], ids=["numbers", "names"])
@pytest.mark.parametrize("refit", [True, False, least_regularised])
def test_probabilities_are_those_of_the_best_candidate(y, refit):
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0, 0.1]}, refit=refit).fit(X, y)
    best = LogisticRegression(**search.best_params_)
    wanted = reference.cross_val_predict(best, X, y, method="predict_proba")
    np.testing.assert_array_equal(search.oof_proba_, wanted)


def test_probabilities_of_rows_held_out_twice_or_never():
    splits = [(np.arange(40, 120), np.arange(40)), (np.arange(30, 120), np.arange(20))]
    found = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=splits).fit(X, Y).oof_proba_
    each = [LogisticRegression().fit(X[a], Y[a]).predict_proba(X[:40]) for a, _ in splits]
    np.testing.assert_allclose(found[:20], (each[0] + each[1])[:20] / 2)
    np.testing.assert_array_equal(found[20:40], each[0][20:])
    assert np.isnan(found[40:]).all()


def test_a_class_that_a_fold_misses_has_a_column_of_zeros():
    splits = [
        (np.flatnonzero(Y != 1), np.flatnonzero(Y == 1)),
        (np.flatnonzero(Y == 1), np.flatnonzero(Y == 0)),
    ]
    found = GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, cv=splits).fit(X, NAMES)
    assert found.oof_proba_.shape == (120, 3)
    assert (found.oof_proba_[Y == 1][:, 1] == 0).all()


@pytest.mark.parametrize(
    ("search", "why"),
    [
        (GridSearchCV(SVC(), {"C": [1.0]}), "SVC has no predict_proba"),
        (GridSearchCV(DummyRegressor(), {"strategy": ["mean"]}), "DummyRegressor has no"),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, oof=False), "oof=False"),
        (
            GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring=["accuracy"], refit=False),
            "there is no best candidate",
        ),
    ],
)
def test_where_there_are_no_probabilities_it_is_said(search, why):
    with pytest.raises(AttributeError, match="oof_proba_ is available after fit"):
        _ = search.oof_proba_
    with pytest.raises(AttributeError, match=f"oof_proba_ is not available: .*{why}"):
        _ = search.fit(X, Y).oof_proba_


def test_an_estimator_that_is_no_classifier_and_needs_no_y():
    found = GridSearchCV(KMeans(random_state=0, n_init=1), {"n_clusters": [2, 3]}, cv=2).fit(X)
    wanted = reference.GridSearchCV(KMeans(random_state=0, n_init=1), {"n_clusters": [2, 3]}, cv=2)
    assert found.best_score_ == wanted.fit(X).best_score_


# Metadata


def test_groups_and_weights_go_where_they_go_in_scikit_learn():
    weight, group = np.linspace(0, 1, 120), np.arange(120) % 7
    found = []
    for module in (reference.GridSearchCV, GridSearchCV):
        search = module(SCALED, {"logisticregression__C": [0.1, 1.0]}, cv=reference.GroupKFold(3))
        search.fit(X, Y, groups=group, logisticregression__sample_weight=weight)
        found.append(search.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*found)


def test_routed_weights_reach_the_scorer():
    weight, found = np.linspace(0, 1, 120), []
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        recall = make_scorer(recall_score, average="macro").set_score_request(sample_weight=True)
        for module in (reference.GridSearchCV, GridSearchCV):
            search = module(model, {"C": [0.1, 1.0]}, scoring=recall, cv=2, n_jobs=2)
            found.append(search.fit(X, Y, sample_weight=weight).cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*found)


# Wrappers, and what they take


def net(**changes):
    return KerasWrapperModel(classifier, **QUICK).set_params(**changes)


def test_a_wrapper_gets_the_scores_that_scikit_learn_gives_it():
    grid = {"model__units": [2, 8], "compile__optimizer__learning_rate": [0.01, 0.1]}
    points, index = groups(60, 3)
    ours = GridSearchCV(net(), grid, cv=2, error_score="raise").fit(points, index)
    theirs = reference.GridSearchCV(net(), grid, cv=2).fit(points, index)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    best = net(**ours.best_params_)
    wanted = reference.cross_val_predict(best, points, index, cv=2, method="predict_proba")
    np.testing.assert_array_equal(ours.oof_proba_, wanted)


def test_arrays_by_name_and_datasets_are_sliced_as_everywhere():
    import tensorflow as tf

    points, index = groups(60, 3)
    named = {"left": points[:, :1], "right": points[:, 1:2]}
    model = KerasWrapperModel(two_inputs, **QUICK)
    ours = GridSearchCV(model, {"batch_size": [8]}, cv=2, error_score="raise")
    arrays = ours.fit(named, index).oof_proba_
    frame = pd.DataFrame({name: column[:, 0] for name, column in named.items()})
    np.testing.assert_array_equal(ours.fit(frame, index).oof_proba_, arrays)
    stream = tf.data.Dataset.from_tensor_slices((named, index)).batch(7)
    np.testing.assert_array_equal(ours.fit(stream).oof_proba_, arrays)


@pytest.mark.slow
def test_nets_on_two_processes_score_the_same():
    points, index = groups(60, 3)
    search = GridSearchCV(
        KerasWrapperModel(lambda meta: classifier(meta), **LEARNS), {"epochs": [1, 8]}, cv=2
    )
    found = [
        clone(search).set_params(n_jobs=jobs, refit=False).fit(points, index) for jobs in (1, 2)
    ]
    scores = [each.cv_results_["mean_test_score"] for each in found]
    np.testing.assert_array_equal(*scores)
    np.testing.assert_allclose(found[0].oof_proba_, found[1].oof_proba_, atol=1e-5)


@pytest.mark.parametrize("resource", ["epochs", "n_samples"])
def test_halving_takes_wrappers(resource):
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401

    points, index = groups(90, 3)
    limits = {"max_resources": 4, "min_resources": 1} if resource == "epochs" else {}
    search = reference.HalvingGridSearchCV(
        net(), {"model__units": [1, 8, 16]}, resource=resource, factor=2, cv=2,
        random_state=0, error_score="raise", **limits,
    )  # fmt: skip
    search.fit(points, index)
    assert search.n_iterations_ >= 2
    assert search.best_estimator_.net.layers[1].units == search.best_params_["model__units"]


def test_verbose_tells_each_fit_and_what_was_shared(capsys):
    GridSearchCV(Frequencies(), {"power": [1.0, 2.0]}, cv=2, verbose=2).fit(X, Y)
    told = capsys.readouterr().out
    assert "Fitting 2 folds for each of 2 candidates, totalling 4 fits" in told
    assert "[CV 2/2] END power=2.0; score=" in told
    assert "nothing is shared: no two candidates differ only in a wrapper's epochs" in told
