"""What a refit was worth, against fits made by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_blobs
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import act, compare_refit, find_label_issues
from keraswrap.issues.refit import _interval

X, TRUTH = make_blobs(500, centers=2, cluster_std=1.5, random_state=0)
Y = np.where(np.random.default_rng(0).random(500) < 0.25, 1 - TRUTH, TRUTH)
TRAIN, TEST = (X[:300], Y[:300]), (X[300:], TRUTH[300:])
FOUND = find_label_issues(LogisticRegression(), *TRAIN)


@pytest.mark.parametrize("strategy", ["prune", "relabel", "weight"])
def test_fits_are_those_it_says(strategy):
    action, clf = act(FOUND, strategy), LogisticRegression()
    told = compare_refit(clf, TRAIN, TEST, action)
    keep = action.keep
    weights = None if action.weights is None else action.weights[keep]
    after = LogisticRegression().fit(X[:300][keep], action.labels[keep], weights).score(*TEST)
    assert told["before"] == LogisticRegression().fit(*TRAIN).score(*TEST)
    assert told["after"] == after
    assert (told["n_changed"], told["n_test"]) == (int(action.changed.sum()), 200)


def test_a_gain_is_told_from_luck():
    told = compare_refit(KNeighborsClassifier(1), TRAIN, TEST, FOUND)
    assert told["interval"][0] > 0
    truth = act(FOUND, "none")
    none = compare_refit(KNeighborsClassifier(1), TRAIN, TEST, truth)
    assert none["before"] == none["after"] == none["random"]
    assert none["interval"] == (0.0, 0.0)


def test_the_same_seed_gives_the_same():
    runs = [compare_refit(LogisticRegression(), TRAIN, TEST, FOUND, random_state=3) for _ in "ab"]
    assert runs[0] == runs[1]


def test_texts_and_names_are_taken():
    texts, labels = ["good book", "bad book", "fine film", "dull film"] * 20, ["y", "n"] * 40
    labels[4] = "n"
    clf = make_pipeline(CountVectorizer(), MultinomialNB())
    found = find_label_issues(clf, texts, labels)
    told = compare_refit(clf, (texts, labels), (texts[:4], labels[:4]), act(found, "weight"))
    assert told["after"] == 1


def test_the_interval_is_students():
    difference = np.random.default_rng(0).normal(size=40)
    expected = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
    assert _interval(difference) == pytest.approx((expected.low, expected.high))
    assert _interval(difference[:1]) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train": (X, Y)}, "Expected the 300 rows .* got 500"),
        ({"test": (X[:0], Y[:0])}, "at least one row in test"),
        ({"n_random": 0}, "n_random ≥ 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, message):
    given = {"train": TRAIN, "test": TEST, "action": FOUND, **changed}
    with pytest.raises((InputError, ParameterError), match=message):
        compare_refit(LogisticRegression(), **given)
