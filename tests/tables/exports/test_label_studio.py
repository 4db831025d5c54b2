"""What Label Studio exports, as tasks and flat."""

import pandas as pd
import pytest
from exports import check_two, left_out, read

from keraswrap._tables import read_export, read_table
from keraswrap.exceptions import InputError


def task(number, *annotations, **data):
    result = {"from_name": "mood", "to_name": "text", "type": "choices"}
    given = [
        {
            "completed_by": {"id": 4, "email": who} if who == "ann@x.org" else who,
            "was_cancelled": label == "skip",
            "result": [{**result, "value": {"choices": [label]}}] if label else [],
        }
        for who, label in annotations
    ]
    return {"id": number, "data": {"text": f"t{number}", **data}, "annotations": given}


def flat(number, mood, who):
    return {
        "text": f"t{number}", "id": number, "mood": mood, "annotator": who,
        "annotation_id": 9, "created_at": "", "updated_at": "", "lead_time": 1.5,
    }  # fmt: skip


CASES = {
    "label studio": [
        task(1, ("ann", "glad"), ("bob", "sad"), ("eve", "skip")),
        task(2, ("bob", "sad"), ("ann", "")),
        task(3),
    ],
    "label studio flat": [flat(1, "glad", "ann"), flat(1, "sad", "bob"), flat(2, "sad", "bob")],
}


@pytest.mark.parametrize("name", CASES)
def test_labels_and_who_gave_them_are_read_and_nothing_else(tmp_path, name):
    check_two(CASES[name], tmp_path, "Label Studio")


def test_what_is_left_out_is_counted():
    assert left_out(CASES["label studio"]) == {"skipped": 1, "without a label": 1}


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([{**flat(1, [{"start": 0, "labels": ["x"]}], "a")}], "got marks in a text"),
        ([flat(1, {"choices": ["x", "y"]}, "a")], r"Label Studio, got \['x', 'y'\]"),
        ([{**task(1), "annotations": [{"result": [{"type": "labels"}]}]}], "the type 'labels'"),
    ],
)
def test_what_holds_no_label_of_a_whole_text_is_refused_by_name(rows, match):
    with pytest.raises(InputError, match=match):
        read(rows).frame()


def test_label_studios_csv_needs_the_name_of_the_column(tmp_path):
    pd.DataFrame(CASES["label studio flat"]).sort_index(axis=1).to_csv(tmp_path / "e.csv")
    frame = read_table(tmp_path / "e.csv").drop(columns="")
    with pytest.raises(InputError, match=r"--label, as 'e' is an export.*\['mood', 'text'\]"):
        read_export(frame, "e")
    found = read_export(frame, "e", "mood")
    assert found.frame()["mood"].tolist() == ["glad", "sad", "sad"]
