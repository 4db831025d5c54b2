"""What is written for annotation tools is read back as it was."""

import json

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.labeling import add_people, export_labels, label_texts

TEXTS = ['fine, "really"', "broke <b>", "= 1 + 1", "grün", None]
PEOPLE = pd.DataFrame(
    {"ann": ["good", "bad", None, "good", None], "bob": ["good", "good", None, None, None]}
)
FORMATS = {"label_studio": ".json", "argilla": ".json", "prodigy": ".jsonl"}


def rule(texts):
    return ["good" if "fine" in text else "bad" for text in texts]


def make(people=None, index=None, classes=("bad", "good")):
    X = pd.Series(TEXTS, index)
    return label_texts(X, {"rule": rule}, people, classes=list(classes))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("index", [None, ["a", "b", "c", "d", "e"], [5, 4, 9, 2, 1]])
def test_labels_of_people_survive_the_way_there_and_back(format, index, tmp_path):
    path = tmp_path / f"out{FORMATS[format]}"
    people = PEOPLE if index is None else PEOPLE.set_axis(index, axis=0)
    export_labels(make(people, index), path, format)
    found = add_people(make(None, index), str(path))
    assert (
        found.people[["ann", "bob"]].to_numpy().tolist()
        == PEOPLE.astype(object).where(PEOPLE.notna(), None).to_numpy().tolist()
    )
    assert not found.audit.any()


def test_suggestions_are_written_unless_told_otherwise(tmp_path):
    path = tmp_path / "tasks.json"
    export_labels(make(), path)
    tasks = json.loads(path.read_text("utf-8"))
    assert [task["data"]["text"] for task in tasks] == TEXTS[:4]
    assert tasks[0]["predictions"][0]["result"][0]["value"]["choices"] == ["good"]
    export_labels(make(), path, rows=[1], suggestions=False, overwrite=True)
    (task,) = json.loads(path.read_text("utf-8"))
    assert "predictions" not in task
    export_labels(make(PEOPLE), path, "argilla", rows=np.arange(5) < 2, overwrite=True)
    records = json.loads(path.read_text("utf-8"))
    assert records[0]["suggestions"]["label"]["value"] == "good"
    assert [one["user_id"] for one in records[1]["responses"]["label"]] == ["ann", "bob"]


def test_rows_are_known_by_their_text_where_they_have_no_id(tmp_path):
    path = tmp_path / "out.jsonl"
    done = {"text": "grün", "label": "bad", "answer": "accept", "_task_hash": 1, "_input_hash": 1}
    path.write_text(json.dumps(done) + "\n", "utf-8")
    found = add_people(make(), path)
    assert found.label.tolist() == [None, None, None, "bad", None]
    path.write_text(json.dumps(done | {"text": "unknown"}) + "\n", "utf-8")
    with pytest.raises(InputError, match=r"rows of the table .* got \['unknown'\]"):
        add_people(make(), path)
    path.write_text(json.dumps({"text": "grün"}) + "\n", "utf-8")
    with pytest.raises(InputError, match="an export of Label Studio, Argilla or Prodigy"):
        add_people(make(), path)


def test_a_mask_in_another_order_chooses_rows_by_their_index(tmp_path):
    table = make(index=["a", "b", "c", "d", "e"])
    mask = pd.Series([False, True, False, False, False], ["e", "d", "c", "b", "a"])
    export_labels(table, tmp_path / "a.json", rows=mask)
    tasks = json.loads((tmp_path / "a.json").read_text())
    assert [task["data"]["row_id"] for task in tasks] == ["d"]


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="format as one of"):
        export_labels(make(), tmp_path / "a.json", "doccano")
    with pytest.raises(InputError, match=r"ends in .jsonl"):
        export_labels(make(), tmp_path / "a.json", "prodigy")
    with pytest.raises(InputError, match="got none that are chosen"):
        export_labels(make(), tmp_path / "a.json", rows=[])
    for rows in ([7], ["a"], [True]):
        with pytest.raises(InputError, match="as a mask or positions"):
            export_labels(make(), tmp_path / "a.json", rows=rows)
    (tmp_path / "a.json").write_text("kept")
    with pytest.raises(InputError, match="exists"):
        export_labels(make(), tmp_path / "a.json")
