"""What a selective classifier does: a label where it is sure enough, and a curve of the rest."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputError
from keraswrap.selective import SelectiveClassifier, risk_coverage_curve, selective_report

X, CODES = make_blobs(1200, centers=2, cluster_std=5.0, random_state=1)
NAMES = np.array(["no", "yes"])
Y = NAMES[CODES]
CLF = LogisticRegression()
FIT, NEW = slice(0, 600), slice(600, None)


@pytest.fixture(scope="module")
def fitted():
    return SelectiveClassifier(CLF).fit(X[FIT], Y[FIT])


class Told:
    """A fitted classifier that answers by the row."""

    classes_ = NAMES
    rows = np.array([[0.7, 0.3], [0.5, 0.5], [0.35, 0.65], [np.nan, np.nan], [0.3, 0.7]])

    def predict_proba(self, X):
        return self.rows[X[:, 0]]


@pytest.mark.parametrize(
    ("threshold", "label", "expected"),
    [
        (0.7, None, ["no", None, None, None, "yes"]),
        (0.65, "?", ["no", "?", "yes", "?", "yes"]),
        (-np.inf, None, ["no", "no", "yes", None, "yes"]),
        (np.inf, None, [None] * 5),
        # One for each class: the second is stricter.
        (np.array([0.5, 0.7]), None, ["no", "no", None, None, "yes"]),
    ],
)
def test_rows_at_the_threshold_get_their_likeliest_class(threshold, label, expected):
    clf = SelectiveClassifier(CLF, abstain_label=label)
    clf.estimator_, clf.classes_, clf.threshold_ = Told(), NAMES, threshold
    assert clf.predict(np.arange(5)[:, None]).tolist() == expected


def test_the_curve_is_that_of_its_probabilities(fitted):
    curve = fitted.curve(X[NEW], Y[NEW])
    alone = risk_coverage_curve(fitted.predict_proba(X[NEW]), Y[NEW], classes=NAMES)
    for name in ("threshold", "coverage", "error", "error_bound"):
        np.testing.assert_array_equal(getattr(curve, name), getattr(alone, name))


def test_it_is_fitted_first():
    for call in ("predict", "predict_proba"):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            getattr(SelectiveClassifier(CLF), call)(X)


def test_it_predicts_as_a_fit_on_all_rows_or_not_at_all(fitted):
    alone = clone(CLF).fit(X[FIT], Y[FIT])
    np.testing.assert_array_equal(fitted.predict_proba(X[NEW]), alone.predict_proba(X[NEW]))
    found = fitted.predict(X[NEW])
    sure = alone.predict_proba(X[NEW]).max(axis=1) >= fitted.threshold_
    assert found.dtype == object
    assert [label is not None for label in found] == sure.tolist()
    assert found[sure].tolist() == alone.predict(X[NEW])[sure].tolist()


@pytest.mark.parametrize(("label", "kind"), [("unsure", "U"), (-1, "O"), (None, "O")])
def test_what_stands_for_no_answer_can_be_chosen(label, kind):
    clf = SelectiveClassifier(CLF, abstain_label=label).fit(X[FIT], Y[FIT])
    found = clf.predict(X[NEW])
    assert found.dtype.kind == kind
    assert set(found.tolist()) == {"no", "yes", label}


def test_the_curve_shows_what_predict_does(fitted):
    curve, report = fitted.curve(X[NEW], Y[NEW]), selective_report(Y[NEW], fitted.predict(X[NEW]))
    assert curve.chosen == report
    assert curve.target_error == 0.05
    assert curve.error[np.argmin(abs(curve.coverage - report.coverage))] == report.error


def test_a_score_and_a_curve_need_a_label_for_each_row():
    X, y = np.arange(40.0)[:, None], np.arange(40) // 20
    clf = SelectiveClassifier(LogisticRegression(), target_error=0.3).fit(X, y)
    with pytest.raises(InputError, match="a label for each row, got 40 rows and 39 labels"):
        clf.score(X, y[1:])
    with pytest.raises(InputError, match="Expected the label of each row: it requires y"):
        clf.curve(X)
