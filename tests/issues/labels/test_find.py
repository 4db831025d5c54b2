"""Label issues: equal to cleanlab's, from whatever labels, rows and classifiers come in."""

import json
import threading

import numpy as np
import pandas as pd
import pytest
from cleanlab.filter import find_label_issues as by_cleanlab
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from keraswrap.exceptions import InputError, InputTypeError, InSampleWarning, ParameterError
from keraswrap.issues import SCORES, LabelIssueSettings, find_label_issues, hash_data
from keraswrap.issues.labels._settings import FILTERS
from keraswrap.model_selection import GridSearchCV

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


def test_an_index_is_kept_with_every_row():
    frame = pd.DataFrame(X, columns=["u", "v"], index=[f"row {k}" for k in range(120)])
    found = find_label_issues(CLF, frame, pd.Series(Y, index=frame.index))
    table = found.to_frame()
    assert table.index.tolist() == frame.index.tolist()
    assert list(table.columns[:4]) == ["given_label", "suggested_label", "quality", "is_issue"]
    assert found.worst(3).index.tolist() == [f"row {k}" for k in found.ranking()[:3]]


def test_a_search_costs_no_further_fits():
    search = GridSearchCV(CLF, {"C": [0.1, 1.0]}, cv=FOLDS).fit(X, Y)
    found = find_label_issues(search, X, Y)
    assert found.proba is search.oof_proba_
    assert (found.provenance["source"], found.provenance["fits"]) == ("search", 0)
    with pytest.raises(InputError, match="labels that the search was fitted on, got others"):
        find_label_issues(search, X, (Y + 1) % 3)


def test_a_search_that_is_not_fitted_is_a_classifier():
    search = GridSearchCV(CLF, {"C": [0.1, 1.0]}, cv=2)
    assert find_label_issues(search, X, Y).provenance["source"] == "cross-validation"


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


def test_repeats_are_averaged_and_their_agreement_told():
    found = find_label_issues(CLF, X, Y, n_repeats=3)
    assert (found.provenance["folds"], found.provenance["fits"]) == (5, 15)
    assert set(np.unique(found.agreement)) <= {1 / 3, 2 / 3, 1.0}
    assert found.to_frame()["agreement"].tolist() == found.agreement.tolist()
    once = find_label_issues(CLF, X, Y)
    assert not np.array_equal(found.proba, once.proba)
    np.testing.assert_allclose(found.proba, once.proba, atol=0.2)


def test_a_splitter_of_ones_own_is_taken():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=1)
    assert find_label_issues(CLF, X, Y, cv=cv).provenance["fits"] == 6


def test_a_journal_keeps_the_fits(tmp_path):
    first, again = (find_label_issues(CLF, X, Y, journal=tmp_path / "j") for _ in range(2))
    assert (first.provenance["fits"], again.provenance["fits"]) == (5, 0)
    np.testing.assert_array_equal(first.proba, again.proba)


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


def test_provenance_is_json():
    found = find_label_issues(CLF, X, Y, n_repeats=2)
    told = json.loads(json.dumps(dict(found.provenance)))
    assert told["out_of_sample"] is True
    assert "LogisticRegression" in told["model"]
    assert set(told["versions"]) >= {"keraswrap", "cleanlab", "scikit-learn"}
    assert set(found.scores) == {*SCORES, "ensemble"}


def test_the_estimator_is_left_as_it_is():
    clf = clone(CLF)
    find_label_issues(clf, X, Y)
    assert not hasattr(clf, "classes_")


# -- probabilities that were given -------------------------------------------------


def test_nobody_said_that_they_are_out_of_sample():
    assert find_label_issues(PROBA, y=Y).provenance["out_of_sample"] is None
    assert find_label_issues(PROBA, y=Y, out_of_sample=True).provenance["out_of_sample"] is True


def test_those_of_training_rows_are_noticed():
    seen = np.eye(3)[Y] * 0.99 + 0.01 / 3
    with pytest.warns(InSampleWarning, match="rows that the model was trained on"):
        find_label_issues(seen, y=Y)


def test_a_class_without_labels_has_a_column():
    found = find_label_issues(np.insert(PROBA, 3, 0.0, axis=1), y=Y, out_of_sample=True)
    assert found.classes.tolist() == [0, 1, 2, 3]
    named = find_label_issues(PROBA, y=NAMES[Y], classes=NAMES, out_of_sample=True)
    assert named.classes.tolist() == NAMES.tolist()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"y": None}, "Expected labels, y"),
        ({"y": Y[:-1]}, "got 119 labels and 120 rows"),
        ({"y": NAMES[Y] + np.where(np.arange(120) == 9, "!", "")}, "3 columns and the labels"),
        ({"proba": PROBA[:, 0]}, "Expected probabilities of shape"),
        ({"proba": PROBA[:, :2]}, "sum to 1 in each row.* in row 0"),
        ({"proba": np.where(np.arange(120)[:, None] == 7, np.nan, PROBA)}, "in row 7"),
        ({"classes": ["a", "b"]}, "classes to be 3 different labels"),
        ({"classes": ["c", "b", "a"]}, "in ascending order"),
        ({"out_of_sample": False}, "had not seen the rows"),
        ({"score": "entropy"}, "Expected score to be one of self_confidence"),
        ({"filter_by": "magic"}, "Expected filter_by to be one of"),
        ({"n_repeats": 2}, "Expected an estimator where n_repeats > 1"),
        ({"n_repeats": 0}, "Expected n_repeats ≥ 1"),
        ({"score": "ensemble"}, "≥ 2 for the score 'ensemble'"),
        ({"score": "dynamics"}, "Expected dynamics=True"),
    ],
)
def test_what_cannot_be_used_is_refused(changed, message):
    given = {"proba": PROBA, "y": Y, "out_of_sample": None, **changed}
    with pytest.raises(InputError, match=message):
        find_label_issues(given.pop("proba"), **given)


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
    assert (found.is_issue == (found.quality < 0.5)).all()
    assert 0 < found.n_issues < 60


@pytest.mark.parametrize("classes", [None, ["bad", "good"]])
def test_columns_that_name_classes_in_another_order_are_refused(classes):
    proba = pd.DataFrame({"good": [0.9, 0.2, 0.8], "bad": [0.1, 0.8, 0.2]})
    y = ["good", "bad", "good"]
    with pytest.raises(InputError, match=r"in the order of the classes, \['bad', 'good'\]"):
        find_label_issues(proba, y=y, classes=classes, out_of_sample=True)
    found = find_label_issues(proba[["bad", "good"]], y=y, classes=classes, out_of_sample=True)
    assert found.suggested.tolist() == y


@pytest.mark.parametrize(
    "form", [np.asarray, pd.DataFrame, sparse.csr_matrix, lambda y: y.tolist()]
)
def test_rows_with_several_labels_are_asked_about_one_at_a_time(form):
    marks = np.eye(3, dtype=int)[Y]
    marks[7, :2] = 1
    with pytest.raises(InputError, match=r"in one label at a time: .*y\[:, j\]"):
        find_label_issues(CLF, X, form(marks))


def test_settings_may_be_one_object_or_keywords():
    settings = LabelIssueSettings(cv=3, score="self_confidence", random_state=7)
    found = find_label_issues(CLF, X, Y, settings=settings)
    same = find_label_issues(CLF, X, Y, cv=3, score="self_confidence", random_state=7)
    np.testing.assert_array_equal(found.quality, same.quality)
    assert (found.provenance["folds"], found.provenance["score"]) == (3, "self_confidence")
    assert find_label_issues(CLF, X, Y, settings=settings, cv=2).provenance["folds"] == 2


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"scores": "loss"}, ParameterError, "or a setting, got 'scores'. Did you mean 'score'"),
        ({"settings": {"cv": 3}}, InputTypeError, "as LabelIssueSettings, got dict"),
    ],
)
def test_what_is_no_setting_is_refused(given, error, match):
    with pytest.raises(error, match=match):
        find_label_issues(CLF, X, Y, **given)
