"""CascadeClassifier: scikit-learn's rules, who is asked about which rows, and what it refuses."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from cascades import FIT, GIVEN, NEW, RNG, STAGES, X, Y, first_column
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.selective import CascadeClassifier, SelectiveClassifier


def two_words(prompt):
    known = {"broke": "bad", "superb": "good"}
    return next((label for word, label in known.items() if word in prompt), "hm")


@pytest.fixture(scope="module")
def fitted():
    return CascadeClassifier(STAGES, target_error=0.02, **GIVEN).fit(X[FIT], Y[FIT])


def lenient():
    # Few rows are enough, and every row is answered.
    stages = [("weak", LogisticRegression(C=0.01)), ("strong", LogisticRegression())]
    asked = {"target_error": "last", "margin": 0.9, "confidence": 0.2}
    return CascadeClassifier(stages, costs=[1, 5], cv=2, **asked)


def scikit_learns_checks():
    for _, check in estimator_checks_generator(lenient()):
        yield pytest.param(check, id=check.func.__name__)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", list(scikit_learns_checks()))
def test_check(check):
    check(lenient())


def test_it_is_cheaper_than_its_last_stage_and_keeps_its_promise(fitted):
    assert fitted.classes_.tolist() == ["no", "yes"]
    assert (fitted.cost_unit_, fitted.costs_.tolist()) == ("given", [1, 20])
    assert fitted.cost_ < 20
    assert fitted.error_bound_ <= 0.02
    assert fitted.stage_shares_.sum() == pytest.approx(fitted.coverage_)
    found = fitted.predict(X[NEW])
    answered = np.array([label is not None for label in found])
    assert 0.7 < answered.mean() < 1
    assert (found != Y[NEW])[answered].mean() <= 0.03


def test_stages_are_fitted_on_all_rows(fitted):
    alone = clone(LogisticRegression()).fit(X[FIT], Y[FIT])
    np.testing.assert_array_equal(dict(fitted.stages_)["dear"].coef_, alone.coef_)
    assert fitted.n_features_in_ == 2


def test_as_good_as_the_last_stage_answers_every_row():
    clf = CascadeClassifier(STAGES, target_error="last", margin=0.02, **GIVEN)
    clf.fit(X[FIT], Y[FIT])
    alone = (dict(clf.stages_)["dear"].predict(X[NEW]) != Y[NEW]).mean()
    assert (clf.coverage_, clf.thresholds_[1]) == (1, -np.inf)
    assert clf.cost_ < 12
    assert clf.error_bound_ <= 0.02
    assert (clf.predict(X[NEW]) != Y[NEW]).mean() <= alone + 0.02
    assert clf.predict(X[NEW]).dtype == Y.dtype


def test_one_stage_answers_as_a_selective_classifier_of_fewer_rows():
    clf = CascadeClassifier([("only", LogisticRegression())], target_error=0.03, costs=[1])
    clf.fit(X[FIT], Y[FIT])
    other = SelectiveClassifier(LogisticRegression(), target_error=0.03).fit(X[FIT], Y[FIT])
    assert abs(clf.coverage_ - other.coverage_) < 0.1


@pytest.mark.parametrize("costs", [pd.Series([1, 20]), pd.Series({"dear": 20, "cheap": 1})])
def test_costs_come_in_a_series_in_order_or_by_name(costs):
    clf = CascadeClassifier(STAGES, costs=costs).fit(X[FIT], Y[FIT])
    assert clf.costs_.tolist() == [1, 20]


def test_an_unanswered_row_costs_what_it_is_said_to(fitted):
    careless = clone(fitted).set_params(unanswered_cost=0).fit(X[FIT], Y[FIT])
    assert careless.cost_ < fitted.cost_
    assert careless.coverage_ < fitted.coverage_


def test_parameters_of_stages_are_reached_by_name_and_tuned():
    clf = CascadeClassifier(STAGES, cv=3, **GIVEN)
    assert clf.get_params()["dear__C"] == 1.0
    assert clone(clf).set_params(dear__C=9).stages[1][1].C == 9
    assert clone(clf).set_params(dear=GaussianNB()).stages[1][1].get_params() == (
        GaussianNB().get_params()
    )
    steps = make_pipeline(StandardScaler(), clf)
    grid = {"cascadeclassifier__dear__C": [1e-6, 1.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(steps, grid, cv=2).fit(X, Y)
    assert search.best_score_ > 0.8


def test_weights_and_groups_are_routed():
    params = {"sample_weight": RNG.uniform(0.1, 2, 1500), "groups": np.arange(1500) // 3}
    plain = CascadeClassifier(STAGES, cv=3, **GIVEN).fit(X, Y, **params)
    with sklearn.config_context(enable_metadata_routing=True):
        asked = GaussianNB().set_fit_request(sample_weight=True)
        cheap = make_pipeline(FunctionTransformer(first_column), asked)
        dear = LogisticRegression().set_fit_request(sample_weight=True)
        clf = CascadeClassifier([("cheap", cheap), ("dear", dear)], cv=3, **GIVEN)
        with pytest.raises(UnsetMetadataPassedError, match=r"CascadeClassifier\.fit"):
            cross_validate(clf, X, Y, params=params, cv=2)
        clf.set_fit_request(sample_weight=True, groups=True).set_score_request(sample_weight=False)
        assert min(cross_validate(clf, X, Y, params=params, cv=2)["test_score"]) > 0.8
        clf.fit(X, Y, **params)
    np.testing.assert_array_equal(clf.thresholds_, plain.thresholds_)
    np.testing.assert_array_equal(clf.stages_[1][1].coef_, plain.stages_[1][1].coef_)


@pytest.mark.filterwarnings("ignore")
def test_texts_frames_and_language_models(tmp_path):
    model = FakeLM(says=two_words, gives_log_probs=False)
    words = make_pipeline(CountVectorizer(vocabulary=["dull", "fine"]), MultinomialNB())
    texts = np.array(["dull dull", "fine fine", "broke", "superb", "who knows"] * 60)
    labels = np.array(["bad", "good", "bad", "good", "bad"] * 60)
    stages = [("words", words), ("llm", ZeroShotClassifier(model=model))]
    clf = CascadeClassifier(stages, costs={"llm": 50, "words": 1}).fit(pd.Series(texts), labels)
    assert clf.predict_stages(texts[:5].tolist()).tolist() == [0, 0, 1, 1, -1]
    assert clf.predict(texts[:5]).tolist() == ["bad", "good", "bad", "good", None]
    joblib.dump(clf, tmp_path / "cascade.joblib")
    again = joblib.load(tmp_path / "cascade.joblib")
    np.testing.assert_array_equal(again.predict_proba(texts), clf.predict_proba(texts))


def test_it_is_pickled_and_gives_the_same_bits_again(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.predict(X[NEW]).tolist() == fitted.predict(X[NEW]).tolist()
    other = clone(fitted).fit(X[FIT], Y[FIT])
    assert other.thresholds_.tolist() == fitted.thresholds_.tolist()


def test_without_stages_it_is_still_a_classifier_that_is_not_fitted():
    assert is_classifier(CascadeClassifier([]))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        CascadeClassifier([]).predict(X)
