"""Facets and slices of the user's own columns, in a real browser."""

import numpy as np
import pytest
from hostile import HOSTILE, hostile_issues
from pages import decided, shown

from keraswrap.report import make_report

pytestmark = pytest.mark.browser
N = 200


def own_columns():
    """Columns of which one has the suspected labels, and one is hostile."""
    return {
        "from": ["web" if row < 16 else "shop" for row in range(N)],
        "<b>who</b>": [HOSTILE[row % 4] for row in range(N)],
        "words": [row * 37 % N for row in range(N)],
        "day": [f"2026-01-{1 + row % 28:02d}" for row in range(N)],
        "key": [f"k-{row}" for row in range(N)],
    }


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("slices") / "report.html"
    texts, _, issues = hostile_issues(n=N)
    make_report(issues, texts, details=own_columns(), id_column="key").save(path)
    return path, issues


@pytest.fixture
def page(saved, open_page):
    page = open_page(saved[0])
    page.get_by_label("Suspected only").uncheck()
    return page


def found(page):
    return int(page.locator("#found").inner_text().split()[0])


def test_values_of_one_column_add_up_and_columns_narrow_each_other(page):
    page.locator("#facets summary").click()
    who = page.get_by_role("group", name="<b>who</b>")
    who.get_by_label(HOSTILE[0]).check()
    assert found(page) == 50
    who.get_by_label(HOSTILE[1]).check()
    assert found(page) == 100
    page.get_by_role("group", name="from", exact=True).get_by_label("web").check()
    assert found(page) == 8
    assert "2 of them filter" in page.locator("#facets summary").inner_text()
    page.get_by_role("button", name="Clear filters").click()
    assert found(page) == N
    assert page.locator("#facets input:checked").count() == 0


@pytest.mark.parametrize(
    ("name", "low", "high", "n"),
    [("words", "10", "12", 3), ("words", "198", "", 2), ("day", "2026-01-27", "2026-01-28", 14)],
)
def test_ranges_filter_with_their_ends(page, name, low, high, n):
    page.locator("#facets summary").click()
    page.get_by_label(f"{name}, from").fill(low)
    page.get_by_label(f"{name}, to").fill(high)
    page.locator("#search").focus()
    assert found(page) == n


def test_a_slice_that_stands_out_is_named_and_lists_its_suspected_rows(page, saved):
    (line,) = page.locator("#stand-out li").all_inner_texts()
    assert line.startswith("from: web stands out: 62.5% of 16 labels are suspected")
    assert line.endswith("elsewhere 0.0%.")
    page.locator("#slices-rows").get_by_role("button", name="web").click()
    assert sorted(shown(page)) == np.flatnonzero(saved[1].is_issue).tolist()


def test_what_is_judged_wrong_follows_each_decision(page):
    page.locator("#slices-rows").get_by_role("button", name="web").click()
    for key in ("d", "k", "d", "d", "s"):
        page.keyboard.press(key)
    row = page.locator("#slices-rows tr", has_text="web")
    assert "3: 75.0% (30.1%–95.4%)" in row.inner_text()
    page.keyboard.press("u")
    page.keyboard.press("u")
    assert "2: 66.7%" in row.inner_text()
    assert "none judged" in page.locator("#slices-rows tr", has_text="shop").inner_text()


def test_a_filter_by_columns_bounds_what_is_decided_at_once(page):
    page.locator("#facets summary").click()
    page.get_by_role("group", name="from", exact=True).get_by_label("web").check()
    page.locator(".card h3").first.click()
    page.keyboard.press("b")
    page.check("input[name=bulk][value=keep]")
    page.click("#bulk-do")
    page.get_by_role("button", name="Clear filters").click()
    page.select_option("#status", "done")
    assert sorted(decided(page)) == list(range(16))


def test_names_of_columns_do_no_harm(page):
    assert page.evaluate("window.harmed === undefined && !document.querySelector('img, b, i')")
    assert [line for line in page.heard if not line.startswith("file:")] == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark"), (3840, "light")])
def test_they_fit_the_width_and_are_pictured(page, pictures, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.locator("#facets summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=pictures / f"slices-{width}-{scheme}.png", full_page=width < 3840)


def test_without_columns_there_is_no_panel(open_page, tmp_path):
    texts, _, issues = hostile_issues()
    report = make_report(issues, texts)
    report.save(tmp_path / "report.html")
    page = open_page(tmp_path / "report.html")
    assert not page.locator("#slices").is_visible()
    assert not page.locator("#facets").is_visible()
    assert "Slices" not in report.to_text()


def test_the_text_lists_the_slices_and_says_which_stands_out():
    texts, _, issues = hostile_issues(n=N)
    text = make_report(issues, texts, details=own_columns()).to_text()
    (line,) = [line for line in text.splitlines() if "stands out" in line]
    assert line.split()[:4] == ["from", "web", "16", "10"]
    assert "\x00" not in text
