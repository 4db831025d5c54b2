"""Learning a cascade: costs, weights, groups, and what is told where nothing can be promised."""

import numpy as np
import pytest
from cascades import CHEAP, CODES, FIT, GIVEN, NEW, RNG, STAGES, Counting, X, Y
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.selective import CascadeClassifier
from keraswrap.selective._cascade_choice import CascadeThresholds
from keraswrap.selective._cascade_learning import tell_none
from keraswrap.selective._cascade_path import Goal

ANSWERS, LAST = Goal(0.05, 0.9, False, 1.0), Goal(0.01, 0.9, True, 0.0)


def found(n_tested, n_passed=0, rows_needed=None):
    none = np.full(1, np.inf)
    return CascadeThresholds(none, none, 0, 0, 0, 0, 0, n_tested, n_passed, rows_needed, none)


FEW = "with so few rows: {} were tested, with confidence 0.9. Without any error it takes {}"


@pytest.mark.parametrize(
    ("goal", "seen", "told"),
    [
        (ANSWERS, found(100, n_passed=1), ""),
        (
            ANSWERS,
            found(100),
            "An error of at most 5% cannot be promised with confidence 0.9: of 100 tested rows, "
            "too many are wrong at each threshold, and better stages are needed. predict returns "
            "None for every row.",
        ),
        (
            ANSWERS,
            found(20, rows_needed=1234),
            f"An error of at most 5% cannot be promised {FEW.format(20, '45 tested rows, 68 in')} "
            "all. At the error rates seen, about 1,200 rows would do. predict returns None for "
            "every row.",
        ),
        # The estimate says that there were enough.
        (
            ANSWERS,
            found(100, rows_needed=150),
            f"An error of at most 5% cannot be promised {FEW.format(100, '45 tested rows, 68 in')} "
            "all. More rows or better stages are needed. predict returns None for every row.",
        ),
        (
            LAST,
            found(1000),
            "An error of at most 1% above that of the last stage cannot be promised with "
            "confidence 0.9: of 1,000 tested rows, too many are wrong at each threshold, and "
            "better stages are needed. The last stage is asked about every row.",
        ),
        (
            LAST,
            found(20, rows_needed=345),
            "An error of at most 1% above that of the last stage cannot be promised "
            f"{FEW.format(20, '230 tested rows, 345 in')} all. The last stage is asked about "
            "every row.",
        ),
    ],
)
def test_it_is_said_why_nothing_passed_and_what_would_do(goal, seen, told):
    assert tell_none(seen, goal) == told


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


def test_groups_stay_together():
    # Copies of a row in other folds would be known by heart, whatever their labels.
    X3, labels = np.repeat(X[:300], 3, axis=0), np.repeat(RNG.permutation(Y[:300]), 3)
    groups = np.repeat(np.arange(300), 3)
    stages = [("near", KNeighborsClassifier(1))]
    with pytest.warns(UserWarning, match="better stages are needed"):
        clf = CascadeClassifier(stages, costs=[1]).fit(X3, labels, groups=groups)
    assert (clf.coverage_, set(clf.predict(X[:5]))) == (0, {None})
    assert clf.predict_proba(X[:5]).shape == (5, 2)


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
