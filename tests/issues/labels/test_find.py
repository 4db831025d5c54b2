"""Label issues: equal to cleanlab's, from whatever labels, rows and classifiers come in."""

import threading

import numpy as np
import pandas as pd
import pytest
from cleanlab.filter import find_label_issues as by_cleanlab
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import find_label_issues, hash_data
from keraswrap.issues.labels._settings import FILTERS

X, Y = make_blobs(120, centers=3, cluster_std=2.5, random_state=0)
WRONG = np.array([3, 40, 77, 101])


Y[WRONG] = (Y[WRONG] + 1) % 3


NAMES = np.array(["bad", "fair", "good"])
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
CLF = LogisticRegression()
PROBA = cross_val_predict(CLF, X, Y, cv=FOLDS, method="predict_proba")
TEXTS = ["a good book", "a bad film", "good and fine", "bad and dull"] * 10
STARS = np.array([1, 0, 1, 0] * 10)


@pytest.mark.parametrize("filter_by", [name for name in FILTERS if name != "posterior"])
def test_issues_are_those_of_cleanlab(filter_by):
    found = find_label_issues(CLF, X, Y, filter_by=filter_by)
    np.testing.assert_allclose(found.proba, PROBA, atol=1e-12)
    assert (found.is_issue == by_cleanlab(Y, PROBA, filter_by=filter_by, n_jobs=1)).all()


@pytest.mark.parametrize("labels", [NAMES[Y], NAMES[Y].tolist(), Y * 10 - 7, pd.Series(NAMES[Y])])
def test_any_labels_give_the_same_issues(labels):
    found, plain = find_label_issues(CLF, X, labels), find_label_issues(CLF, X, Y)
    assert (found.is_issue == plain.is_issue).all()
    np.testing.assert_array_equal(found.quality, plain.quality)
    assert (found.codes == Y).all()
    assert set(found.suggested) <= set(found.classes)


@pytest.mark.parametrize(
    "rows",
    [TEXTS, np.array(TEXTS), pd.Series(TEXTS, index=range(100, 140))],
    ids=["list", "array", "series"],
)
def test_texts_go_through_a_pipeline(rows):
    labels = np.where(np.arange(40) == 5, 1, STARS)
    clf = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
    found = find_label_issues(clf, rows, labels)
    assert found.ranking()[0] == 5
    assert found.row_ids[5] == (105 if isinstance(rows, pd.Series) else 5)
    assert found.provenance["data_hash"] == hash_data(TEXTS, labels)


def test_fits_see_weights_and_groups():
    groups, weights = np.repeat(np.arange(30), 4), np.linspace(0.1, 2, 120)
    found = find_label_issues(CLF, X, Y, groups=groups, sample_weight=weights)
    plain = find_label_issues(CLF, X, Y)
    assert not np.allclose(found.proba, plain.proba)
    again = find_label_issues(CLF, X, Y, groups=groups, sample_weight=weights)
    np.testing.assert_array_equal(found.proba, again.proba)


def test_weights_reach_the_last_step_of_a_pipeline():
    weights = np.linspace(0.1, 2, 120)
    steps = make_pipeline(FunctionTransformer(), LogisticRegression())
    found = find_label_issues(steps, X, Y, sample_weight=weights)
    plain = find_label_issues(CLF, X, Y, sample_weight=weights)
    np.testing.assert_array_equal(found.proba, plain.proba)


def test_several_threads_do_not_mix_their_data():
    # cleanlab hands data on in globals.
    alone = [find_label_issues(PROBA[:n], y=Y[:n], out_of_sample=True).is_issue for n in (60, 120)]
    got = {}

    def work(k):
        n = (60, 120)[k % 2]
        got[k] = find_label_issues(PROBA[:n], y=Y[:n], out_of_sample=True).is_issue

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((got[k] == alone[k % 2]).all() for k in range(8))


def test_the_estimator_is_left_as_it_is():
    clf = clone(CLF)
    find_label_issues(clf, X, Y)
    assert not hasattr(clf, "classes_")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"y": np.where(np.arange(120) == 5, 9, Y)}, "class 9 has 1"),
        ({"cv": 60}, "at least 60 examples of each class"),
        ({"y": np.zeros(120, int)}, "at least two classes"),
        ({"classes": NAMES}, "classes with probabilities alone"),
        ({"dynamics": True}, "between epochs .* LogisticRegression"),
        ({"cv": FOLDS, "n_repeats": 2}, "Expected a number of folds"),
        ({"sample_weight": [1.0] * 119}, r"weight of shape \(120,\), .* got shape \(119,\)"),
        ({"params": {"sample_weight": np.ones((120, 2))}}, r"got shape \(120, 2\)"),
    ],
)
def test_what_fits_cannot_use_is_refused_before_any_fit(changed, message):
    class Unfittable(LogisticRegression):
        def fit(self, X, y):
            raise AssertionError("Expected no fit.")

    given = {"X": X, "y": Y, **changed}
    estimator = CLF if "dynamics" in changed else Unfittable()
    with pytest.raises((InputError, ParameterError), match=message):
        find_label_issues(estimator, **given)


def test_by_the_posterior_issues_are_more_likely_wrong_than_right():
    found = find_label_issues(CLF, X, Y)
    assert (found.is_issue == (found.scores["posterior"] < 0.5)).all()
    assert 0 < found.n_issues < 60
