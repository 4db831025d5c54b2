"""The report in a real browser, as somebody works in it."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hostile import CLASSES, HOSTILE, hostile_issues
from pages import decided, export, shown

from keraswrap.issues import (
    apply_corrections,
    find_label_issues,
    hash_data,
    read_decisions,
    write_decisions,
)
from keraswrap.report import RowNotes, make_report

pytestmark = pytest.mark.browser
NOTES = RowNotes(
    badges={0: ["<i>outlier</i>"], 1: ["short"]},
    groups={2: "g", 3: "g", 20: "alone"},
    neighbors={0: [1, 2, 30]},
)


def own_columns(texts):
    """Give columns such as a user has, as hostile as the texts."""
    keys = [f"=k-{number}" for number in range(len(texts))]
    return {"note": texts, "<b>from</b>": ["web", ""] * (len(texts) // 2), "=key": keys}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    texts, y, issues = hostile_issues()
    told = {"rows": NOTES, "title": "<script>harmed = 0</script>", "details": own_columns(texts)}
    make_report(issues, texts, **told, id_column="=key").save(path)
    return path, texts, y, issues


@pytest.fixture
def page(saved, open_page):
    return open_page(saved[0])


def test_it_opens_with_the_suspected_rows_and_fetches_nothing(page, saved):
    issues = saved[3]
    worst = [i for i in issues.ranking() if issues.is_issue[i]]
    assert sorted(worst) == [*range(len(HOSTILE))]
    # 2 and 3 are near-duplicates, and stand together.
    assert [i for i in shown(page) if i != 2] == [i for i in worst if i != 2]
    assert page.heard == []


def test_hostile_texts_are_shown_and_never_run(page):
    order = shown(page)
    texts = page.locator(".card .text").evaluate_all("nodes => nodes.map((n) => n.textContent)")
    safe = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in HOSTILE]
    assert texts == [safe[row] for row in order]
    assert page.locator("h1").inner_text() == "<script>harmed = 0</script>"
    assert set(page.locator(".chip.given").all_inner_texts()) <= set(CLASSES)
    assert page.locator(".badge", has_text="<i>outlier</i>").count() == 1
    assert page.evaluate("window.harmed === undefined && !document.querySelector('img, b, i')")
    assert page.heard == []


def test_the_policy_stops_a_script_that_got_in_after_all(page):
    page.evaluate(
        "document.body.append(document.createRange().createContextualFragment("
        "'<script>window.harmed = 7</script><img src=x onerror=\"window.harmed = 8\">'))"
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.harmed === undefined")
    assert any("Content Security Policy" in message for message in page.heard)


def test_a_cell_of_the_heatmap_filters(page, saved):
    issues = saved[3]
    given, suggested = (
        CLASSES.index(str(labels[0])) for labels in (issues.given, issues.suggested)
    )
    codes = [issues.classes.tolist().index(CLASSES[code]) for code in (given, suggested)]
    cell = page.locator(".cell[data-given='{}'][data-suggested='{}']".format(*codes))
    cell.click()
    same = (issues.given == issues.given[0]) & (issues.suggested == issues.suggested[0])
    assert set(shown(page)) == set(np.flatnonzero(same & issues.is_issue))
    assert cell.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Clear filters").click()
    assert page.locator("#found").inner_text() == "60 rows"


def test_search_marks_and_order(page):
    page.fill("#search", "MIXED onerror")
    page.locator("#found", has_text="No row fits").wait_for()
    page.fill("#search", "ONERROR src")
    page.locator("#found", has_text="1 row").wait_for()
    assert shown(page) == [1]
    page.fill("#search", "")
    page.select_option("#badge", "short")
    page.select_option("#order", "row")
    page.locator("#found", has_text="1 row").wait_for()
    page.select_option("#badge", "")
    assert sorted(shown(page)) == [*range(10)]


def test_near_duplicates_stand_together_and_say_that_labels_differ(page, saved):
    order, y = shown(page), saved[2]
    assert abs(order.index(2) - order.index(3)) == 1
    line = page.locator(".group")
    assert line.count() == 1
    assert ("labels differ" in line.inner_text()) == (y[2] != y[3])
    page.get_by_role("button", name="Show all of them").click()
    assert sorted(shown(page)) == [2, 3]


def test_keys_decide_undo_and_a_reload_keeps_it(page, saved):
    order = shown(page)
    for key in ("a", "k", "d", "m", "s"):
        page.keyboard.press(key)
    actions = ("accept", "keep", "drop", "ambiguous", "skip")
    expected = dict(zip(order, actions, strict=False))
    assert decided(page) == expected
    assert "Of 3 judged, 67% were wrong" in page.locator("#precision").inner_text()
    page.keyboard.press("u")
    del expected[order[4]]
    assert decided(page) == expected
    page.reload()
    assert decided(page) == expected
    page.keyboard.press("u")
    del expected[order[3]]
    assert decided(page) == expected


def test_moves_and_keys_that_must_not_act(page):
    order = shown(page)
    for key in ("j", "j", "i", "k"):
        page.keyboard.press(key)
    assert decided(page) == {order[1]: "keep"}
    page.locator("#search").focus()
    page.keyboard.press("d")
    page.fill("#search", "")
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.keyboard.press("d")
    assert decided(page) == {order[1]: "keep"}


def test_relabel_by_keyboard(page, saved):
    issues, order = saved[3], shown(page)
    other = next(
        name for name in CLASSES if name not in (issues.given[order[0]], issues.suggested[order[0]])
    )
    page.keyboard.press("r")
    page.keyboard.type(other[:4])
    page.keyboard.press("Enter")
    assert decided(page) == {order[0]: "relabel"}
    assert other in page.locator(".outcome").first.inner_text()
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    assert decided(page) == {order[0]: "relabel"}


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_read_back_equal_and_can_be_applied(page, saved, tmp_path, form):
    texts, y, issues = saved[1:]
    order = shown(page)
    page.fill("#reviewer", "=cmd|' /C calc'!A0")
    page.locator("#reviewer").blur()
    for key in ("a", "k", "d"):
        page.keyboard.press(key)
    note = 'said "no",\nthen -yes 😀'.replace("\n", " ")
    page.locator(f"#card-{shown(page).index(order[0])} .note").fill(note)
    page.keyboard.press("Enter")
    target = tmp_path / f"decisions.{form}"
    name = export(page, form, target)
    assert name == f"decisions-{issues.provenance['data_hash']}.{form}"
    found = read_decisions(target).set_index("row_id")
    assert found["action"].to_dict() == dict(
        zip(map(str, order[:3]), ("accept", "keep", "drop"), strict=True)
    )
    first = found.loc[str(order[0])]
    assert first["new_label"] == issues.suggested[order[0]]
    assert (first["note"], first["reviewer"]) == (note, "=cmd|' /C calc'!A0")
    assert set(found["data_hash"]) == {issues.provenance["data_hash"]}
    if form == "csv":
        assert pd.read_csv(target)["entry"].tolist() == ["1 of 3", "2 of 3", "3 of 3"]
    rows, labels = apply_corrections((texts, y), target).data
    assert len(rows) == len(texts) - 1
    assert labels[rows.index(texts[order[0]])] == issues.suggested[order[0]]


@pytest.mark.parametrize(
    ("labels", "ids"),
    [
        ([True, False], np.arange(20) + 2**60),
        ([1.0, 2.0], pd.date_range("2026-01-01", periods=20)),
        ([-1, 2], [f"'{i}" for i in range(20)]),
        (["\ngood", "'\ngood"], np.arange(20)),
        (["\r\ngood", "'\rgood"], [f"\n{i}" for i in range(20)]),
        (["'=a", "b\r\nc"], [f'-{i},\t"x"' for i in range(20)]),
        (["a", "é "], np.arange(20) / 3),
    ],
)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_labels_and_ids_of_any_kind_come_back(open_page, tmp_path, labels, ids, form):
    y = np.array(labels, dtype=object if isinstance(labels[0], str) else None)[[0, 1] * 10]
    X = pd.DataFrame({"text": [f"text {i}" for i in range(20)]}, index=ids)
    proba = np.tile([[0.9, 0.1], [0.1, 0.9]], (10, 1))[:, np.argsort(labels)]
    y[0] = labels[1]
    issues = find_label_issues(proba, X, y, out_of_sample=True)
    make_report(issues, X).save(tmp_path / "report.html")
    page = open_page(tmp_path / "report.html")
    for key in ("a", "u", "a"):
        page.keyboard.press(key)
    export(page, form, tmp_path / f"decisions.{form}")
    _, corrected = apply_corrections((X, y), tmp_path / f"decisions.{form}").data
    assert list(corrected) == [labels[i] for i in [0, 1] * 10]


def test_decisions_go_into_the_page_and_out_again_as_they_were(open_page, tmp_path):
    notes = [
        "".join(signs) for signs in itertools.product(["'", "=", "-", "\n", "\r", "1"], repeat=3)
    ]
    labels = np.array(["\tgood", "'\tgood"])[np.arange(len(notes)) % 2]
    proba = np.where(labels[:, None] == np.unique(labels), 0.1, 0.9)
    make_report(find_label_issues(proba, y=labels, out_of_sample=True)).save(tmp_path / "r.html")
    frame = pd.DataFrame({"row_id": np.arange(len(notes)).astype(str), "given_label": labels})
    frame = frame.assign(action="relabel", new_label=labels[::-1], note=notes, reviewer=notes[::-1])
    frame = frame.assign(data_hash=hash_data(None, labels))
    write_decisions(frame, tmp_path / "in.json")
    page = open_page(tmp_path / "r.html")
    page.set_input_files("#import-file", tmp_path / "in.json")
    page.locator("#saved", has_text=f"Loaded {len(notes)} decisions").wait_for()
    for form in ("csv", "json"):
        export(page, form, tmp_path / f"out.{form}")
        found = read_decisions(tmp_path / f"out.{form}")
        found = found.sort_values("row_id", key=lambda ids: ids.astype(int))[list(frame)]
        assert found.to_dict("list") == frame.to_dict("list")


def test_csv_holds_no_formula(page, tmp_path):
    page.fill("#reviewer", "@sum")
    page.locator("#reviewer").blur()
    page.keyboard.press("a")
    export(page, "csv", tmp_path / "d.csv")
    cells = (tmp_path / "d.csv").read_bytes().decode().replace("\r\n", ",").split(",")
    assert "'@sum" in cells
    assert not [cell for cell in cells if cell.lstrip('"')[:1] in [*"=+-@"]]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_own_columns_are_shown_found_and_exported(page, saved, tmp_path, form):
    page.fill("#search", "=k-7")
    page.locator("#found", has_text="1 row").wait_for()
    assert shown(page) == [7]
    assert "=key: =k-7" in page.locator(".details").inner_text()
    page.click(".act[data-do=drop]")
    export(page, form, tmp_path / f"d.{form}")
    if form == "csv":
        found = pd.read_csv(tmp_path / "d.csv").iloc[0]
    else:
        found = json.loads((tmp_path / "d.json").read_text())["decisions"][0]
    row = {name.lstrip("'"): str(value).lstrip("'") for name, value in found.items()}
    assert row["=key"] == "=k-7"
    assert {"row_id", "note", "data_note", "<b>from</b>"} <= set(row)
    log = apply_corrections((saved[1], saved[2]), tmp_path / f"d.{form}").log
    assert log["row_id"].tolist() == [7]


def test_json_goes_into_another_browser(saved, page, browser, tmp_path):
    page.keyboard.press("a")
    page.keyboard.press("k")
    export(page, "json", tmp_path / "mine.json")
    foreign = json.loads((tmp_path / "mine.json").read_text()) | {"data_hash": "0" * 16}
    (tmp_path / "foreign.json").write_text(json.dumps(foreign))
    other = browser.new_page()
    other.goto(saved[0].as_uri())
    other.set_input_files("#import-file", tmp_path / "foreign.json")
    other.locator("#saved", has_text="it belongs to other data").wait_for()
    assert decided(other) == {}
    other.set_input_files("#import-file", tmp_path / "mine.json")
    other.locator("#saved", has_text="Loaded 2 decisions").wait_for()
    assert decided(other) == decided(page)
    other.context.close()


def test_what_was_accepted_stays_though_another_model_suggests_another_label(
    page, saved, open_page, tmp_path
):
    texts, y, issues = saved[1:]
    (row, *_), accepted = shown(page), issues.suggested[shown(page)[0]]
    page.keyboard.press("a")
    export(page, "json", tmp_path / "first.json")
    proba = issues.proba.copy()
    code = issues.classes.tolist().index(accepted)
    third = next(k for k in range(3) if k not in (code, issues.codes[row]))
    proba[row, [code, third]] = proba[row, [third, code]]
    again = find_label_issues(proba, texts, y, classes=CLASSES, out_of_sample=True)
    make_report(again, texts).save(tmp_path / "report.html")
    other = open_page(tmp_path / "report.html")
    other.set_input_files("#import-file", tmp_path / "first.json")
    other.locator("#saved", has_text="Loaded 1 decision.").wait_for()
    export(other, "csv", tmp_path / "second.csv")
    assert read_decisions(tmp_path / "second.csv")["new_label"].tolist() == [accepted]


def test_what_others_left_in_the_storage_does_no_harm(page, saved):
    key = f"keraswrap:decisions:{saved[3].provenance['data_hash']}"
    bad = {"decisions": [[0, ["<b>", 1]], [1, ["relabel", 99, "", "", ""]], 7], "past": [[0, [1]]]}
    page.evaluate("([k, v]) => localStorage.setItem(k, v)", [key, json.dumps(bad)])
    page.reload()
    page.keyboard.press("u")
    assert decided(page) == {}
    assert len(shown(page)) == len(HOSTILE)
    assert [line for line in page.heard if not line.startswith("file:")] == []


def test_errors_left_are_not_known_before_rows_are_judged(page):
    left = page.locator("#left")
    before = left.inner_text()
    assert "not known yet: judge 30 rows first" in before
    page.keyboard.press("k")
    assert "wrong labels left" in left.inner_text()
    page.keyboard.press("u")
    assert left.inner_text() == before


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark"), (3840, "light")],
)
def test_it_fits_the_width_and_is_pictured(saved, open_page, pictures, width, scheme):
    page = open_page(saved[0], color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.keyboard.press("a")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture = pictures / f"report-{width}-{scheme}.png"
    picture.unlink(missing_ok=True)
    page.screenshot(path=picture, full_page=width < 3840)
    assert picture.stat().st_size > 10_000


def test_it_prints_without_its_controls(saved, open_page):
    page = open_page(saved[0], media="print", color_scheme="dark")
    assert not page.locator("#search").is_visible()
    assert not page.locator(".act").first.is_visible()
    assert page.locator(".card .text").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_in_a_notebook_it_stays_in_its_frame(saved, browser):
    texts, _, issues = saved[1:]
    page = browser.new_page()
    page.set_content(make_report(issues, texts)._repr_html_())
    frame = page.frame_locator("iframe")
    assert frame.locator(".card").count() == len(HOSTILE)
    assert "cannot save" in frame.locator("#saved").inner_text()
    assert page.evaluate("window.harmed === undefined")
    page.context.close()


def test_many_rows_are_turned_over_in_pages(open_page, tmp_path):
    n = 50_000
    proba = np.tile([[0.9, 0.1], [0.2, 0.8]], (n // 2, 1))
    y = np.tile(["no", "yes"], n // 2)
    issues = find_label_issues(proba, [f"text {i} " * 20 for i in range(n)], y, out_of_sample=True)
    make_report(issues, [f"text {i} " * 20 for i in range(n)]).save(tmp_path / "many.html")
    page = open_page(tmp_path / "many.html")
    assert page.locator("#found").inner_text() == "50,000 rows"
    assert page.locator(".card").count() == 50
    page.get_by_role("button", name="Next →").click()
    assert "page 2 of 1,000" in page.locator("#page-text").inner_text()
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    assert session.send("Runtime.getHeapUsage")["usedSize"] < 300e6
