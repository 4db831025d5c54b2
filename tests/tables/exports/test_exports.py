"""What annotation tools export, in the shapes that their documentation and converters give."""

import json

import pandas as pd
import pytest

from keraswrap._tables import read_export, read_table
from keraswrap._tables.read import frame_of_objects
from keraswrap.exceptions import InputError


def prodigy(text, answer="accept", **given):
    marks = {"_input_hash": 1, "_task_hash": 2, "_view_id": "choice", "meta": {"source": "web"}}
    return {"text": text, "answer": answer, **marks, **given}


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


def record(number, *responses):
    given = [{"value": value, "user_id": who} for who, value in responses]
    fields = {"text": f"t{number}"}
    suggested = {"mood": {"value": "sad", "score": None, "agent": None}}
    told = {"metadata": {"source": "web"}, "suggestions": suggested, "status": "pending"}
    answers = {"mood": given} if given else {}
    return {"id": f"r{number}", "fields": fields, **told, "responses": answers}


def columns(number, responses, users, states):
    return {"id": f"r{number}", "status": "completed", "_server_id": "s", "text": f"t{number}",
            "mood.responses": responses, "mood.responses.users": users,
            "mood.responses.status": states, "mood.suggestion": "sad"}  # fmt: skip


TWO = [("t1", "ann", "glad"), ("t1", "bob", "sad"), ("t2", "bob", "sad")]
CASES = {
    "prodigy choice": [
        prodigy("t1", accept=["glad"], options=[{"id": "glad"}], _annotator_id="ann"),
        prodigy("t1", accept=["sad"], _annotator_id="bob", _session_id="s-bob"),
        prodigy("t2", accept=["sad"], _annotator_id="bob"),
        prodigy("t3", accept=[], _annotator_id="bob"),
        prodigy("t3", "ignore", accept=["sad"], _annotator_id="bob"),
        prodigy("t3", "reject", accept=["sad"], _annotator_id="bob"),
    ],
    "prodigy label": [
        prodigy("t1", label="glad", _session_id="ann", _view_id="classification", spans=[]),
        prodigy("t1", label="sad", _session_id="bob", _view_id="classification"),
        prodigy("t1", "reject", label="sad", _session_id="ann", _view_id="classification"),
        prodigy("t2", label="sad", _session_id="bob", _view_id="classification"),
    ],
    "label studio": [
        task(1, ("ann", "glad"), ("bob", "sad"), ("eve", "skip")),
        task(2, ("bob", "sad"), ("ann", "")),
        task(3),
    ],
    "label studio flat": [flat(1, "glad", "ann"), flat(1, "sad", "bob"), flat(2, "sad", "bob")],
    "argilla": [
        record(1, ("ann", "glad"), ("bob", "sad")),
        record(2, ("bob", "sad")),
        record(3),
    ],
    "argilla 1": [
        {
            "fields": {"text": text},
            "responses": [
                {"user_id": who, "status": state, "values": {"mood": {"value": label}}}
                for who, label, state in given
            ],
        }
        for text, given in [
            ("t1", [("ann", "glad", "submitted"), ("bob", "sad", "submitted")]),
            ("t2", [("bob", "sad", "submitted"), ("ann", "glad", "discarded")]),
        ]
    ],
    "argilla columns": [
        columns(1, ["glad", "sad"], ["ann", "bob"], ["submitted", "submitted"]),
        columns(2, ["sad", "glad"], ["bob", "ann"], ["submitted", "draft"]),
        columns(3, None, None, None),
    ],
}


@pytest.mark.parametrize("form", ["json", "jsonl"])
@pytest.mark.parametrize("name", CASES)
def test_labels_and_who_gave_them_are_read_and_nothing_else(tmp_path, name, form):
    path, rows = tmp_path / f"export.{form}", CASES[name]
    path.write_text(json.dumps(rows) if form == "json" else "\n".join(map(json.dumps, rows)))
    found = read_export(read_table(path), "export")
    frame = found.frame()
    assert frame[["text", found.annotator, found.label]].to_numpy().tolist() == [*map(list, TWO)]
    assert name.startswith(found.tool.lower())
    assert found.texts == ["text"]


def test_what_is_left_out_is_counted():
    counts = {name: read_export(frame_of_objects(rows), "x") for name, rows in CASES.items()}
    left = {name: dict(found.left_out) for name, found in counts.items()}
    assert left["prodigy choice"] == {"without a label": 1, "ignored": 1, "rejected": 1}
    assert left["label studio"] == {"skipped": 1, "without a label": 1}
    assert left["argilla columns"] == {"draft": 1, "without a response": 1}


def test_label_studios_csv_needs_the_name_of_the_column(tmp_path):
    pd.DataFrame(CASES["label studio flat"]).sort_index(axis=1).to_csv(tmp_path / "e.csv")
    frame = read_table(tmp_path / "e.csv").drop(columns="")
    with pytest.raises(InputError, match=r"--label, as 'e' is an export.*\['mood', 'text'\]"):
        read_export(frame, "e")
    found = read_export(frame, "e", "mood")
    assert found.frame()["mood"].tolist() == ["glad", "sad", "sad"]


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([prodigy("a", accept=["x", "y"])], r"Prodigy, got \['x', 'y'\]"),
        ([prodigy("a", spans=[{"start": 0}])], "labels of whole texts .*Prodigy, got spans"),
        ([prodigy("a", label="X", _view_id="ner")], "got the view 'ner'"),
        ([prodigy("a", "ignore", accept=["x"])], "got none: {'ignored': 1}"),
        ([{**flat(1, [{"start": 0, "labels": ["x"]}], "a")}], "got marks in a text"),
        ([flat(1, {"choices": ["x", "y"]}, "a")], r"Label Studio, got \['x', 'y'\]"),
        ([record(1, ("ann", ["x", "y"]))], r"Argilla, got \['x', 'y'\]"),
        ([record(1, ("ann", [{"label": "x", "start": 0}]))], "got marks or ranks"),
        ([{**task(1), "annotations": [{"result": [{"type": "labels"}]}]}], "the type 'labels'"),
        ([{**record(1), "responses": {"mood": [3]}}], "as its annotation tool writes it"),
    ],
)
def test_what_holds_no_label_of_a_whole_text_is_refused_by_name(rows, match):
    with pytest.raises(InputError, match=match):
        read_export(frame_of_objects(rows), "e.json").frame()


def test_of_several_questions_one_must_be_named():
    rows = [record(1, ("ann", "glad"))]
    rows[0]["responses"]["topic"] = [{"value": "food", "user_id": "ann"}]
    with pytest.raises(InputError, match=r"\['mood', 'topic'\], got None. Name it with --label"):
        read_export(frame_of_objects(rows), "e.json")
    assert read_export(frame_of_objects(rows), "e.json", "topic").frame()["topic"][0] == "food"


@pytest.mark.parametrize(
    "row",
    [
        {"text": "a", "answer": "accept"},
        {"text": "a", "answer": "yes", "options": []},
        {"data": "a", "annotations": "b"},
        {"id": 1, "annotator": "ann", "label": "x"},
        {"fields": "a", "responses": 3},
        {"text": "a", "n.responses": 2},
    ],
)
def test_other_tables_are_no_exports(row):
    assert read_export(frame_of_objects([row]), "t.jsonl") is None
