"""CascadeClassifier: scikit-learn's rules, who is asked about which rows, and what it refuses."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.selective import CascadeClassifier, SelectiveClassifier

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 2, 1500)
# The first column alone sometimes decides; both together mostly.
X = CODES[:, None] * [2.0, 2.8] + RNG.normal(size=(1500, 2))
Y = np.array(["no", "yes"])[CODES]
FIT, NEW = slice(0, 900), slice(900, None)


def first_column(rows):
    return np.asarray(rows)[:, :1]


def two_words(prompt):
    known = {"broke": "bad", "superb": "good"}
    return next((label for word, label in known.items() if word in prompt), "hm")


CHEAP = make_pipeline(FunctionTransformer(first_column), GaussianNB())
STAGES = [("cheap", CHEAP), ("dear", LogisticRegression())]
GIVEN = {"costs": [1, 20]}


class Counting(LogisticRegression):
    """Counts the rows that it is asked about."""

    asked = ()

    def predict_proba(self, X):
        Counting.asked = (*Counting.asked, len(X))
        return super().predict_proba(X)


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


def test_rows_get_the_answer_of_the_first_stage_that_is_sure(fitted):
    told = fitted.predict_details(X[NEW])
    proba = [stage.predict_proba(X[NEW]) for _, stage in fitted.stages_]
    sure = [p.max(axis=1) >= t for p, t in zip(proba, fitted.thresholds_, strict=True)]
    stage = np.select(sure, [0, 1], -1)
    assert set(stage) == {0, 1, -1}
    assert told.stage.tolist() == fitted.predict_stages(X[NEW]).tolist() == stage.tolist()
    assert told.stage_names == [{0: "cheap", 1: "dear", -1: None}[s] for s in stage.tolist()]
    assert told.cost.tolist() == np.where(stage == 0, 1, 21).tolist()
    of_stage = np.where((stage == 0)[:, None], proba[0], proba[1])
    np.testing.assert_array_equal(fitted.predict_proba(X[NEW]), of_stage)
    np.testing.assert_array_equal(told.confidence, np.where(stage < 0, np.nan, of_stage.max(1)))


def test_stages_are_fitted_on_all_rows(fitted):
    alone = clone(LogisticRegression()).fit(X[FIT], Y[FIT])
    np.testing.assert_array_equal(dict(fitted.stages_)["dear"].coef_, alone.coef_)
    assert fitted.n_features_in_ == 2


def test_each_stage_is_asked_only_about_open_rows():
    cheap = make_pipeline(FunctionTransformer(first_column), Counting())
    stages = [("cheap", cheap), ("dear", Counting())]
    clf = CascadeClassifier(stages, target_error=0.03, **GIVEN).fit(X[FIT], Y[FIT])
    before, Counting.asked = dict(clf.__dict__), ()
    stage = clf.predict_details(X[NEW]).stage
    assert 0 < (stage == 0).sum() < 600
    assert Counting.asked == (600, int((stage != 0).sum()))
    assert clf.__dict__ == before


def test_a_stage_that_never_answers_is_not_asked():
    stages = [("chance", Counting(C=1e-9)), ("dear", LogisticRegression())]
    clf = CascadeClassifier(stages, **GIVEN).fit(X[FIT], Y[FIT])
    Counting.asked = ()
    clf.predict(X[NEW])
    assert (clf.thresholds_[0], Counting.asked) == (np.inf, ())
    assert clf.cost_ == 20


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


@pytest.mark.parametrize(("target", "answer"), [(0.05, None), ("last", "no")])
def test_where_nothing_can_be_promised_it_warns_at_the_users_line(target, answer):
    clf = CascadeClassifier(STAGES, target_error=target, **GIVEN)
    with pytest.warns(UserWarning, match="cannot be promised with so few rows: 27 were") as told:
        clf.fit(X[:40], Y[:40])
    assert told[0].filename == __file__
    fewest = "45 tested rows, 68 in all" if answer is None else "230 tested rows, 345 in all"
    assert f"Without any error it takes {fewest}" in str(told[0].message)
    assert clf.predict([[-9, -9]]).tolist() == [answer]
    assert np.isnan(clf.error_bound_)
    assert clf.curve(X[NEW], Y[NEW]).chosen.coverage == (answer is not None)


def test_what_stands_for_no_answer_can_be_chosen(fitted):
    named = clone(fitted).set_params(abstain_label="unsure").fit(X[FIT], Y[FIT])
    answers = fitted.predict(X[NEW])
    assert named.predict(X[NEW]).tolist() == ["unsure" if a is None else a for a in answers]
    assert named.score(X[NEW], Y[NEW]) == accuracy_score(Y[NEW], named.predict(X[NEW]))


@pytest.mark.parametrize("costs", [pd.Series([1, 20]), pd.Series({"dear": 20, "cheap": 1})])
def test_costs_come_in_a_series_in_order_or_by_name(costs):
    clf = CascadeClassifier(STAGES, costs=costs).fit(X[FIT], Y[FIT])
    assert clf.costs_.tolist() == [1, 20]


def test_an_unanswered_row_costs_what_it_is_said_to(fitted):
    careless = clone(fitted).set_params(unanswered_cost=0).fit(X[FIT], Y[FIT])
    assert careless.cost_ < fitted.cost_
    assert careless.coverage_ < fitted.coverage_


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


def test_weights_reach_the_stages_that_take_them():
    weights = np.random.default_rng(0).uniform(0.1, 2.0, 900)
    stages = [("near", KNeighborsClassifier()), ("dear", LogisticRegression())]
    clf = CascadeClassifier(stages, **GIVEN).fit(X[FIT], Y[FIT], sample_weight=weights)
    alone = LogisticRegression().fit(X[FIT], Y[FIT], weights)
    np.testing.assert_array_equal(clf.stages_[1][1].coef_, alone.coef_)
    with pytest.raises(ParameterError, match="a stage whose fit takes sample_weight"):
        CascadeClassifier(stages[:1]).fit(X[FIT], Y[FIT], weights)


def test_weights_are_refused_where_nothing_is_fitted():
    stages = [(name, FrozenEstimator(clone(stage).fit(X, Y))) for name, stage in STAGES]
    with pytest.raises(ParameterError, match="no sample_weight with fitted stages"):
        CascadeClassifier(stages, **GIVEN).fit(X, Y, np.ones(1500))


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


def test_groups_stay_together():
    # Copies of a row in other folds would be known by heart, whatever their labels.
    X3, labels = np.repeat(X[:300], 3, axis=0), np.repeat(RNG.permutation(Y[:300]), 3)
    groups = np.repeat(np.arange(300), 3)
    stages = [("near", KNeighborsClassifier(1))]
    with pytest.warns(UserWarning, match="better stages are needed"):
        clf = CascadeClassifier(stages, costs=[1]).fit(X3, labels, groups=groups)
    assert (clf.coverage_, set(clf.predict(X[:5]))) == (0, {None})
    assert clf.predict_proba(X[:5]).shape == (5, 2)


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


@pytest.mark.parametrize(("prices", "unit"), [((3.0, 9.0), "price"), ((0.0, 0.0), "seconds")])
def test_costs_are_prices_if_there_are_any_else_seconds(prices, unit):
    model = FakeLM({"no": ["a"], "yes": ["b"]}, prices=prices)
    texts = [f"{'b' if code else 'a'} {row}" for row, code in enumerate(CODES[:150])]
    words = make_pipeline(CountVectorizer(token_pattern=r"\w"), MultinomialNB())
    stages = [("words", words), ("llm", ZeroShotClassifier(model=model))]
    clf = CascadeClassifier(stages).fit(texts, Y[:150])
    assert clf.cost_unit_ == unit
    assert (clf.costs_[0] == 0) == (unit == "price")
    assert clf.costs_[1] > 0


def test_a_stage_without_any_answer_is_named_and_left_out():
    model = FakeLM(says=lambda prompt: "hm", gives_log_probs=False)
    words = make_pipeline(CountVectorizer(token_pattern=r"\w"), MultinomialNB())
    texts = [f"{'b' if code else 'a'}" for code in CODES[:150]]
    stages = [("llm", ZeroShotClassifier(model=model)), ("words", words)]
    with pytest.warns(UserWarning, match="'llm' has no answer for any row"):
        clf = CascadeClassifier(stages, **GIVEN).fit(texts, Y[:150])
    assert clf.thresholds_[0] == np.inf
    assert clf.stage_shares_.tolist() == [0, 1]


def test_it_is_pickled_and_gives_the_same_bits_again(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.predict(X[NEW]).tolist() == fitted.predict(X[NEW]).tolist()
    other = clone(fitted).fit(X[FIT], Y[FIT])
    assert other.thresholds_.tolist() == fitted.thresholds_.tolist()


def test_the_curve_shows_what_predict_does(fitted):
    curve, told = fitted.curve(X[NEW], Y[NEW]), fitted.predict_details(X[NEW])
    assert curve.chosen.cost == told.cost.mean()
    assert curve.chosen.coverage == (told.stage >= 0).mean()
    assert [point.cost for point in curve.alone] == [1, 20]
    assert curve.alone[1].error == (fitted.stages_[1][1].predict(X[NEW]) != Y[NEW]).mean()
    assert len(curve.cost) == len(curve.error) == len(fitted.calibration_.path)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"stages": []}, InputError, "a list of .name, classifier., at least one"),
        ({"stages": [*STAGES, *STAGES]}, InputError, "a name for each stage, got 'cheap' twice"),
        ({"stages": [("a__b", CHEAP)]}, InputError, "texts without '__'"),
        ({"stages": [("cv", CHEAP)]}, InputError, "no parameters of the cascade, got 'cv'"),
        ({"stages": [("svm", LinearSVC())]}, InputError, "predict_proba, got LinearSVC as 'svm'"),
        ({"stages": [("none", 3)]}, InputError, "a classifier as stage 'none', got 3"),
        ({"costs": [1]}, ParameterError, "for each of 2 stages, got .1."),
        ({"costs": [1, float("nan")]}, ParameterError, "a finite cost ≥ 0"),
        ({"costs": [1, -1]}, ParameterError, "a finite cost ≥ 0"),
        ({"costs": {"cheap": 1, "llm": 2}}, ParameterError, "costs of .'cheap', 'llm'."),
        ({"unanswered_cost": -1}, ParameterError, "unanswered_cost as a number ≥ 0"),
        ({"target_error": "first"}, ParameterError, "between 0 and 1 or 'last', got 'first'"),
        ({"target_error": 1}, ParameterError, "target_error to be a number between 0 and 1"),
        ({"target_error": "last", "margin": 0}, ParameterError, "margin to be a number between"),
        ({"confidence": None}, ParameterError, "confidence to be a number between 0 and 1"),
        ({"rank_by": "max"}, ParameterError, "rank_by to be one of"),
        ({"random_state": None}, ParameterError, "random_state as a whole number"),
        ({"cv": "folds"}, ParameterError, "splits or 'prefit', got 'folds'"),
        ({"cv": "prefit"}, NotFittedError, "not fitted yet"),
        ({"abstain_label": "yes"}, ParameterError, "none of the classes, got 'yes'"),
        ({"abstain_label": ["?"]}, ParameterError, "abstain_label as a text, a number or None"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        CascadeClassifier(**{"stages": STAGES, **changes}).fit(X[FIT], Y[FIT])


@pytest.mark.parametrize(
    ("y", "params", "message"),
    [
        (None, {}, "the target y is None"),
        ([None, *Y[1:900]], {}, "first in row 0"),
        (Y[:899], {}, "a label for each row, got 900 rows and 899 labels"),
        (["alone", *Y[1:900]], {}, "at least 2 rows of each class"),
        (Y[FIT], {"groups": [1, 2]}, "groups with a value for each of 900 rows"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(y, params, message):
    Counting.asked = ()
    with pytest.raises(InputError, match=message):
        CascadeClassifier([("one", Counting())]).fit(X[FIT], y, **params)
    assert Counting.asked == ()


def test_fitted_stages_must_know_the_same_classes():
    one = FrozenEstimator(GaussianNB().fit(X, Y))
    other = FrozenEstimator(GaussianNB().fit(X, np.where(CODES, "yes", "never")))
    with pytest.raises(InputError, match=r"'b' and 'a' that differ in .'never', 'no'."):
        CascadeClassifier([("a", one), ("b", other)]).fit(X, Y)
    with pytest.raises(InputError, match="labels among the classes of 'a'"):
        CascadeClassifier([("a", one)]).fit(X, CODES)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        CascadeClassifier(STAGES).predict(X)
