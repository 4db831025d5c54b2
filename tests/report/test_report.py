"""The page, the text and the files of a report."""

import stat

import numpy as np
import pandas as pd
import pytest
from hostile import hostile_issues

from keraswrap.exceptions import InputError, StorageError
from keraswrap.issues.annotators._consensus import find_consensus
from keraswrap.report import LabelReport, make_report
from keraswrap.report._text import render_text

REFIT = {"before": 0.8, "after": 0.83, "random": 0.79, "interval": (0.01, 0.07), "n_test": 400}


@pytest.fixture(scope="module")
def report():
    texts, _, issues = hostile_issues()
    frame = pd.DataFrame({"quality": [0.9, 0.5]}, index=["ann", "<b>bob</b>"])
    return make_report(issues, texts, annotators=frame, refit=REFIT, title="Reviews & more")


def test_a_refit_says_whether_it_gained(report):
    assert "a gain" in report.to_html()
    assert "0.8000 as given, 0.8300 with" in report.to_text()


def test_annotators_come_from_a_consensus():
    _, _, issues = hostile_issues(n=30)
    consensus = find_consensus(np.tile([[0, 0, 1]], (30, 1)))
    rows = make_report(issues, annotators=consensus).summary["annotators"]["rows"]
    assert [row["name"] for row in rows] == [str(name) for name in consensus.annotators.index]


def test_it_is_saved_whole_and_never_over_another(report, tmp_path):
    target = tmp_path / "report.html"
    assert report.save(target) == [target]
    assert target.read_text(encoding="utf-8") == report.to_html()
    assert stat.S_IMODE(target.stat().st_mode) & stat.S_IRUSR
    target.write_text("mine")
    with pytest.raises(InputError, match="which exists"):
        report.save(target)
    assert target.read_text() == "mine"
    report.save(target, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_no_folder_is_an_error_before_anything_is_written(report, tmp_path):
    with pytest.raises(StorageError, match="Expected a writable folder"):
        report.save(tmp_path / "none" / "report.html")


def test_beyond_a_limit_a_table_beside_it_holds_all(tmp_path):
    texts, _, issues = hostile_issues()
    report = LabelReport(issues, texts, max_rows=5)
    page, table = report.save(tmp_path / "report.html")
    assert "This page does not hold every row" in page.read_text(encoding="utf-8")
    frame = pd.read_csv(table)
    assert frame["row_id"].tolist() == issues.ranking().tolist()
    # "=good" must not be a formula.
    assert set(frame["given_label"]) == {"<b>bad</b>", "'=good", "mixed"}


def test_a_notebook_gets_a_frame_with_the_worst_rows(report):
    shown = report._repr_html_()
    assert shown.startswith("<iframe ")
    assert "allow-same-origin" not in shown
    assert shown.count("<") == 2
    assert "60 rows" in render_text(report.summary)


def test_rows_of_another_length_are_refused():
    _, _, issues = hostile_issues()
    with pytest.raises(InputError, match="Expected as many rows in X"):
        make_report(issues, ["a"])
