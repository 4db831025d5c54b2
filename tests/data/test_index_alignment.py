"""Rows that have an index are matched by it or refused, wherever two things meet."""

import numpy as np
import pandas as pd
import pytest
from nets import QUICK, classifier, groups, regressor, two_inputs
from sklearn.linear_model import LogisticRegression

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap._data import align, check_order
from keraswrap.exceptions import InputError
from keraswrap.issues import (
    CleanClassifier,
    apply_corrections,
    compare_refit,
    find_label_issues,
    find_row_issues,
    hash_data,
)
from keraswrap.issues.annotators._consensus import find_consensus
from keraswrap.llm import FakeLM, FewShotClassifier, ZeroShotClassifier
from keraswrap.model_selection import GridSearchCV, cross_val_predict_proba
from keraswrap.report import make_report

VALUES, INDEX = groups(60, 3)
IDS = [f"doc-{row}" for row in range(60)]
X = pd.DataFrame(VALUES, index=IDS, columns=list("abcd"))
Y = pd.Series(np.array(["ant", "bee", "cat"])[INDEX], index=IDS)
WEIGHT = pd.Series(np.linspace(0, 1, 60), index=IDS)
OTHER = "same index values in another order"


def series(index):
    return pd.Series(np.arange(len(index)), index=index)


# By position, as scikit-learn does
BY_POSITION = {
    "no index": (["a", "b", "c"], None),
    "equal": (["a", "b", "c"], ["a", "b", "c"]),
    "nothing in common": (["a", "b", "c"], [0, 1, 2]),
    "numbers that rows kept": ([17, 3, 2], [0, 1, 2]),
    "days shifted by one": (pd.date_range("2026", periods=3), pd.date_range("2026-01-02", None, 3)),
    "repeated alike": (["a", "a", "b"], ["a", "a", "b"]),
    "repeated and others": (["a", "a", "b"], [0, 1, 2]),
    "of another length": (["a", "b", "c"], ["c", "b"]),
}


@pytest.mark.parametrize(("lead", "index"), BY_POSITION.values(), ids=BY_POSITION)
def test_nothing_moves_where_no_index_says_so(lead, index):
    given = [1, 2, 3] if index is None else series(index)
    check_order({"X": series(lead), "y": given})
    assert align({"X": series(lead), "y": given})["y"] is given


IN_ANOTHER_ORDER = {
    "texts": (["a", "b", "c"], ["c", "a", "b"]),
    "numbers of rows": ([7, 5, 6], [6, 7, 5]),
    "days": (pd.date_range("2026", periods=3), pd.date_range("2026", periods=3)[::-1]),
    "two levels": tuple(
        pd.MultiIndex.from_tuples(rows) for rows in ([("a", 0), ("a", 1)], [("a", 1), ("a", 0)])
    ),
}


@pytest.mark.parametrize(("lead", "index"), IN_ANOTHER_ORDER.values(), ids=IN_ANOTHER_ORDER)
@pytest.mark.parametrize("form", [pd.Series.copy, pd.Series.to_frame, lambda s: {"one": s}])
def test_the_same_rows_are_aligned_or_refused(lead, index, form):
    aligned = align({"X": series(lead), "y": form(series(index))})["y"]
    found = aligned["one"] if isinstance(aligned, dict) else aligned
    pd.testing.assert_index_equal(found.index, series(lead).index)
    assert np.ravel(found).tolist() == series(index).loc[series(lead).index].tolist()
    with pytest.raises(InputError, match=f"y in the order of X.*{OTHER}"):
        check_order({"X": series(lead), "y": form(series(index))})


@pytest.mark.parametrize(
    ("lead", "index", "match"),
    [
        ([2, 0, 1], [0, 1, 2], "which is ambiguous"),
        ([0, 1, 2], [2, 0, 1], r"which is ambiguous.*\.to_numpy\(\)"),
        (["a", "a", "b"], ["a", "b", "a"], "which is ambiguous"),
        (["a", "b", "c"], ["c", "b", "d"], "1 of 3 values differ: 'a' is not in y"),
    ],
)
@pytest.mark.parametrize("look", [align, check_order])
def test_what_may_be_meant_either_way_is_refused(look, lead, index, match):
    with pytest.raises(InputError, match=match):
        look({"X": series(lead), "y": series(index)})


def test_the_first_with_an_index_leads():
    aligned = align({"X": [3, 4], "y": series(["a", "b"]), "groups": series(["b", "a"])})
    assert aligned["groups"].tolist() == [1, 0]


# Where things meet


def model():
    return KerasWrapperModel(classifier, **QUICK)


def fitted():
    return model().fit(VALUES, Y)


TURNED = Y.iloc[::-1]
BACK = WEIGHT.iloc[::-1]
TEXTS = pd.Series(["good", "bad"], ["a", "b"])
LABELS = pd.Series(["neg", "pos"], ["b", "a"])
LM = FakeLM({"pos": ["good"], "neg": ["bad"]})
MEETINGS = {
    "fit": lambda: model().fit(X, TURNED),
    "weights": lambda: model().fit(X, Y, BACK),
    "weights beside labels": lambda: model().fit(VALUES, Y, BACK),
    "partial_fit": lambda: model().partial_fit(X, TURNED),
    "score": lambda: fitted().score(X, TURNED),
    "weights of a score": lambda: fitted().score(X, Y, BACK),
    "validation": lambda: model().fit(X, Y, validation_data=(X, TURNED)),
    "weights of a validation": lambda: model().fit(X, Y, validation_data=(X, Y, BACK)),
    "regression": lambda: KerasWrapperRegressor(regressor, **QUICK).fit(X, BACK),
    "inputs": lambda: KerasWrapperModel(two_inputs, **QUICK).fit(
        {"left": X["a"], "right": X["b"].iloc[::-1]}, Y
    ),
    "search": lambda: GridSearchCV(model(), {"epochs": [1]}, cv=2).fit(X, TURNED),
    "weights of a search": lambda: GridSearchCV(model(), {}, cv=2).fit(X, Y, sample_weight=BACK),
    "groups": lambda: cross_val_predict_proba(model(), X, Y, groups=BACK),
    "held out": lambda: cross_val_predict_proba(LogisticRegression(), X, TURNED),
    "clean": lambda: CleanClassifier(LogisticRegression(), strategy="prune").fit(X, TURNED),
    "clean by groups": lambda: CleanClassifier(LogisticRegression(), strategy="prune").fit(
        X, Y, groups=BACK
    ),
    "zero-shot": lambda: ZeroShotClassifier(model=LM).fit(TEXTS, LABELS),
    "few-shot": lambda: FewShotClassifier(model=LM).fit(TEXTS, LABELS),
}


@pytest.mark.parametrize("meet", MEETINGS.values(), ids=MEETINGS)
def test_what_trains_or_scores_refuses_another_order(meet):
    with pytest.raises(InputError, match=OTHER):
        meet()


def test_indices_in_one_order_change_nothing():
    plain = model().fit(VALUES, Y.to_numpy(), WEIGHT.to_numpy()).predict_proba(VALUES)
    assert (model().fit(X.to_numpy(), Y, WEIGHT).predict_proba(VALUES) == plain).all()
    halves = X.iloc[::2], Y.reset_index(drop=True).iloc[::2]  # as cross-validation cuts them
    assert model().fit(*halves).score(*halves) > 0


# Where each row gets a value


CLF = LogisticRegression()
PROBA = pd.DataFrame(0.05 + 0.85 * (Y.to_numpy()[:, None] == ["ant", "bee", "cat"]), index=IDS)
# Nine of ten by the label, and one row thought to be another's.
PROBA.iloc[7] = PROBA.iloc[8]
ORDER = np.random.default_rng(0).permutation(60)
FOUND = find_label_issues(PROBA, X, Y, out_of_sample=True)
GROUPS = pd.Series(np.arange(60) // 2, IDS)


def table_of(y):
    return pd.DataFrame({"ann": y, "bob": np.roll(y, 3)}, index=y.index)


ROW_BY_ROW = {
    "labels": lambda turn: find_label_issues(CLF, X, turn(Y)).to_frame(),
    "labels of arrays": lambda turn: find_label_issues(
        CLF, VALUES, Y, groups=turn(GROUPS)
    ).to_frame(),
    "probabilities": lambda turn: find_label_issues(turn(PROBA), X, Y, out_of_sample=True).quality,
    "without rows": lambda turn: find_label_issues(turn(PROBA), y=Y, out_of_sample=True).quality,
    "weights": lambda turn: find_label_issues(CLF, X, Y, sample_weight=turn(WEIGHT)).quality,
    "weights of fits": lambda turn: (
        find_label_issues(CLF, X, Y, params={"sample_weight": turn(WEIGHT)}).quality
    ),
    "groups": lambda turn: find_label_issues(CLF, X, Y, groups=turn(GROUPS)).quality,
    "hash": lambda turn: hash_data(X, turn(Y)),
    "consensus": lambda turn: find_consensus(table_of(Y), turn(PROBA)).to_frame(),
    "rows": lambda turn: find_row_issues(
        X, turn(Y), proba=turn(PROBA), features=turn(X)
    ).to_frame(),
    "refit": lambda turn: compare_refit(CLF, (X, turn(Y)), (X, turn(Y)), FOUND, n_random=1),
    "report": lambda turn: make_report(FOUND, turn(X)).summary["worklist"],
}


@pytest.mark.parametrize("meet", ROW_BY_ROW.values(), ids=ROW_BY_ROW)
def test_what_gives_a_value_for_each_row_puts_them_in_order(meet):
    turned, given = meet(lambda data: data.iloc[ORDER]), meet(lambda data: data)
    if isinstance(given, pd.DataFrame):
        pd.testing.assert_frame_equal(turned, given)
    else:
        np.testing.assert_equal(turned, given)


def test_corrections_come_in_the_order_of_the_rows():
    decision = {"row_id": "doc-3", "given_label": Y["doc-3"], "action": "relabel"}
    decisions = pd.DataFrame([decision | {"new_label": "bee", "data_hash": hash_data(X, Y)}])
    rows, labels = apply_corrections((X, Y.iloc[ORDER]), decisions).data
    pd.testing.assert_frame_equal(rows, X)
    pd.testing.assert_series_equal(labels, Y.where(Y.index != "doc-3", "bee"))


@pytest.mark.parametrize(
    "meet",
    [
        lambda: make_report(FOUND, X.set_axis(IDS[::-1]).rename({"doc-0": "new"})),
        lambda: make_report(FOUND, X, rows=find_row_issues(X.iloc[::-1])),
        lambda: CleanClassifier(CLF).fit(X.iloc[::-1], Y.iloc[::-1], issues=FOUND),
        lambda: compare_refit(CLF, (X.iloc[::-1], Y), (X, Y), FOUND),
    ],
    ids=["of other rows", "row issues", "issues to clean", "issues to refit"],
)
def test_issues_of_rows_in_another_order_are_refused(meet):
    with pytest.raises(InputError, match=r"issues\.to_frame\(\)"):
        meet()
