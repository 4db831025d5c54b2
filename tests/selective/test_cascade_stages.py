"""The stages of a cascade: which may be one, and what they say of rows they have not seen."""

import numpy as np
import pytest
from cascades import CHEAP, CODES, FIT, GIVEN, NEW, STAGES, X, Y
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError
from keraswrap.selective import CascadeClassifier
from keraswrap.selective._cascade_stages import align, check_stages, hold_out_stage, takes_weight

SPLITS = [(np.arange(900)[n % 3 != k], np.arange(900)[n % 3 == k])
          for n in [np.arange(900)] for k in range(3)]  # fmt: skip


def test_probabilities_of_a_row_are_by_a_fit_without_it():
    held = hold_out_stage(LogisticRegression(), X[FIT], Y[FIT], SPLITS, None, None)
    for train, test in SPLITS:
        alone = LogisticRegression().fit(X[train], Y[train])
        np.testing.assert_allclose(held.proba[test], alone.predict_proba(X[test]))
    whole = LogisticRegression().fit(X[FIT], Y[FIT])
    np.testing.assert_array_equal(held.estimator.coef_, whole.coef_)
    assert held.classes.tolist() == ["no", "yes"]
    assert held.seconds > 0


def test_weights_reach_each_fit_that_takes_them():
    weight = np.random.default_rng(0).uniform(0.1, 2, 900)
    held = hold_out_stage(LogisticRegression(), X[FIT], Y[FIT], SPLITS, weight, None)
    train, test = SPLITS[0]
    alone = LogisticRegression().fit(X[train], Y[train], weight[train])
    np.testing.assert_allclose(held.proba[test], alone.predict_proba(X[test]))
    near = hold_out_stage(KNeighborsClassifier(), X[FIT], Y[FIT], SPLITS, weight, None)
    alone = KNeighborsClassifier().fit(X[train], Y[train])
    np.testing.assert_allclose(near.proba[test], alone.predict_proba(X[test]))


@pytest.mark.parametrize(
    ("estimator", "takes"),
    [
        (LogisticRegression(), True),
        (KNeighborsClassifier(), False),
        (make_pipeline(FunctionTransformer(), LogisticRegression()), True),
        (make_pipeline(FunctionTransformer(), KNeighborsClassifier()), False),
        (FrozenEstimator(LogisticRegression()), False),
    ],
)
def test_weights_are_those_of_the_step_that_is_trained(estimator, takes):
    assert takes_weight(estimator) is takes


def test_a_fitted_stage_is_used_as_it_is():
    inner = GaussianNB().fit(X[NEW], Y[NEW])
    held = hold_out_stage(inner, X[FIT], Y[FIT], None, None, None)
    assert held.estimator is inner
    np.testing.assert_array_equal(held.proba, inner.predict_proba(X[FIT]))


def test_columns_find_their_class_and_rows_without_an_answer_stay_so():
    proba = np.array([[0.25, 0.75], [np.nan, np.nan]])
    found = align(proba, np.array(["c", "a"]), np.array(["a", "b", "c"]))
    np.testing.assert_array_equal(found, [[0.75, 0, 0.25], [np.nan] * 3])
    assert align(proba, np.array([1, 2]), np.array([1, 2])) is proba


@pytest.mark.parametrize(
    ("stages", "match"),
    [
        ([], r"a list of \(name, classifier\), at least one, got \[\]"),
        (CHEAP, r"a list of \(name, classifier\), at least one, got Pipeline"),
        ([("a", CHEAP, 1)], r"a list of \(name, classifier\)"),
        ([("a", CHEAP), ("a", CHEAP)], "a name for each stage, got 'a' twice"),
        ([("a__b", CHEAP)], "texts without '__', .* got 'a__b'"),
        ([("cv", CHEAP)], "no parameters of the cascade, got 'cv'"),
        ([("", CHEAP)], "names of stages that are texts"),
        ([(1, CHEAP)], "names of stages that are texts.* got 1"),
        ([("svm", LinearSVC())], "predict_proba, got LinearSVC as 'svm'"),
        ([("class", GaussianNB)], "a classifier as stage 'class', got <class"),
        ([("none", None)], "a classifier as stage 'none', got None"),
    ],
)
def test_what_are_no_stages_is_refused(stages, match):
    with pytest.raises(InputError, match=match):
        check_stages(stages, ["cv", "costs"])


@pytest.mark.parametrize("frozen", [False, True])
def test_fitted_stages_are_only_calibrated(frozen):
    inner = [(name, clone(stage).fit(X[FIT], Y[FIT])) for name, stage in STAGES]
    if frozen:
        inner = [(name, FrozenEstimator(stage)) for name, stage in inner]
    clf = CascadeClassifier(inner, cv=None if frozen else "prefit", target_error=0.05, **GIVEN)
    clf.fit(X[NEW], Y[NEW])
    assert [stage for _, stage in clf.stages_] == [stage for _, stage in inner]
    assert clf.stage_shares_[0] > 0
    assert clf.error_bound_ <= 0.05


def test_fitted_stages_must_know_the_same_classes():
    one = FrozenEstimator(GaussianNB().fit(X, Y))
    other = FrozenEstimator(GaussianNB().fit(X, np.where(CODES, "yes", "never")))
    with pytest.raises(InputError, match=r"'b' and 'a' that differ in .'never', 'no'."):
        CascadeClassifier([("a", one), ("b", other)]).fit(X, Y)
    with pytest.raises(InputError, match="labels among the classes of 'a'"):
        CascadeClassifier([("a", one)]).fit(X, CODES)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        CascadeClassifier(STAGES).predict(X)
