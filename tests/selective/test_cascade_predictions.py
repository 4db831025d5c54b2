"""What a fitted cascade does: whom it asks about which rows, and what it tells of them."""

import numpy as np
import pytest
from cascades import FIT, GIVEN, NEW, STAGES, Counting, X, Y, first_column
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from keraswrap.selective import CascadeClassifier


@pytest.fixture(scope="module")
def fitted():
    return CascadeClassifier(STAGES, target_error=0.02, **GIVEN).fit(X[FIT], Y[FIT])


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


def test_what_stands_for_no_answer_can_be_chosen(fitted):
    named = clone(fitted).set_params(abstain_label="unsure").fit(X[FIT], Y[FIT])
    answers = fitted.predict(X[NEW])
    assert named.predict(X[NEW]).tolist() == ["unsure" if a is None else a for a in answers]
    assert named.score(X[NEW], Y[NEW]) == accuracy_score(Y[NEW], named.predict(X[NEW]))


def test_the_curve_shows_what_predict_does(fitted):
    curve, told = fitted.curve(X[NEW], Y[NEW]), fitted.predict_details(X[NEW])
    assert curve.chosen.cost == told.cost.mean()
    assert curve.chosen.coverage == (told.stage >= 0).mean()
    assert [point.cost for point in curve.alone] == [1, 20]
    assert curve.alone[1].error == (fitted.stages_[1][1].predict(X[NEW]) != Y[NEW]).mean()
    assert len(curve.cost) == len(curve.error) == len(fitted.calibration_.path)


class Told:
    """A fitted stage that answers by the row: its number in a table of probabilities."""

    def __init__(self, *rows):
        self.classes_, self.rows, self.asked = np.array(["no", "yes"]), np.array(rows), []

    def predict_proba(self, X):
        self.asked.append(X[:, 0].tolist())
        return self.rows[X[:, 0]]


NONE = [np.nan, np.nan]


def by_hand(thresholds, costs=(1.0, 10.0)):
    """A cascade whose stages are sure of the first row, of the last one, or of none."""
    clf = CascadeClassifier([])
    first = Told([0.9, 0.1], [0.6, 0.4], NONE, [0.3, 0.7], [0.5, 0.5])
    second = Told([0.2, 0.8], [0.2, 0.8], [0.9, 0.1], NONE, [0.45, 0.55])
    clf.stages_, clf.classes_ = [("first", first), ("second", second)], first.classes_
    clf.thresholds_, clf.costs_ = np.array(thresholds), np.array(costs)
    return clf, first, second


ROWS = np.arange(5)[:, None]


def test_answers_stages_and_costs_are_those_worked_out_by_hand():
    clf, first, second = by_hand([0.8, 0.8])
    told = clf.predict_details(ROWS)
    assert told.labels.tolist() == ["no", "yes", "no", None, None]
    assert told.stage.tolist() == [0, 1, 1, -1, -1]
    assert told.cost.tolist() == [1, 11, 11, 11, 11]
    np.testing.assert_array_equal(told.confidence, [0.9, 0.8, 0.9, np.nan, np.nan])
    assert (first.asked, second.asked) == ([[0, 1, 2, 3, 4]], [[1, 2, 3, 4]])


def test_rows_that_nobody_answers_have_the_last_probabilities_that_there_are():
    proba = by_hand([0.8, 0.8])[0].predict_proba(ROWS)
    expected = [[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.3, 0.7], [0.45, 0.55]]
    np.testing.assert_array_equal(proba, expected)


def test_a_last_stage_that_never_answers_is_asked_for_probabilities_alone():
    clf, _, second = by_hand([0.8, np.inf])
    told = clf.predict_details(ROWS)
    assert (told.labels.tolist(), second.asked) == (["no", None, None, None, None], [])
    assert told.cost.tolist() == [1] * 5
    np.testing.assert_array_equal(clf.predict_proba(ROWS)[1:3], [[0.2, 0.8], [0.9, 0.1]])
    assert second.asked == [[1, 2, 3, 4]]


def test_a_last_stage_that_always_answers_leaves_open_only_what_it_does_not_know():
    clf, _, _ = by_hand([0.8, -np.inf])
    assert clf.predict(ROWS).tolist() == ["no", "yes", "no", None, "yes"]
    assert clf.predict_stages(ROWS[:0]).tolist() == []
