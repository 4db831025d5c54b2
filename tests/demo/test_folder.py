"""What the main job is told, and where it writes."""

import csv

import pandas as pd
import pytest

from keraswrap.demo._folder import OutputFolder
from keraswrap.exceptions import ParameterError


def test_a_run_replaces_the_one_before_only_at_its_end(tmp_path):
    (tmp_path / "issues.csv").write_text("before")
    (tmp_path / "notes.txt").write_text("the user's own")
    folder = OutputFolder(str(tmp_path))
    folder.begin()
    folder.write_csv("issues.csv", pd.DataFrame({"a": [1]}))
    assert (tmp_path / "issues.csv").read_text() == "before"
    assert folder.finish() == [tmp_path / "issues.csv"]
    assert (tmp_path / "issues.csv").read_text() == "a\n1\n"
    assert (tmp_path / "notes.txt").read_text() == "the user's own"


def test_an_output_folder_that_is_a_file_is_refused_at_once(tmp_path):
    (tmp_path / "taken").write_text("")
    for path in ("taken", "taken/below"):
        with pytest.raises(ParameterError, match="Name another with --out"):
            OutputFolder(str(tmp_path / path))


FITS = pd.DataFrame({"epochs": [1, 2], "accuracy": [0.5, 0.6]})


def test_the_journal_of_a_search_stays_until_the_run_is_finished(tmp_path):
    for again in range(2):
        folder = OutputFolder(str(tmp_path))
        folder.begin()
        assert folder.file("search.journal").exists() == bool(again)
        assert not folder.file("fits.csv").exists()
        for name in ("search.journal", "fits.csv"):
            folder.file(name).write_text(name)
    folder.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["fits.csv"]


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(tmp_path, cell):
    folder = OutputFolder(str(tmp_path))
    folder.begin()
    folder.write_csv("x.csv", pd.DataFrame({"text": [cell], "number": [-1.5]}))
    with (tmp_path / "unfinished" / "x.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["text", "number"], ["'" + cell, "-1.5"]]


def test_a_failed_run_leaves_the_one_before_and_nothing_of_its_own(tmp_path):
    (tmp_path / "issues.csv").write_text("before")
    for path in (tmp_path, tmp_path / "new"):
        folder = OutputFolder(str(path))
        folder.begin()
        folder.write_csv("fits.csv", FITS)
        folder.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["issues.csv"]


def test_what_an_earlier_run_left_unfinished_is_not_said_to_be_of_this_one(tmp_path):
    first = OutputFolder(str(tmp_path))
    first.begin()
    first.write_csv("fits.csv", FITS)
    assert "nothing was written" in OutputFolder(str(tmp_path)).describe_unfinished()


def test_a_run_that_was_broken_off_says_what_is_there(tmp_path):
    folder = OutputFolder(str(tmp_path))
    assert "nothing was written" in folder.describe_unfinished()
    folder.begin()
    folder.write_csv("fits.csv", FITS)
    assert str(tmp_path / "unfinished" / "fits.csv") in folder.describe_unfinished()
    assert len(pd.read_csv(tmp_path / "unfinished" / "fits.csv")) == 2
