"""Probabilities and labels that do not fit each other."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from keraswrap.data import TargetView
from keraswrap.exceptions import InputError
from keraswrap.issues import find_label_issues

X, Y = make_blobs(120, centers=3, cluster_std=2.5, random_state=0)
WRONG = np.array([3, 40, 77, 101])


Y[WRONG] = (Y[WRONG] + 1) % 3


NAMES = np.array(["bad", "fair", "good"])
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
CLF = LogisticRegression()
PROBA = cross_val_predict(CLF, X, Y, cv=FOLDS, method="predict_proba")


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


@pytest.mark.parametrize(
    "given", [(CLF, X, {"a": Y, "b": Y}), (CLF, X, TargetView({"a": Y, "b": Y}))]
)
def test_targets_of_several_heads_are_asked_about_one_at_a_time(given):
    with pytest.raises(InputError, match=r"of those in y, \['a', 'b'\], got None.*head='a'"):
        find_label_issues(*given)
    with pytest.raises(InputError, match=r"got a dict of several.*Judge one .*head='a'"):
        find_label_issues({"a": PROBA, "b": PROBA}, y=Y)
