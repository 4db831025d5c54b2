"""The page: whole, escaped, and on its own."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest
from hostile import hostile_issues

from keraswrap.issues import find_label_issues
from keraswrap.report import make_report
from keraswrap.report._page import embed_json

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
