"""Decisions: read, refused, carried out."""

import numpy as np
import pandas as pd
import pytest
from made_decisions import EACH, LABELS, PROBA, TEXTS, decide

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import (
    apply_corrections,
    find_label_issues,
    hash_data,
)


def test_each_action_does_what_it_says():
    done = apply_corrections((TEXTS, LABELS), EACH)
    assert done.data == (["works, well", "it broke", "what a\nwaste"], ["good", "bad", "good"])
    assert done.positions.tolist() == [0, 1, 4]
    assert (done.n_changed, done.n_dropped) == (2, 2)
    assert repr(done) == "Corrected(3 rows, 2 labels changed, 2 rows dropped)"


def test_the_log_says_what_was_done_to_which_row_and_by_whom():
    who = {"reviewer": "Ann", "note": "", "timestamp": "2026-01-02T03:04:05Z"}
    log = apply_corrections((TEXTS, LABELS), EACH.assign(**who)).log
    assert list(log) == ["row_id", "action", "old_label", "new_label", *who]
    assert log["new_label"].tolist() == ["good", "bad", None, None, "good"]
    assert log["old_label"].tolist() == LABELS
    assert set(log["reviewer"]) == {"Ann"}


def test_ambiguous_rows_can_be_kept():
    done = apply_corrections((TEXTS, LABELS), EACH, ambiguous="keep")
    assert done.positions.tolist() == [0, 1, 3, 4]
    assert done.log["new_label"].tolist() == ["good", "bad", None, "bad", "good"]


@pytest.mark.parametrize("labels", [[0, 1, 1], [0.5, 2.0, 2.0], [True, False, False]])
def test_labels_that_are_no_texts_stay_what_they_are(labels):
    y = np.array(labels)
    decisions = decide((1, "accept", y[0]), data_hash=hash_data(None, y), given=y)
    _, corrected = apply_corrections((None, y), decisions).data
    assert corrected.dtype == y.dtype
    assert corrected.tolist() == [labels[0], labels[0], labels[2]]


def test_numbers_read_beside_gaps_are_still_those_labels():
    y = [1, 2, 2]
    decisions = decide((0, "keep", None), (1, "accept", 1.0), data_hash=hash_data(None, y), given=y)
    assert decisions["new_label"].dtype == float
    assert apply_corrections((None, y), decisions).data == (None, [1, 1, 2])


@pytest.mark.parametrize(
    "index", [[2**60, 2**60 + 1], pd.date_range("2026-01-01", periods=2), [(1, "a"), (1, "b")]]
)
def test_rows_are_known_by_the_text_of_their_index(index):
    X = pd.Series(["a", "b"], index=pd.Index(index))
    found = find_label_issues(PROBA[:2], X, ["good", "bad"], out_of_sample=True)
    row = {"row_id": str(found.row_ids[1]), "given_label": "bad", "action": "drop"}
    decisions = pd.DataFrame([row | {"new_label": "", **found.provenance}])
    kept, _ = apply_corrections((X, ["good", "bad"]), decisions, lost_classes=["bad"]).data
    assert kept.tolist() == ["a"]


def test_a_frame_keeps_its_index_and_its_other_columns():
    frame = pd.DataFrame({"label": LABELS, "text": TEXTS, "stars": range(5)}, index=list("ABCDE"))
    before = frame.copy()
    decisions = EACH.assign(row_id=list("ABCDE"))  # issues were looked for in the texts alone
    done = apply_corrections(frame, decisions, label="label")
    expected = frame.loc[["A", "B", "E"]].assign(label=["good", "bad", "good"])
    pd.testing.assert_frame_equal(done.data, expected)
    pd.testing.assert_frame_equal(frame, before)
    assert done.log["stars"].tolist() == list(range(5))
    assert "text" not in done.log
    whole = decide((0, "drop", ""), data_hash=hash_data(frame[["text", "stars"]], LABELS))
    assert len(apply_corrections(frame, whole.assign(row_id="A"), label="label").data) == 4
    assert apply_corrections(frame, decisions, label="label", features="text").n_dropped == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[::-1], y), "the same rows, order and labels"),
        (lambda X, y: (X, [*y[:4], "good"]), "the same rows, order and labels"),
        (lambda X, y: (X[:4], y[:4]), "the same rows, order and labels"),
        (lambda X, y: (pd.Series(X, index=[0, 1, 2, 3, 3]), y), "rows that are in the data"),
    ],
)
def test_data_that_is_not_what_was_decided_on_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        apply_corrections(change(TEXTS, LABELS), EACH)


def test_an_index_that_names_rows_twice_is_refused():
    X = pd.Series(TEXTS, index=[0, 1, 1, 3, 4])
    with pytest.raises(InputError, match=r"got row_id '1' with 'drop'.*Call reset_index"):
        apply_corrections((X, LABELS), decide((1, "drop", "")))


@pytest.mark.parametrize(
    ("data", "arguments", "error", "message"),
    [
        ([TEXTS, LABELS], {}, InputTypeError, r"a tuple \(X, y\) or a DataFrame, got list"),
        ((TEXTS, LABELS), {"label": "y"}, ParameterError, "with a DataFrame alone"),
        ((TEXTS, LABELS), {"ambiguous": "ask"}, ParameterError, "'drop' or 'keep', got 'ask'"),
        (pd.DataFrame({"y": LABELS}), {}, ParameterError, "Pass label="),
        (pd.DataFrame({"label": LABELS}), {"label": "lable"}, InputError, "Did you mean 'label'"),
        ((TEXTS, np.eye(5)), {}, InputError, "the same rows, order and labels"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(data, arguments, error, message):
    with pytest.raises(error, match=message):
        apply_corrections(data, EACH, **arguments)


def test_a_class_loses_its_last_row_only_where_it_is_named():
    X, y = ["a", "b", "c"], ["good", "bad", "good"]
    one = {"row_id": 1, "given_label": "bad", "action": "drop", "new_label": ""}
    decisions = pd.DataFrame([one | {"data_hash": hash_data(X, y)}])
    with pytest.raises(InputError, match=r"leave none of 'bad': .* lost_classes="):
        apply_corrections((X, y), decisions, lost_classes=["good"])
    done = apply_corrections((X, y), decisions, lost_classes=["bad"])
    assert (done.lost, done.data) == (("bad",), (["a", "c"], ["good", "good"]))
