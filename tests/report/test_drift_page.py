"""The page of a report: complete, escaped, without a script, and readable at any width."""

import numpy as np
import pytest
from hostile import HOSTILE

from keraswrap.drift import DriftMonitor
from keraswrap.exceptions import InputError


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    rows, y = HOSTILE * 8, ["<b>bad</b>", "good"] * 40
    proba = rng.dirichlet([2, 2], 80)
    made = DriftMonitor(None, n_bootstrap=30).fit(
        rows, y, proba=proba, classes=["<b>bad</b>", "good"]
    )
    return made.check(rows[::-1], y, proba=proba[::-1])


@pytest.fixture
def page(report, tmp_path, open_page):
    report.to_html(tmp_path / "drift.html")
    return open_page(tmp_path / "drift.html")


def test_texts_are_escaped(report):
    page = report.to_html()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;b&gt;bad&lt;/b&gt;" in page


def test_a_page_is_not_replaced_unasked(report, tmp_path):
    page = report.to_html(tmp_path / "drift.html")
    assert (tmp_path / "drift.html").read_bytes() == page.encode()
    with pytest.raises(InputError, match=r"drift\.html"):
        report.to_html(tmp_path / "drift.html")


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_it_fits_its_window_and_runs_nothing(page, width, pictures):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".statement").count() == 3
    assert page.heard == []
    page.screenshot(path=pictures / f"drift-{width}.png", full_page=True)
