"""SelectiveClassifier: scikit-learn's rules, what it promises, and around which classifiers."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.model_selection import cross_val_predict_proba
from keraswrap.selective import SelectiveClassifier, find_threshold, selective_report

X, CODES = make_blobs(1200, centers=2, cluster_std=5.0, random_state=1)
NAMES = np.array(["no", "yes"])
Y = NAMES[CODES]
CLF = LogisticRegression()
FIT, NEW = slice(0, 600), slice(600, None)


@pytest.fixture(scope="module")
def fitted():
    return SelectiveClassifier(CLF).fit(X[FIT], Y[FIT])


def lenient():
    # Answers even where a check has few rows, or labels drawn by chance.
    return SelectiveClassifier(LogisticRegression(), target_error=0.9, confidence=0.2, cv=2)


def scikit_learns_checks():
    for _, check in estimator_checks_generator(lenient()):
        yield pytest.param(check, id=check.func.__name__)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", scikit_learns_checks())
def test_check(check):
    check(lenient())


def test_the_threshold_is_that_of_out_of_fold_probabilities(fitted):
    proba = cross_val_predict_proba(CLF, X[FIT], Y[FIT], cv=5)
    assert fitted.calibration_ == find_threshold(proba, Y[FIT])
    assert fitted.threshold_ == fitted.calibration_.threshold
    assert 0.3 < fitted.coverage_ < 1
    assert fitted.error_bound_ <= 0.05
    assert (fitted.n_calibration_, fitted.n_features_in_) == (600, 2)


def test_abstaining_is_no_right_answer(fitted):
    found, report = fitted.predict(X[NEW]), selective_report(Y[NEW], fitted.predict(X[NEW]))
    assert fitted.score(X[NEW], Y[NEW]) == (found == Y[NEW]).mean()
    assert fitted.score(X[NEW], Y[NEW]) == pytest.approx(report.coverage * (1 - report.error))
    weights = np.arange(600) < 10
    assert fitted.score(X[NEW], Y[NEW], weights) == (found == Y[NEW])[:10].mean()


@pytest.mark.parametrize("frozen", [False, True])
def test_a_fitted_estimator_is_only_calibrated(frozen):
    inner = clone(CLF).fit(X[FIT], Y[FIT])
    given = (
        SelectiveClassifier(FrozenEstimator(inner))
        if frozen
        else SelectiveClassifier(inner, cv="prefit")
    )
    clf = given.fit(X[NEW], Y[NEW])
    assert clf.calibration_ == find_threshold(inner.predict_proba(X[NEW]), Y[NEW])
    np.testing.assert_array_equal(clf.predict_proba(X), inner.predict_proba(X))


def test_labels_that_a_fitted_estimator_never_saw_are_errors():
    inner = clone(CLF).fit(X[FIT], Y[FIT])
    new = np.where(np.arange(600) % 2, Y[NEW], "other")
    with pytest.warns(UserWarning, match="a better classifier is needed"):
        clf = SelectiveClassifier(inner, cv="prefit").fit(X[NEW], new)
    assert set(clf.predict(X[NEW]).tolist()) == {None}


def test_where_nothing_can_be_promised_it_warns_at_the_users_line_and_abstains():
    with pytest.warns(UserWarning, match="cannot be promised with so few rows: 40") as told:
        clf = SelectiveClassifier(CLF).fit(X[:40], Y[:40])
    assert told[0].filename == __file__
    assert "Without any error it takes 45 accepted rows" in str(told[0].message)
    assert (clf.threshold_, clf.coverage_) == (np.inf, 0.0)
    assert clf.predict(X[:3]).tolist() == [None] * 3
    assert clf.score(X, Y) == 0


def test_each_class_has_its_promise():
    # One class is mostly mistaken for the other: all of its answers together would do.
    rng = np.random.default_rng(0)
    labels = np.where(rng.random(1200) < np.where(CODES == 1, 0.3, 0.0), "no", Y)
    clf = SelectiveClassifier(CLF, per_class=True, target_error=0.2).fit(X, labels)
    assert clf.threshold_.shape == clf.error_bound_.shape == (2,)
    answers = clf.predict(X)
    for label, one in zip(clf.classes_, clf.calibration_, strict=True):
        assert one.error_bound <= 0.2 or one.n_accepted == 0
        assert (answers == label).any() == (one.n_accepted > 0)
    assert clf.coverage_ == sum(one.n_accepted for one in clf.calibration_) / 1200


def test_a_class_without_a_promise_is_named():
    labels = np.where(np.random.default_rng(0).random(1200) < 0.2 * CODES, "no", Y)
    inner = FrozenEstimator(clone(CLF).fit(X, Y))
    with pytest.warns(UserWarning, match="No row that is predicted as 'yes' is answered"):
        clf = SelectiveClassifier(inner, per_class=True).fit(X, labels)
    assert np.isinf(clf.threshold_).tolist() == [False, True]
    assert set(clf.predict(X).tolist()) == {None, "no"}


@pytest.mark.parametrize("rank_by", ["margin", "entropy", lambda proba: proba[:, 0] ** 2])
def test_rows_can_be_ranked_by_other_scores(rank_by):
    clf = SelectiveClassifier(CLF, rank_by=rank_by).fit(X[FIT], Y[FIT])
    proba = cross_val_predict_proba(CLF, X[FIT], Y[FIT], cv=5)
    assert clf.calibration_ == find_threshold(proba, Y[FIT], rank_by=rank_by)


def test_it_is_tuned_and_stands_at_the_end_of_a_pipeline():
    steps = make_pipeline(StandardScaler(), SelectiveClassifier(CLF, cv=3))
    grid = {"selectiveclassifier__estimator__C": [1e-6, 1.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(steps, grid, cv=2).fit(X, Y)
    assert set(search.best_params_) == set(grid)
    assert None in search.predict(X).tolist()


def test_weights_reach_the_fits():
    weights = np.random.default_rng(0).uniform(0.1, 2.0, 600)
    clf = SelectiveClassifier(CLF).fit(X[FIT], Y[FIT], sample_weight=weights)
    expected = clone(CLF).fit(X[FIT], Y[FIT], weights)
    np.testing.assert_array_equal(clf.estimator_.coef_, expected.coef_)


def test_groups_reach_the_folds():
    groups, cv = np.arange(600) // 6, GroupKFold(4)
    clf = SelectiveClassifier(KNeighborsClassifier(9), cv=cv).fit(X[FIT], Y[FIT], groups=groups)
    proba = cross_val_predict_proba(KNeighborsClassifier(9), X[FIT], Y[FIT], groups=groups, cv=cv)
    assert clf.calibration_ == find_threshold(proba, Y[FIT])


def test_weights_and_groups_are_routed():
    params = {"sample_weight": np.linspace(0.1, 2, 1200), "groups": np.arange(1200) // 3}
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    plain = SelectiveClassifier(steps, cv=3).fit(X, Y, **params)
    with sklearn.config_context(enable_metadata_routing=True):
        last = LogisticRegression().set_fit_request(sample_weight=True)
        asked = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), last)
        clf = SelectiveClassifier(asked, cv=3).fit(X, Y, **params)
    assert clf.calibration_ == plain.calibration_


def test_texts_frames_and_dicts_are_rows():
    texts = ["good book", "bad book", "fine film", "dull film"] * 40
    clf = SelectiveClassifier(make_pipeline(CountVectorizer(), MultinomialNB()))
    clf.fit(texts, np.array(["good", "bad"] * 80))
    assert clf.predict(["good book", "bad book"]).tolist() == ["good", "bad"]
    frame = pd.DataFrame(X, columns=["u", "v"], index=np.arange(1200) + 5)
    found = SelectiveClassifier(CLF).fit(frame, pd.Series(Y, frame.index))
    assert found.feature_names_in_.tolist() == ["u", "v"]
    assert found.coverage_ == SelectiveClassifier(CLF).fit(X, Y).coverage_


@pytest.mark.filterwarnings("ignore")
def test_a_language_models_rows_without_an_answer_are_not_accepted():
    says = {"It broke.": "bad", "Superb!": "good"}
    answer = lambda prompt: next((a for t, a in says.items() if t in prompt), "hm")  # noqa: E731
    model = FakeLM(says=answer, gives_log_probs=False)
    texts = ["It broke.", "Superb!", "Who knows?"] * 30
    clf = SelectiveClassifier(ZeroShotClassifier(model=model))
    clf.fit(texts, ["bad", "good", "good"] * 30)
    assert clf.predict(texts[:3]).tolist() == ["bad", "good", None]
    assert clf.coverage_ == pytest.approx(2 / 3)


def test_it_is_pickled(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.predict(X[NEW]).tolist() == fitted.predict(X[NEW]).tolist()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"target_error": 0.0}, ParameterError, "target_error to be a number between 0 and 1"),
        ({"confidence": True}, ParameterError, "confidence to be a number between 0 and 1"),
        ({"rank_by": "max"}, ParameterError, "rank_by to be one of"),
        ({"abstain_label": "yes"}, ParameterError, "none of the classes, got 'yes'"),
        ({"cv": "folds"}, ParameterError, "splits or 'prefit', got 'folds'"),
        ({"cv": 1000}, InputError, "at least 1000 rows, one for each fold, got 600 samples"),
        ({"estimator": LinearSVC()}, InputError, "predict_proba, got LinearSVC"),
        ({"estimator": KFold()}, InputError, "Expected a classifier as estimator"),
        ({"cv": "prefit"}, NotFittedError, "not fitted yet"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(changes, error, message):
    clf = SelectiveClassifier(**{"estimator": LogisticRegression(), **changes})
    with pytest.raises(error, match=message):
        clf.fit(X[FIT], Y[FIT])


@pytest.mark.parametrize(
    ("y", "params", "message"),
    [
        (None, {}, "the target y is None"),
        ([None, *Y[1:600]], {}, "first in row 0"),
        (Y[:599], {}, "a label for each row, got 600 rows and 599 labels"),
        (["alone", *Y[1:600]], {}, "at least 2 rows of each class"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(y, params, message):
    with pytest.raises(InputError, match=message):
        SelectiveClassifier(CLF).fit(X[FIT], y, **params)


def test_what_cannot_be_taken_is_refused():
    weights = np.ones(600)
    with pytest.raises(ParameterError, match="fit takes sample_weight, as weights were passed"):
        SelectiveClassifier(KNeighborsClassifier()).fit(X[FIT], Y[FIT], weights)
    with pytest.raises(ParameterError, match="no sample_weight with a fitted estimator"):
        SelectiveClassifier(FrozenEstimator(CLF)).fit(X[FIT], Y[FIT], weights)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        SelectiveClassifier(CLF).predict(X)


def test_groups_are_kept_together_by_default():
    rng = np.random.default_rng(0)
    X, y, author = (
        np.tile(rng.random((60, 2)), (3, 1)),
        rng.integers(2, size=60),
        np.arange(180) % 60,
    )
    y = np.tile(y, 3)
    clf = SelectiveClassifier(KNeighborsClassifier(1))
    assert clf.fit(X, y).coverage_ == 1  # each row has seen its copies
    with pytest.warns(UserWarning, match="cannot be promised"):
        assert clf.fit(X, y, groups=author).coverage_ == 0
