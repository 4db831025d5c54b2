"""keraswrap drift: what it prints and writes, and by its exit code whether it found drift."""

import json

import joblib
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.cli import main

WORDS = {"good": "fine lovely great warm", "bad": "awful broken cold wet"}


def rows(n, extra=""):
    found = [
        (f"the shop {WORDS[label].split()[k % 4]} day {k % 7}{extra}", label)
        for k in range(n)
        for label in WORDS
    ]
    return pd.DataFrame(found[:n], columns=["text", "label"])


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = rows(80)
    model = make_pipeline(CountVectorizer(), LogisticRegression(C=0.1))
    joblib.dump(model.fit(frame["text"], frame["label"]), "model.joblib")
    frame.to_csv("old.csv", index=False)
    return ["drift", "model.joblib", "old.csv"]


def run(files, new, *more):
    new.to_csv("new.csv", index=False)
    return main([*files, "new.csv", "--text", "text", "--label", "label", "--trust-pickle", *more])


def test_rows_as_they_were_are_no_drift(files, capsys):
    assert run(files, rows(80)[["text"]]) == 0
    assert capsys.readouterr().out.startswith("Inputs moved: no sign.")


def test_other_rows_are_drift_with_an_exit_code_of_its_own(files, capsys, tmp_path):
    told = ["--json", "--out", "page.html", "--metrics", "drift.prom"]
    assert run(files, rows(80, " zzz unheard of"), *told) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["statements"]["inputs_moved"]["answer"] == "yes"
    assert found["files"] == ["page.html", "drift.prom"]
    assert "unheard" in (tmp_path / "page.html").read_text()
    assert (
        'keraswrap_drift_found{statement="inputs_moved"} 1' in (tmp_path / "drift.prom").read_text()
    )


def test_numbers_in_csv_are_numbers_to_the_model(files, capsys):
    table = pd.DataFrame({"a": [k % 9 / 2 for k in range(80)], "label": ["bad", "good"] * 40})
    joblib.dump(LogisticRegression().fit(table[["a"]], table["label"]), "model.joblib")
    table.to_csv("old.csv", index=False)
    table.assign(a=table["a"] + 9).to_csv("new.csv", index=False)
    told = ["--label", "label", "--trust-pickle"]
    assert main([*files, "old.csv", *told]) == 0
    assert main([*files, "new.csv", *told]) == 3
    assert "a (2.0 → 11.0)" in capsys.readouterr().out


def test_rows_without_a_label_are_left_out_of_accuracy(files, capsys):
    new = rows(80)
    new.loc[20:, "label"] = ""
    run(files, new, "--json")
    assert json.loads(capsys.readouterr().out)["accuracy"]["n_labeled"] == 20


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["no.joblib", "old.csv", "old.csv", "--label", "label"], "which is not there"),
        (["model.joblib", "old.csv", "old.csv", "--label", "label"], "--trust-pickle"),
        (["model.joblib", "old.csv", "old.csv", "--label", "x"], "x"),
        (["model.joblib", "old.csv", "old.csv", "--label", "label", "--out", "a.txt"], ".html"),
    ],
)
def test_what_cannot_be_used_is_told(files, capsys, told, message):
    assert main(["drift", *told]) == 2
    assert message in capsys.readouterr().err
