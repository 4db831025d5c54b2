"""``keraswrap merge``."""

import json

import pandas as pd
import pytest

from keraswrap.cli import main
from keraswrap.issues import read_decisions, write_decisions


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Decisions of two reviewers who differ on row 2."""
    monkeypatch.chdir(tmp_path)
    base = {"given_label": "=bad\x1b", "new_label": "", "data_hash": "a1b2c3d4e5f60708"}
    for name, last in (("ann", "drop"), ("bob", "keep")):
        actions = enumerate(("keep", "ambiguous", last))
        rows = [base | {"row_id": r, "action": a, "reviewer": name} for r, a in actions]
        write_decisions(pd.DataFrame(rows), f"{name}.json")
    return tmp_path


def test_agreement_is_printed_and_both_files_are_written(files, capsys):
    assert main(["merge", "ann.json", "bob.json", "--out", "both.csv"]) == 0
    out = capsys.readouterr().out
    assert "3 rows judged by both: they agree on 67% (21% to 94%), Cohen's kappa 0.50" in out
    assert "1 row is to settle:\n  row 2, given =bad: ann (drop), bob =bad" in out
    assert "\x1b" not in out
    assert read_decisions("both.csv")["action"].tolist() == ["keep", "ambiguous"]
    settle = pd.read_csv("both.settle.csv")
    assert settle["first"].tolist() == ["(drop)"]
    assert settle["given_label"].str.startswith("'=").all()


def test_json_is_all_that_comes_out_and_there_is_no_file_without_rows(files, capsys):
    assert main(["merge", "ann.json", "ann.json", "--out", "both.json", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["decisions"] == found["n_both"] == 3
    assert found["kappa"][0] == 1
    assert found["files"] == ["both.json"]
    assert not (files / "both.settle.csv").exists()


def test_what_is_there_is_kept_unless_asked(files, capsys):
    (files / "both.settle.csv").write_text("mine")
    arguments = ["merge", "ann.json", "bob.json", "--out", "both.json"]
    assert main(arguments) == 2
    assert "which exists" in capsys.readouterr().err
    assert not (files / "both.json").exists()
    assert main([*arguments, "--overwrite"]) == 0


@pytest.mark.parametrize("name", ["none.json", "both.txt"])
def test_what_cannot_be_used_is_one_line(files, capsys, name):
    second = name if name == "none.json" else "bob.json"
    out = name if name == "both.txt" else "both.json"
    assert main(["merge", "ann.json", second, "--out", out]) == 2
    assert capsys.readouterr().err.startswith("error: Expected ")
