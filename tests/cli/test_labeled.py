"""Exports of annotation tools and labels by several people, as the commands take them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keraswrap._tables import read_table
from keraswrap.cli import main
from keraswrap.issues import find_consensus, hash_data, write_decisions

N = 40


@pytest.fixture
def votes(tmp_path, monkeypatch):
    """Labels of 40 texts by three people, a row for each label, in the working folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    truth = np.arange(N) % 2
    texts = [f"{'good great' if good else 'bad poor'} item{row}" for row, good in enumerate(truth)]
    wide = np.where(rng.random((N, 3)) < 0.85, truth[:, None], 1 - truth[:, None])
    rows = [
        {"key": f"k{row}", "said": texts[row], "who": who, "mood": ["sad", "glad"][wide[row, by]]}
        for row in range(N)
        for by, who in enumerate(("ann", "bob", "eve"))
    ]
    frame = pd.DataFrame(rows)
    frame.to_csv("votes.csv", index=False)
    return frame


LONG = ["--text", "said", "--label", "mood", "--annotator", "who"]
QUICK = ["--encoder", "tfidf", "--labels-only", "--out", "out"]


def consensus(votes):
    return find_consensus(votes, long=("key", "who", "mood")).to_y()


@pytest.mark.parametrize("item", [[], ["--id", "key"]])
def test_labels_of_one_text_are_brought_together_as_find_consensus_does(votes, item, capsys):
    assert main(["issues", "votes.csv", *LONG, *item, *QUICK]) == 0
    found = pd.read_csv("out/issues.csv").set_index("key")
    assert found["given_label"][consensus(votes).index].tolist() == consensus(votes).tolist()
    error = capsys.readouterr().err
    assert "votes.csv: 120 labels by 3 annotators of 40 rows, alpha 0." in error
    assert "who" not in found
    page = Path("out/report.html").read_text()
    assert "Annotators" in page
    assert ">eve<" in page


def test_an_export_is_read_without_naming_columns(votes, capsys):
    rows = [
        {"text": said, "accept": [mood], "answer": "accept", "_annotator_id": who, "_task_hash": 1}
        for _, said, who, mood in votes.to_numpy().tolist()
    ]
    rows.append({**rows[0], "answer": "reject"})
    Path("p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert main(["issues", "p.jsonl", *QUICK]) == 0
    error = capsys.readouterr().err
    assert "p.jsonl: 120 labels from Prodigy; left out: 1 rejected" in error
    found = pd.read_csv("out/issues.csv").sort_values("row_id")
    assert found["given_label"].tolist() == consensus(votes).tolist()
    assert set(read_table("out/cleaned.jsonl")) == {"text", "label"}


def test_label_studios_tasks_are_applied_to_as_they_were_read(votes, capsys):
    texts = votes["said"].drop_duplicates().tolist()
    result = {"from_name": "mood", "to_name": "said", "type": "choices"}
    tasks = [
        {
            "id": 100 + row,
            "data": {"said": text, "key": f"k{row}"},
            "annotations": [
                {"completed_by": 1, "result": [{**result, "value": {"choices": [mood]}}]}
            ],
        }
        for row, (text, mood) in enumerate(zip(texts, consensus(votes), strict=True))
    ]
    Path("ls.json").write_text(json.dumps(tasks))
    assert main(["issues", "ls.json", "--text", "said", "--id", "key", *QUICK]) == 0
    one = {"row_id": 3, "given_label": consensus(votes)["k3"], "action": "drop", "new_label": ""}
    data_hash = hash_data(texts, consensus(votes).tolist())
    write_decisions(pd.DataFrame([one | {"data_hash": data_hash}]), "d.json")
    assert main(["apply", "ls.json", "d.json", "--text", "said", "--out", "new.csv"]) == 0
    assert read_table("new.csv")["key"].tolist() == [f"k{row}" for row in range(N) if row != 3]
    assert read_table("new.log.csv")["key"].tolist() == ["k3"]
    assert read_table("new.log.csv")["task_id"].tolist() == ["103"]


def test_decisions_on_a_long_table_are_applied_to_its_rows(votes):
    texts = votes["said"].drop_duplicates().tolist()
    y = consensus(votes)
    one = {"row_id": 1, "given_label": y["k1"], "action": "relabel", "new_label": "sad"}
    data_hash = hash_data(texts, y.tolist())
    write_decisions(pd.DataFrame([one | {"data_hash": data_hash}]), "d.json")
    assert main(["apply", "votes.csv", "d.json", *LONG, "--out", "new.csv"]) == 0
    assert read_table("new.csv")["mood"].tolist() == y.where(y.index != "k1", "sad").tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Expected --text and --label, the columns of 'votes.csv'"),
        (["--text", "said"], "['key', 'said', 'who', 'mood'] to choose from"),
        ([*LONG[2:]], "Expected --label and --id (or --text) with --annotator"),
        ([*LONG, "--id", "mood"], "Expected one text for each 'mood', got several for"),
        ([*LONG[:5], "whom"], "Did you mean 'who'?"),
    ],
)
def test_what_is_missing_is_named(votes, capsys, options, message):
    assert main(["issues", "votes.csv", *options, *QUICK]) == 2
    assert message in capsys.readouterr().err


def test_one_who_gave_two_labels_is_named_and_a_hint_given(votes, capsys):
    other = votes[:1].assign(mood={"sad": "glad", "glad": "sad"}[votes["mood"][0]])
    pd.concat([votes, other]).rename(columns={"who": "annotator"}).to_csv("v.csv", index=False)
    assert main(["issues", "v.csv", *LONG[:5], "annotator", *QUICK]) == 2
    assert "one label of an item by each annotator, got several of 1" in capsys.readouterr().err
    assert main(["issues", "v.csv", *LONG[:4], *QUICK]) == 0
    assert "beside 'annotator'; if that is who gave the label, pass --annotator" in (
        capsys.readouterr().err
    )
