"""``keraswrap apply``: decisions of a report, carried out on a file."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from keraswrap._tables import read_table, write_table
from keraswrap.cli import main
from keraswrap.issues import hash_data, write_decisions

TEXTS = ["works, well", "it broke", "=1+1", "so so", "what a\nwaste"]
STARS = ["5", "5", "4", "1", "1"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A table with texts, labels and other columns, and decisions on it."""
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"id": ["007", "1", "2", "3", "4"], "body": TEXTS, "stars": STARS})
    write_table(frame, "r.csv")
    write_decisions(decide((1, "5", "accept", "1"), (3, "1", "drop", "")), "d.json")
    return frame


def decide(*rows, texts=TEXTS, labels=STARS):
    columns = ["row_id", "given_label", "action", "new_label"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(data_hash=hash_data(texts, labels), reviewer="Ann")


@pytest.mark.parametrize(
    "columns", [[], ["--text", "body"], ["--text", "body", "--label", "stars"]]
)
def test_decisions_find_their_columns_and_change_nothing_else(home, columns, capsys):
    assert main(["apply", "r.csv", "d.json", *columns, "--out", "new.csv"]) == 0
    expected = home.drop(index=3).assign(stars=["5", "1", "4", "1"])
    assert read_table("new.csv").to_dict("list") == expected.to_dict("list")
    log = read_table("new.log.csv")
    assert log["row_id"].tolist() == ["1", "3"]
    assert log["id"].tolist() == ["1", "3"]
    assert log[["old_label", "new_label"]].to_numpy().tolist() == [["5", "1"], ["1", ""]]
    assert "4 rows, 1 label changed, 1 row left out" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_labels_keep_their_kind(home, kind, capsys):
    write_table(home.assign(stars=home["stars"].astype(int)), f"r.{kind}")
    out = f"new.{kind}"
    assert main(["apply", f"r.{kind}", "d.json", "--out", out, "--json"]) == 0
    assert read_table(out)["stars"].tolist() == [5, 1, 4, 1]
    assert json.loads(capsys.readouterr().out)["files"] == [out, "new.log.csv"]


def test_a_new_class_must_be_named(home, capsys):
    write_decisions(decide((0, "5", "relabel", "3")), "n.csv")
    assert main(["apply", "r.csv", "n.csv", "--out", "new.csv"]) == 2
    assert "got '3' for row_id '0'" in capsys.readouterr().err
    assert main(["apply", "r.csv", "n.csv", "--out", "new.csv", "--new-class", "3"]) == 0
    assert read_table("new.csv")["stars"][0] == "3"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_no_file_loses_a_class_unless_it_is_named(home, kind, capsys):
    stars = home["stars"] if kind == "csv" else home["stars"].astype(int)
    write_table(home.assign(stars=stars), f"r.{kind}", overwrite=True)
    write_decisions(decide((2, "4", "drop", "")), "d.csv")
    command = ["apply", f"r.{kind}", "d.csv", "--out", f"new.{kind}"]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "leave none of 4" in told
    assert "name the class: --lost-class." in told
    assert not os.path.exists(f"new.{kind}")
    assert main([*command, "--lost-class", "4"]) == 0
    assert read_table(f"new.{kind}")["stars"].astype(str).tolist() == ["5", "5", "1", "1"]


def test_ambiguous_rows_can_be_kept(home):
    write_decisions(decide((0, "5", "ambiguous", "")), "a.csv")
    assert main(["apply", "r.csv", "a.csv", "--out", "new.csv", "--ambiguous", "keep"]) == 0
    assert len(read_table("new.csv")) == 5


def test_several_reviewers_may_agree_and_not_differ(home, capsys):
    write_decisions(decide((1, "5", "relabel", "1")), "ben.csv")
    assert main(["apply", "r.csv", "d.json", "ben.csv", "--out", "new.csv"]) == 0
    write_decisions(decide((1, "5", "keep", "")), "eva.csv")
    assert main(["apply", "r.csv", "d.json", "eva.csv", "--out", "other.csv"]) == 2
    assert "(d.json, decision 1) against keep" in capsys.readouterr().err
    assert not os.path.exists("other.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--text", "bdy"], "Did you mean 'body'?"),
        (["--text", "id"], "no columns of texts and labels have the hash"),
        (["--text", "id", "--label", "stars"], "decisions on these rows and labels"),
        (["--out", "r.csv"], "'r.csv', which exists"),
        (["--out", "none/new.csv"], "which is not there"),
        (["--out", "new.xlsx"], "a file that ends in .csv"),
    ],
)
def test_what_does_not_fit_changes_nothing(home, capsys, options, message):
    before = sorted(os.listdir())
    assert main(["apply", "r.csv", "d.json", "--out", "new.csv", *options]) == 2
    assert message in capsys.readouterr().err
    assert sorted(os.listdir()) == before


def test_only_what_is_read_into_memory_has_a_limit(home, capsys):
    Path("r.json").write_text(json.dumps(home.to_dict("records")))
    small = ["--max-size", "1e-8"]
    assert main(["apply", "r.csv", "d.json", "--out", "new.csv", *small]) == 0
    assert main(["apply", "r.json", "d.json", "--out", "other.csv", *small]) == 2
    assert "memory to spare, allow it: --max-size" in capsys.readouterr().err
    assert main(["apply", "r.json", "d.json", "--out", "other.csv"]) == 0
    assert Path("other.csv").read_bytes() == Path("new.csv").read_bytes()


def test_data_that_was_changed_since_is_refused(home, capsys):
    write_table(home[::-1], "r.csv", overwrite=True)
    assert main(["apply", "r.csv", "d.json", "--out", "new.csv"]) == 2
    assert "Expected the data that the decisions were made on" in capsys.readouterr().err


def test_a_file_of_decisions_that_was_cut_off_is_refused(home, capsys):
    os.truncate("d.json", os.path.getsize("d.json") - 20)
    assert main(["apply", "r.csv", "d.json", "--out", "new.csv"]) == 2
    assert "complete JSON in 'd.json'" in capsys.readouterr().err


def test_decisions_without_any_are_refused(home, capsys):
    Path("d.csv").write_text("row_id,given_label,action,new_label,data_hash\n")
    assert main(["apply", "r.csv", "d.csv", "--out", "new.csv"]) == 2
    assert "Expected at least one decision, got none" in capsys.readouterr().err
