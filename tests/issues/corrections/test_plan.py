"""What decisions come to, and which are refused."""

import numpy as np
import pandas as pd
import pytest
from made_decisions import EACH, HASH, LABELS, TEXTS, decide
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputError
from keraswrap.issues import (
    apply_corrections,
    find_label_issues,
    hash_data,
    write_decisions,
)


@pytest.mark.parametrize(("y", "text"), [([True, False], "true"), ([2.0, 0.5], "2")])
def test_labels_may_be_written_as_a_page_writes_them(y, text):
    data = (pd.Series(["a", "b"], index=[7.0, 8.0]), y)
    row = {"row_id": "8", "given_label": y[1], "action": "accept", "new_label": text}
    decisions = pd.DataFrame([row | {"data_hash": hash_data(*data)}])
    assert apply_corrections(data, decisions, lost_classes=y[1:]).data[1] == [y[0], y[0]]


def test_reviewers_who_agree_are_both_in_the_log():
    other = decide((1, "relabel", "bad"), (0, "skip", ""), reviewer="Ben")
    done = apply_corrections((TEXTS, LABELS), [EACH, other])
    assert done.n_changed == 2
    assert done.log["row_id"].tolist() == [0, 1, 2, 3, 4, 1, 0]


def test_reviewers_who_differ_are_named(tmp_path):
    write_decisions(EACH, tmp_path / "ann.csv")
    write_decisions(decide((4, "keep", "bad")), tmp_path / "ben.json")
    message = r"row_id 4: relabel 'good' \(.*ann.csv, line 6\) against keep 'bad' \(.*decision 1\)"
    with pytest.raises(InputError, match=message):
        apply_corrections((TEXTS, LABELS), [tmp_path / "ann.csv", tmp_path / "ben.json"])


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        (decide((0, "drop", ""), data_hash="f" * 16), f"whose hash is {HASH}, got .* f{{16}}"),
        (decide((0, "accept", "bda")), r"got 'bda' for row_id '0'.*Did you mean 'bad'\?"),
        (decide((9, "drop", "")), r"rows that are in the data, got row_id '9'.*\(row 0\)"),
        (decide((0, "keep", ""), (0, "drop", "")), "each row once"),
        (decide((0, "delete", "")), r"an action of accept, .* got row_id '0' with 'delete'"),
        (decide((0, "accept", "")), "a new_label where the action is accept or relabel"),
        (decide((0, "keep", "bad")), "no other new_label where the action is keep"),
        (decide((0, "keep", "")).assign(given_label="bad"), "the given_label that the data has"),
        (decide((0, "keep", "")).assign(data_hash=""), "a data_hash in each row"),
        (decide(), "at least one decision"),
        (decide(*((row, "drop", "") for row in range(5))), "decisions that drop all"),
        (EACH.drop(columns="action"), "Expected the column 'action'"),
        ([], "at least one file or frame"),
        ([EACH, EACH.assign(data_hash="e" * 16)], f"the hashes {HASH}.*{'e' * 16}"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(decisions, message):
    with pytest.raises(InputError, match=message):
        apply_corrections((TEXTS, LABELS), decisions)


LONG = [f"{row} " + "a whole text " * 120 for row in range(100)]
OF_LONG = dict(row_id=7, given_label=LONG[7], action="relabel", data_hash=hash_data(LONG, LONG))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: apply_corrections((LONG, LONG), pd.DataFrame([OF_LONG | {"new_label": "bad"}])),
            r"got 'bad' for row_id '7'.*named: new_classes=, or --new-class of keraswrap apply",
        ),
        (
            lambda: apply_corrections(
                (LONG, LONG), pd.DataFrame([OF_LONG | {"new_label": LONG[0] + "."}])
            ),
            "got '0 a whole text .* Did you mean '0 a",
        ),
        (lambda: find_label_issues(np.full((100, 2), 0.5), y=LONG), "Expected as many columns"),
        (lambda: find_label_issues(LogisticRegression(), np.ones((100, 1)), LONG), "5 examples of"),
        (lambda: find_label_issues(LogisticRegression(), np.ones((9, 1)), LONG[:1] * 9), "one cl"),
    ],
)
@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_labels_that_are_whole_texts_are_cut_in_errors(ask, message):
    with pytest.raises(InputError, match=message) as caught:
        ask()
    assert len(str(caught.value)) < 1400
