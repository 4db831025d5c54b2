"""``keraswrap predict``: rows in and out."""

import json
import os
import pathlib
import subprocess
import sys
import threading

import joblib
import numpy as np
import pandas as pd
import pytest
from processes import interruptible
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from keraswrap._tables import read_table, write_table
from keraswrap.cli import main

TINY = ["tiny", "--max-length", "16"]
MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"
COLUMNS = ["--text", "review", "--label", "stars"]


def give(monkeypatch, tmp_path, content):
    """Put content on standard input."""
    (tmp_path / "stdin").write_text(content)
    monkeypatch.setattr("sys.stdin", (tmp_path / "stdin").open())


def test_a_file_comes_back_with_what_is_predicted(home, capsys):
    arguments = ["predict", "m.kw", "reviews.csv", "--text", "review", "--out", "p.csv", "--proba"]
    assert main([*arguments, "--json"]) == 0
    read, given = pd.read_csv("p.csv"), pd.read_csv("reviews.csv")
    assert list(read) == [*given, "predicted_label", "confidence", "proba_bad", "proba_good"]
    assert (read[["review", "stars"]] == given).all(axis=None)
    assert (read["predicted_label"] == read["stars"]).mean() > 0.9
    assert (read["confidence"] == read[["proba_bad", "proba_good"]].max(axis=1)).all()
    assert json.loads(capsys.readouterr().out) == {"rows": 120, "files": ["p.csv"]}


def test_json_lines_go_through_and_keep_their_keys(home, monkeypatch, tmp_path, capsys):
    rows = '{"review": "it was good", "id": 7}\n{"review": null}\n{"review": "it was bad"}\n'
    give(monkeypatch, tmp_path, rows)
    assert main(["predict", "m.kw", "-", "--text", "review"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(row)[:-2] for row in printed] == [["review", "id"], ["review"], ["review"]]
    assert [printed[0]["predicted_label"], printed[2]["predicted_label"]] == ["good", "bad"]


EXPORTS = {
    "label studio": [
        {"id": 7, "data": {"text": "bad", "lang": "en"}, "annotations": []},
        {"id": 8, "data": {"text": "good", "lang": "en"}, "annotations": [{"result": []}]},
    ],
    "argilla": [
        {"id": n, "fields": {"text": text}, "metadata": {"lang": "en"}, "responses": {}}
        for n, text in ((7, "bad"), (8, "good"))
    ],
    "prodigy": [
        {"text": text, "answer": "accept", "_task_hash": 1, "label": "x"}
        for text in ("bad", "good")
    ],
}


@pytest.mark.parametrize("tool", EXPORTS)
@pytest.mark.parametrize("name", ["export.json", "export.jsonl", "-"])
def test_exports_of_annotation_tools_are_read_without_naming_columns(
    home, monkeypatch, tmp_path, capsys, tool, name
):
    rows = EXPORTS[tool]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "export.json").write_text(json.dumps(rows))
    (tmp_path / "export.jsonl").write_text(lines)
    give(monkeypatch, tmp_path, lines)
    (tmp_path / "plain.csv").write_text("text\nbad\ngood\n")
    assert main(["predict", "m.kw", "plain.csv", "--text", "text", "--json"]) == 0
    plain = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert main(["predict", "m.kw", name]) == 0
    got = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [{column: row[column] for column in plain[0]} for row in got] == plain
    if tool != "prodigy":
        assert {row["lang"] for row in got} == {"en"}
        assert [row.get("task_id", row.get("record_id")) for row in got] == [7, 8]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"said": "good"}], "Expected --text, the column of 'export.json' with the texts"),
        ([{"id": 1, "data": {"a": "x", "b": "y"}, "annotations": []}], "There are ['a', 'b', 'ta"),
    ],
)
def test_texts_that_nobody_named_are_asked_for(home, tmp_path, capsys, rows, message):
    (tmp_path / "export.json").write_text(json.dumps(rows))
    assert main(["predict", "m.kw", "export.json"]) == 2
    assert message in capsys.readouterr().err


def test_csv_goes_through_as_csv_or_as_json_lines(home, monkeypatch, tmp_path, capsys):
    for options, first in (
        ([], "review,predicted_label,confidence"),
        (["--json"], '{"review": "it'),
    ):
        give(monkeypatch, tmp_path, 'review\n"it was good, it\nwas fine"\n')
        assert main(["predict", "m.kw", "-", "--text", "review", *options]) == 0
        assert capsys.readouterr().out.startswith(first)


def test_a_parquet_file_goes_through_too(home, capsys):
    write_table(pd.read_csv("reviews.csv"), "reviews.parquet")
    assert main(["predict", "m.kw", "reviews.parquet", "--text", "review", "--out", "p.tsv"]) == 0
    assert len(read_table("p.tsv")) == 120


@pytest.fixture
def words(home):
    """A pickle of a classifier by words."""
    frame = pd.read_csv("reviews.csv")
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    joblib.dump(model.fit(frame["review"], frame["stars"]), "w.joblib")
    return model


ODD = ["a, b", 'it was "good"', "two\nlines", "ünï 🙂", "", "x\r\ny", "x\ry", "'=1", "plain"]


@pytest.mark.parametrize("size", [1, 1 << 18])
@pytest.mark.parametrize("out", ["p.csv", "p.tsv", "p.jsonl"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.parquet", "t.json"])
def test_a_classifier_by_words_predicts_any_file_alike(words, monkeypatch, name, out, size):
    monkeypatch.setattr("keraswrap.cli._commands.predict._BYTES", size)
    frame = pd.DataFrame({"id": [f"{n:02}" for n in range(18)], "review": ODD * 2})
    if name == "t.json":
        frame.to_json(name, orient="records")
    else:
        write_table(frame, name)
    arguments = ["predict", "w.joblib", name, "--text", "review", "--out", out, "--proba"]
    assert main([*arguments, "--trust-pickle"]) == 0
    proba = np.round(words.predict_proba(frame["review"]), 4)
    expected = frame.assign(
        predicted_label=words.predict(frame["review"]),
        confidence=proba.max(axis=1),
        proba_bad=proba[:, 0],
        proba_good=proba[:, 1],
    )
    write_table(expected.astype(object), f"expected-{out}")
    with open(out, "rb") as got, open(f"expected-{out}", "rb") as wanted:
        assert got.read() == wanted.read()


def test_a_pipe_with_a_name_is_read_once(words, capsys):
    rows = "id,review\n" + "".join(f"{n},it was good {n}\n" for n in range(3))
    pathlib.Path("t.csv").write_text(rows)
    asked = ["--text", "review", "--trust-pickle"]
    assert main(["predict", "w.joblib", "t.csv", *asked]) == 0
    expected = capsys.readouterr().out
    os.mkfifo("pipe.csv")
    writer = threading.Thread(target=lambda: pathlib.Path("pipe.csv").write_text(rows))
    writer.start()
    assert main(["predict", "w.joblib", "pipe.csv", *asked]) == 0
    writer.join()
    assert capsys.readouterr().out == expected


def test_a_pickle_must_be_trusted_and_give_probabilities(words, capsys):
    joblib.dump(
        make_pipeline(TfidfVectorizer(), LinearSVC()).fit(["good", "bad"], [0, 1]), "s.joblib"
    )
    arguments = ["reviews.csv", "--text", "review", "--out", "p.csv"]
    assert main(["predict", "w.joblib", *arguments]) == 2
    assert "--trust-pickle" in capsys.readouterr().err
    assert main(["predict", "s.joblib", *arguments, "--trust-pickle"]) == 2
    assert "a classifier that gives probabilities, got Pipeline" in capsys.readouterr().err
    assert not os.path.exists("p.csv")


def test_rows_before_a_broken_one_of_a_file_are_answered(words, capsys):
    with open("t.csv", "w") as file:
        file.write("review\nit was good\nit was bad,too\n")
    assert main(["predict", "w.joblib", "t.csv", "--text", "review", "--trust-pickle"]) == 2
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1].startswith("it was good,good,")
    assert "got 2 in line 3 of 't.csv'" in printed.err


def test_rows_before_a_broken_one_are_answered(home, monkeypatch, tmp_path, capsys):
    give(monkeypatch, tmp_path, '{"review": "it was good"}\n{"revie')
    assert main(["predict", "m.kw", "-", "--text", "review"]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["predicted_label"] == "good"
    assert "a JSON object in line 2 of 'standard input'" in printed.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["m.kw", "reviews.csv", "--text", "revew"], "Did you mean 'review'?"),
        (["none.kw", "reviews.csv", "--text", "review"], "which is not there"),
        (["reviews.csv", "reviews.csv", "--text", "review"], "corrupt or something else"),
        (["m.kw", "none.csv", "--text", "review"], "which is not there"),
        (["m.kw", "reviews.csv", "--text", "review", "--out", "m.kw"], "ends in .csv"),
        (["m.kw", "reviews.csv", "--text", "review", "--out", "reviews.csv"], "which exists"),
        (["m.kw", "reviews.csv", "--text", "review", "--out", "p.parquet"], "as they come"),
        (["m.kw", "done.csv", "--text", "review"], "no column 'confidence'"),
    ],
)
def test_what_cannot_be_predicted_is_said(home, capsys, arguments, message):
    write_table(pd.DataFrame({"review": ["fine"], "confidence": ["1"]}), "done.csv")
    before = sorted(os.listdir())
    assert main(["predict", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert sorted(os.listdir()) == before


@pytest.mark.slow
def test_a_pipe_is_answered_row_by_row_and_may_be_closed(home):
    command = [sys.executable, "-c", MAIN, "predict", "m.kw", "-", "--text", "review"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, bufsize=1, preexec_fn=interruptible if os.name == "posix" else None,
    )  # fmt: skip
    for text, label in (("it was good and fine", "good"), ("it was bad and poor", "bad")):
        process.stdin.write(json.dumps({"review": text}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["predicted_label"] == label
    process.stdout.close()  # as `head` does
    process.stdin.write('{"review": "it was good"}\n')
    process.stdin.close()
    assert process.wait(60) == 141
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
