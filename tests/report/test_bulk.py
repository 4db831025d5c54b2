"""One decision for many rows, in a real browser."""

import json
import re

import numpy as np
import pytest
from hostile import CLASSES, HOSTILE, hostile_issues
from pages import decided, export, shown

from keraswrap.issues import apply_corrections, read_decisions
from keraswrap.report import RowNotes, make_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("bulk") / "report.html"
    texts, y, issues = hostile_issues()
    # 2 and 3 are suspected, 40 is a copy of them that is not.
    make_report(issues, texts, rows=RowNotes(groups={2: "g", 3: "g", 40: "g"})).save(path)
    return path, texts, y, issues


@pytest.fixture
def page(saved, open_page):
    return open_page(saved[0])


def decide_all(page, action, label=None):
    page.keyboard.press("b")
    page.check(f"input[name=bulk][value={action}]")
    if label is not None:
        page.select_option("#bulk-class", label=label)
    told = page.locator("#bulk-text").inner_text()
    page.click("#bulk-do")
    return told


@pytest.mark.parametrize("action", ["accept", "keep", "relabel"])
def test_all_listed_rows_and_no_others_are_decided_and_undone_at_once(
    page, saved, tmp_path, action
):
    texts, y, issues = saved[1:]
    page.keyboard.press("d")
    (dropped,) = decided(page)
    label = CLASSES[2] if action == "relabel" else None
    told = decide_all(page, action, label)
    rows = set(range(len(HOSTILE))) - {dropped}
    if action == "relabel":
        rows = {row for row in rows if y[row] != label}
    assert told.startswith(f"{len(rows)} ")
    export(page, "json", tmp_path / "d.json")
    found = read_decisions(tmp_path / "d.json").set_index("row_id")
    found.index = found.index.astype(int)
    assert set(found.index) == rows | {dropped}
    assert found.loc[dropped, "action"] == "drop"
    new = {"accept": issues.suggested, "keep": y, "relabel": np.full(len(y), label)}[action]
    corrected = apply_corrections((np.array(texts, object), y), tmp_path / "d.json")
    assert dict(zip(corrected.positions, corrected.labels, strict=True)) == {
        row: new[row] if row in rows else y[row] for row in range(len(y)) if row != dropped
    }
    page.keyboard.press("u")
    assert decided(page) == {dropped: "drop"}
    page.keyboard.press("u")
    assert decided(page) == {}


def test_rows_decided_already_are_changed_only_where_that_is_ticked(page):
    page.keyboard.press("d")
    page.keyboard.press("b")
    assert page.locator("#bulk-do").inner_text() == "Decide 9 rows"
    page.get_by_label("Also 1 row that is decided already").check()
    assert page.locator("#bulk-do").inner_text() == "Decide 10 rows"
    page.click("#bulk-do")
    assert set(decided(page).values()) == {"accept"}


def test_copies_are_decided_together_and_hidden_ones_only_where_that_is_ticked(page, saved):
    page.get_by_role("button", name="Decide them together").click()
    assert page.locator("#bulk-title").inner_text() == "Decide 3 near-duplicates"
    page.check("input[name=bulk][value=keep]")
    assert page.locator("#bulk-do").inner_text() == "Decide 2 rows"
    page.get_by_label("Also 1 row that the filters hide").check()
    assert page.locator("#bulk-do").inner_text() == "Decide 3 rows"
    page.click("#bulk-do")
    page.get_by_label("Suspected only").uncheck()
    assert decided(page) == {2: "keep", 3: "keep", 40: "keep"}
    page.get_by_role("button", name="Undo").click()
    assert decided(page) == {}


def test_a_row_whose_suggestion_is_its_label_has_none_to_accept(page):
    page.fill("#search", "review number 1")
    page.get_by_label("Suspected only").uncheck()
    page.locator("#found", has_text="14 rows").wait_for()
    page.click("#bulk-open")
    assert "14 rows stay as they are" in page.locator("#bulk-text").inner_text()
    assert page.locator("#bulk-do").is_disabled()
    page.keyboard.press("Escape")
    assert decided(page) == {}


def test_a_reload_keeps_the_step_and_one_of_version_0_1_is_read(page, saved):
    decide_all(page, "keep")
    page.reload()
    page.keyboard.press("u")
    assert decided(page) == {}
    key = f"keraswrap:decisions:{saved[3].provenance['data_hash']}"
    row = shown(page)[0]
    old = {"decisions": [[row, ["keep", None, "", "", ""]]], "past": [[row, None]]}
    page.evaluate("([k, v]) => localStorage.setItem(k, v)", [key, json.dumps(old)])
    page.reload()
    assert decided(page) == {row: "keep"}
    page.keyboard.press("u")
    assert decided(page) == {}


def test_where_storage_is_full_decisions_are_kept_without_their_history(page, saved, tmp_path):
    # Notes of 300 kB in all, which each step of undo holds again, and room for 1 MB.
    y, found = saved[2], saved[3].provenance["data_hash"]
    rows = [
        {"row_id": row, "given_label": label, "action": "skip", "note": "x" * 5000}
        for row, label in enumerate(y)
    ]
    head = {"format": "keraswrap-decisions", "version": 1, "data_hash": found}
    (tmp_path / "d.json").write_text(json.dumps(head | {"decisions": rows}))
    page.evaluate("localStorage.setItem('else', 'x'.repeat(4 * 1024 * 1024))")
    page.set_input_files("#import-file", tmp_path / "d.json")
    page.get_by_label("Suspected only").uncheck()
    for key in ("keep", "relabel", "keep", "relabel"):
        page.keyboard.press("b")
        page.check(f"input[name=bulk][value={key}]")
        page.check("#bulk-decided")
        page.click("#bulk-do")
    assert page.locator("#saved").inner_text() == "Saved in this browser as you go."
    before = decided(page)
    page.reload()
    page.get_by_label("Suspected only").uncheck()
    assert decided(page) == before
    assert page.locator("#undo").is_disabled()


def test_the_keys_are_named_above_the_list_and_shown_by_a_key(page):
    page.set_viewport_size({"width": 800, "height": 900})
    page.reload()
    assert page.locator(".key-hint").is_visible()
    assert not page.locator("#keys dl").is_visible()
    page.keyboard.press("?")
    assert page.locator("#keys dl").is_visible()


def test_scores_are_folded_away(page):
    card = page.locator(".card").first
    assert not card.locator(".facts").is_visible()
    card.get_by_text("Scores").click()
    assert "self confidence" in card.locator(".facts").inner_text()


def test_one_label_is_and_two_labels_are(open_page, tmp_path):
    from keraswrap.issues import find_label_issues

    proba = np.tile([[0.95, 0.05], [0.05, 0.95]], (10, 1))
    y = np.array(["a", "b"] * 10)
    for n in (1, 2):
        y[:n] = ["b", "a"][:n]
        issues = find_label_issues(proba, y=y, out_of_sample=True)
        assert issues.n_issues == n
        report = make_report(issues)
        report.save(tmp_path / f"{n}.html")
        lead = open_page(tmp_path / f"{n}.html").locator(".lead").inner_text()
        words = "1 label is worth a look" if n == 1 else "2 labels are worth a look"
        assert words in lead
        assert not re.search(r"\b1 (rows|labels|classes|groups|others)\b", lead + report.to_text())
