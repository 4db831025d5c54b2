"""CleanClassifier: scikit-learn's rules, and the fits that it says it makes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import (
    CleanClassifier,
    act,
    compare_refit,
    estimate_noise,
    find_label_issues,
)
from keraswrap.report import make_report

X, TRUTH = make_blobs(200, centers=2, cluster_std=2.0, random_state=1)
rng = np.random.default_rng(0)
FLIPPED = rng.random(200) < 0.2
Y = np.where(FLIPPED, 1 - TRUTH, TRUTH)
NAMES = np.array(["no", "yes"])
CLF = LogisticRegression()


class Counting(LogisticRegression):
    fits = 0

    def fit(self, X, y, sample_weight=None):
        type(self).fits += 1
        return super().fit(X, y, sample_weight)


def scikit_learns_checks():
    # Two folds: some checks have four rows.
    for _, check in estimator_checks_generator(CleanClassifier(CLF, cv=2)):
        yield pytest.param(check, id=check.func.__name__)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", scikit_learns_checks())
def test_check(check):
    check(CleanClassifier(LogisticRegression(), cv=2))


@pytest.mark.parametrize("strategy", ["prune", "relabel", "weight", "none"])
def test_it_fits_what_the_strategy_says(strategy):
    clf = CleanClassifier(CLF, strategy=strategy, random_state=3).fit(X, NAMES[Y])
    found = find_label_issues(CLF, X, NAMES[Y], random_state=3)
    action = act(found, strategy)
    rows = np.flatnonzero(action.keep)
    weights = None if action.weights is None else action.weights[rows]
    expected = clone(CLF).fit(X[rows], action.labels[rows], weights)
    np.testing.assert_array_equal(clf.predict_proba(X), expected.predict_proba(X))
    assert clf.classes_.tolist() == NAMES.tolist()


def test_no_more_fits_than_it_says():
    Counting.fits = 0
    clf = CleanClassifier(Counting(), strategy="prune", cv=4).fit(X, Y)
    assert (Counting.fits, clf.n_fits_) == (5, 5)
    CleanClassifier(Counting(), strategy="prune", cv=4).fit(X, Y, issues=clf.issues_)
    assert Counting.fits == 6


def test_strategies_are_compared_with_no_more_fits_than_it_says():
    Counting.fits = 0
    clf = CleanClassifier(Counting(), cv=4).fit(X, Y)
    assert Counting.fits == clf.n_fits_ == 5 + clf.comparison_.n_fits
    assert clf.comparison_.table.index.tolist() == ["none", "prune", "relabel", "weight"]
    assert clf.action_.strategy == clf.comparison_.chosen


def test_labels_are_left_alone_where_hardly_any_is_an_issue():
    clf = CleanClassifier(CLF).fit(X[:40], TRUTH[:40])
    assert clf.comparison_.chosen == "none"
    assert "Too few labels are issues" in clf.comparison_.reason
    assert clf.n_fits_ == 6


def test_pruning_helps_where_many_labels_are_wrong():
    noisy = KNeighborsClassifier(1).fit(X, Y).score(X, TRUTH)
    clean = CleanClassifier(KNeighborsClassifier(1), strategy="prune", cv=10).fit(X, Y)
    kept = ~find_label_issues(KNeighborsClassifier(1), X, Y, cv=10).is_issue
    expected = KNeighborsClassifier(1).fit(X[kept], Y[kept])
    np.testing.assert_array_equal(clean.predict(X), expected.predict(X))
    assert clean.score(X, TRUTH) > noisy + 0.03


def test_a_frame_keeps_its_index_and_a_list_is_taken():
    frame = pd.DataFrame(X, columns=["u", "v"], index=np.arange(200) + 1000)
    clf = CleanClassifier(CLF, strategy="prune").fit(frame, pd.Series(NAMES[Y], frame.index))
    assert clf.issues_.row_ids[0] == 1000
    assert clf.feature_names_in_.tolist() == ["u", "v"]
    assert CleanClassifier(CLF, strategy="prune").fit(X.tolist(), Y.tolist()).score(X, Y) > 0.5


def test_a_second_fit_forgets_what_the_first_learned():
    clf = CleanClassifier(CLF).fit(pd.DataFrame(X, columns=["u", "v"]), Y)
    assert clf.comparison_.chosen in ("none", "prune", "relabel", "weight")
    clf.set_params(strategy="prune").fit(X[:, :1], Y)
    assert clf.n_features_in_ == 1
    assert not hasattr(clf, "feature_names_in_")
    assert not hasattr(clf, "comparison_")


@pytest.mark.parametrize("strategy", ["prune", "relabel", "weight"])
def test_texts_in_a_pipeline(strategy):
    texts = ["good book", "bad book", "fine film", "dull film"] * 10
    labels = np.where(np.arange(40) == 4, "bad", np.array(["good", "bad"] * 20))
    steps = make_pipeline(CountVectorizer(), MultinomialNB())
    clf = CleanClassifier(steps, strategy=strategy).fit(texts, labels)
    assert clf.action_.changed[4]
    assert clf.predict(["good book", "bad book"]).tolist() == ["good", "bad"]


def test_weights_reach_the_folds_and_the_fit():
    weights = rng.uniform(0.1, 2.0, 200)
    clf = CleanClassifier(CLF, strategy="prune").fit(X, Y, sample_weight=weights)
    kept = clf.action_.keep
    expected = clone(CLF).fit(X[kept], Y[kept], weights[kept])
    np.testing.assert_array_equal(clf.estimator_.coef_, expected.coef_)


def test_it_is_tuned_and_scored_like_any_classifier():
    search = GridSearchCV(
        CleanClassifier(CLF), {"strategy": ["prune", "weight"], "estimator__C": [0.1, 1.0]}, cv=2
    ).fit(X, Y)
    assert set(search.best_params_) == {"strategy", "estimator__C"}
    clf = CleanClassifier(CLF, strategy="weight")
    assert cross_val_score(clf, X, NAMES[Y], scoring="roc_auc", cv=2).min() > 0.5


def test_issues_of_other_labels_are_refused():
    found = find_label_issues(CLF, X, Y)
    with pytest.raises(InputError, match="found for these labels"):
        CleanClassifier(CLF).fit(X, TRUTH, issues=found)


@pytest.mark.parametrize("wrong", [[], "prune", find_label_issues(CLF, X, Y).to_frame()])
@pytest.mark.parametrize(
    "take",
    [
        lambda wrong: act(wrong, "prune"),
        make_report,
        estimate_noise,
        lambda wrong: CleanClassifier(CLF).fit(X, Y, issues=wrong),
        lambda wrong: compare_refit(CLF, (X, Y), (X, Y), wrong),
    ],
)
def test_what_is_no_issues_is_refused(take, wrong):
    with pytest.raises(InputTypeError, match=f"Expected .*, got {type(wrong).__name__}. Pass"):
        take(wrong)


@pytest.mark.parametrize("found", [None, find_label_issues(CLF, X, Y)])
def test_weights_of_other_rows_are_refused(found):
    with pytest.raises(InputError, match=r"\(200,\), a weight for each row, got shape \(199,\)"):
        CleanClassifier(CLF).fit(X, Y, sample_weight=np.ones(199), issues=found)


@pytest.mark.parametrize(
    ("clf", "message"),
    [
        (
            CleanClassifier(KNeighborsClassifier(), strategy="weight"),
            "takes sample_weight .* KNeighborsClassifier",
        ),
        (CleanClassifier(CLF, strategy="magic"), "strategy to be one of"),
        (CleanClassifier(CLF, threshold=-1), "threshold to be a probability"),
        (CleanClassifier(SVC()), "with predict_proba, got SVC"),
        (CleanClassifier(CLF, cv=150), "at least 150 examples"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_fit(clf, message):
    with pytest.raises((InputError, ParameterError), match=message):
        clf.fit(X, Y)
    assert not hasattr(clf, "estimator_")
