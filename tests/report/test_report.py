"""The page, the text and the files of a report."""

import html
import json
import re
import stat

import numpy as np
import pandas as pd
import pytest
from hostile import hostile_issues

from keraswrap.exceptions import InputError, StorageError
from keraswrap.issues import find_label_issues
from keraswrap.issues.annotators._consensus import find_consensus
from keraswrap.report import LabelReport, make_report
from keraswrap.report._page import embed_json
from keraswrap.report._text import render_text

REFIT = {"before": 0.8, "after": 0.83, "random": 0.79, "interval": (0.01, 0.07), "n_test": 400}


@pytest.fixture(scope="module")
def report():
    texts, _, issues = hostile_issues()
    frame = pd.DataFrame({"quality": [0.9, 0.5]}, index=["ann", "<b>bob</b>"])
    return make_report(issues, texts, annotators=frame, refit=REFIT, title="Reviews & more")


def test_the_page_asks_for_nothing_and_holds_its_data(report):
    page = report.to_html()
    assert not re.findall(r"""(?:src|href)\s*=\s*(?!["']?#)|url\(|@import""", shell(page))
    assert "default-src 'none'; script-src 'sha256-" in html.unescape(page)
    held = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert held["worklist"] == report.summary["worklist"]
    assert page.count("</script>") == 2


def shell(page):
    """The page without its data."""
    return re.sub(r'id="data">.*?</script>', "", page, flags=re.DOTALL)


def test_names_of_the_data_are_escaped(report):
    page = shell(report.to_html())
    assert "&lt;b&gt;bad&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "Reviews &amp; more" in page
    assert "&lt;b&gt;bob&lt;/b&gt;" in page


@pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "\u2028\u2029", "\x00\r", '"\\'])
def test_json_in_a_page_is_the_same_json(text):
    held = embed_json({"text": text})
    assert not set(held) & set("<>&\u2028\u2029\x00\r")
    assert json.loads(held) == {"text": text}


def test_a_refit_says_whether_it_gained(report):
    assert "a gain" in report.to_html()
    assert "0.8000 as given, 0.8300 with" in report.to_text()


def test_plain_text_cannot_act_on_a_terminal():
    proba, y = np.tile([[0.9, 0.1], [0.2, 0.8]], (20, 1)), [0, 1] * 20
    y[0] = 1
    issues = find_label_issues(proba, y=y, out_of_sample=True)
    text = make_report(issues, ["\x1b[2J\u202egone\r"] + ["fine"] * 39).to_text()
    assert "row 0: 1 → 0" in text
    assert "[2Jgone" in text
    assert not set(text) & set("\x1b\u202e\r")


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


@pytest.mark.parametrize("k", [2, 7, 40])
@pytest.mark.parametrize("noise", [0, 0.2])
def test_any_number_of_classes_and_of_issues(k, noise):
    rng = np.random.default_rng(0)
    truth = np.tile(np.arange(k), 10)
    proba = 0.9 * np.eye(k)[truth] + 0.1 / k
    y = np.where(rng.random(len(truth)) < noise, rng.permutation(truth), truth)
    X = pd.DataFrame({"a": truth, "b": "text"}, index=[f"row {i}" for i in range(10 * k)])
    issues = find_label_issues(proba, X, y, out_of_sample=True)
    report = make_report(issues, X)
    assert bool(noise) == ("The most suspicious labels" in report.to_text())
    held = json.loads(re.search(r'id="data">(.*?)</script>', report.to_html(), re.DOTALL)[1])
    assert held["worklist"]["id"][0].startswith("row ")
    assert held["labels"] == [*range(k)]


def test_rows_of_another_length_are_refused():
    _, _, issues = hostile_issues()
    with pytest.raises(InputError, match="Expected as many rows in X"):
        make_report(issues, ["a"])


def test_equal_texts_are_one_entry_with_their_number():
    given = np.array(["neg", "pos"] * 30)
    pos = np.where(given == "pos", 0.97, 0.03)
    texts, twins = [f"text {n}" for n in range(60)], [0, 2, 4, 1]
    pos[twins] = 1 - pos[twins]
    for row in twins:
        texts[row] = "Dear customer"
    issues = find_label_issues(np.c_[1 - pos, pos], y=given, out_of_sample=True)
    lines = make_report(issues, texts).to_text().split("The most suspicious labels\n")[1]
    assert lines.count("Dear customer") == 2
    assert "row 0 and 2 more of this text and label: neg → pos" in lines
    assert "row 1: pos → neg" in lines
