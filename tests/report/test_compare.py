"""Two reviewers in one page, in a real browser."""

import json
import re

import pandas as pd
import pytest
from hostile import HOSTILE, hostile_issues
from pages import decided, export, shown

from keraswrap.issues import merge_decisions, read_decisions, write_decisions
from keraswrap.report import make_report

pytestmark = pytest.mark.browser
NAME = "<img src=x onerror='harmed = 1'>"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "report.html"
    texts, y, issues = hostile_issues()
    make_report(issues, texts).save(path)
    return path, y, issues


@pytest.fixture
def page(saved, open_page):
    return open_page(saved[0])


@pytest.fixture
def theirs(saved, tmp_path):
    """Another reviewer's file: of the worst ten, eight kept and two dropped."""
    _, y, issues = saved
    rows = [
        {"row_id": int(row), "given_label": y[row], "new_label": None, "reviewer": NAME,
         "action": "drop" if at < 2 else "keep", "note": HOSTILE[0]}
        for at, row in enumerate(issues.ranking()[: len(HOSTILE)])
    ]  # fmt: skip
    head = {"format": "keraswrap-decisions", "version": 1}
    head["data_hash"] = issues.provenance["data_hash"]
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(head | {"decisions": rows}))
    return path


def decide_and_compare(page, theirs):
    order = shown(page)
    for key in "dkkakas":  # of ten rows, six judged
        page.keyboard.press(key)
    page.set_input_files("#compare-file", theirs)
    page.locator("#saved", has_text="Compared with 10 decisions").wait_for()
    return order


def numbers(text):
    return [float(part.replace("−", "-")) for part in re.findall(r"[−\d]*\.?\d+", text)]


def test_agreement_is_that_of_the_library(page, theirs, tmp_path):
    decide_and_compare(page, theirs)
    export(page, "json", tmp_path / "mine.json")
    merged = merge_decisions(tmp_path / "mine.json", theirs)
    told = page.locator("#agreement").inner_text()
    both, *rest = numbers(told)
    assert both == merged.n_both == 6
    expected = [*(100 * part for part in merged.agreement), *merged.kappa]
    assert rest == pytest.approx(expected, abs=0.51)
    assert rest[3:] == pytest.approx(expected[3:], abs=0.0051)
    differ = len(merged.disagreements)
    assert differ > 0
    row = "row" if differ == 1 else "rows"
    assert page.locator("#settle").inner_text() == f"Settle {differ} {row}"


def test_rows_to_settle_are_listed_and_gone_when_decided_anew(page, theirs, tmp_path):
    order = decide_and_compare(page, theirs)
    export(page, "json", tmp_path / "mine.json")
    differ = merge_decisions(tmp_path / "mine.json", theirs).disagreements["row_id"]
    page.click("#settle")
    assert sorted(shown(page)) == sorted(map(int, differ))
    before = page.locator("#agreement").inner_text()
    assert NAME in page.locator(".card .theirs").first.inner_text()
    page.wait_for_timeout(1100)  # a decision is known by its second
    for left in range(len(differ) - 1, -1, -1):
        page.keyboard.press("d")
        assert len(shown(page)) == left
    assert page.locator("#settle").inner_text() == "Nothing to settle"
    assert page.locator("#agreement").inner_text() == before
    page.keyboard.press("u")
    assert page.locator("#settle").inner_text() == "Settle 1 row"
    assert set(order) >= set(map(int, differ))


def test_what_the_other_alone_judged_is_taken_over_in_one_step(page, theirs):
    order = decide_and_compare(page, theirs)
    page.select_option("#status", "theirs")
    assert sorted(shown(page)) == sorted(order[6:])
    page.get_by_role("button", name="Take over 4 decisions").click()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Suspected only").check()
    assert len(decided(page)) == len(HOSTILE)
    page.keyboard.press("u")
    assert len(decided(page)) == 7


def test_the_comparison_outlives_a_reload_and_can_be_ended(page, theirs, tmp_path):
    decide_and_compare(page, theirs)
    told = page.locator("#agreement").inner_text()
    before = decided(page)
    page.reload()
    assert page.locator("#agreement").inner_text() == told
    assert decided(page) == before
    page.get_by_role("button", name="End the comparison").click()
    page.reload()
    assert not page.locator("#compared").is_visible()
    assert page.locator(".theirs").count() == 0
    export(page, "csv", tmp_path / "mine.csv")
    assert len(read_decisions(tmp_path / "mine.csv")) == 7


@pytest.mark.parametrize("change", [{"data_hash": "0" * 16}, {"decisions": 7}, {"format": "x"}])
def test_a_file_that_does_not_belong_here_changes_nothing(page, theirs, change):
    page.keyboard.press("k")
    theirs.write_text(json.dumps(json.loads(theirs.read_text()) | change))
    page.set_input_files("#compare-file", theirs)
    page.locator("#saved", has_text="Nothing was loaded").wait_for()
    assert not page.locator("#compared").is_visible()
    assert len(decided(page)) == 1


def test_csv_is_compared_as_json_is(page, theirs, tmp_path):
    decide_and_compare(page, theirs)
    told = [
        page.locator(f"#{name}").inner_text() for name in ("agreement", "settle", "take-theirs")
    ]
    notes = page.locator(".card .theirs").all_inner_texts()
    page.get_by_role("button", name="End the comparison").click()
    write_decisions(read_decisions(theirs), tmp_path / "theirs.csv")
    page.set_input_files("#compare-file", tmp_path / "theirs.csv")
    page.locator("#saved", has_text="Compared with 10 decisions").wait_for()
    assert told == [
        page.locator(f"#{name}").inner_text() for name in ("agreement", "settle", "take-theirs")
    ]
    assert (page.locator(".card .theirs").all_inner_texts(), len(notes)) == (notes, 10)


@pytest.mark.parametrize("mark", [",", ";"])
def test_its_own_csv_comes_back_whole(page, saved, open_page, tmp_path, mark):
    page.fill("#reviewer", '=1+1, "a"; b')
    page.locator("#reviewer").blur()
    for key in "akd":
        page.keyboard.press(key)
    page.locator(".card textarea, .card input[type=text]").first.fill('"=x", y;\n\'-1')
    page.locator("#search").focus()
    export(page, "csv", tmp_path / "mine.csv")
    export(page, "json", tmp_path / "mine.json")
    if mark == ";":  # as spreadsheets of some countries save it
        frame = pd.read_csv(tmp_path / "mine.csv", dtype=str, keep_default_na=False)
        frame.to_csv(tmp_path / "mine.csv", sep=mark, index=False)
    other = open_page(saved[0])
    other.set_input_files("#import-file", tmp_path / "mine.csv")
    other.locator("#saved", has_text="Loaded 3 decisions").wait_for()
    export(other, "json", tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == (tmp_path / "mine.json").read_text()


HEAD = "row_id,given_label,action,new_label,data_hash"
BROKEN = {
    "row_id;action\n": "lacks the columns given_label, new_label, data_hash",
    "hello": "this is no file of decisions",
    "": "this is no file of decisions",
    f"{HEAD},action\n": "two of its columns have the same name",
    f"{HEAD}\n1,a,keep,\n": "its row 1 has 4 cells, the header 5",
    f'{HEAD}\n1,"a,keep,,HASH\n': "a quote is open or not doubled in row 1",
    f'{HEAD}\n1,a"b",keep,,HASH\n': "a quote is open or not doubled in row 1",
    f"{HEAD}\n1,a,keep,,other\n": "it belongs to other data",
    f"{HEAD}\n1,a,constructor,,HASH\n": "an unknown action, “constructor”",
    f"{HEAD}\n1,a,keep,,HASH\n1,a,drop,,HASH\n": "it decides row 1 twice",
    f"{HEAD},entry\n1,a,keep,,HASH,1 of 2\n": "the last of its 2 decisions is missing",
}


@pytest.mark.parametrize("text", BROKEN)
def test_csv_that_is_not_whole_is_refused_and_says_why(page, saved, tmp_path, text):
    path = tmp_path / "broken.csv"
    path.write_text(text.replace("HASH", saved[2].provenance["data_hash"]))
    page.keyboard.press("k")
    page.set_input_files("#compare-file", path)
    page.locator("#saved", has_text="Nothing was loaded").wait_for()
    assert BROKEN[text] in page.locator("#saved").inner_text()
    assert not page.locator("#compared").is_visible()
    assert len(decided(page)) == 1


def test_what_the_other_wrote_is_never_run(page, theirs):
    decide_and_compare(page, theirs)
    assert page.locator("#compared-name").inner_text() == NAME
    assert page.evaluate("window.harmed === undefined && !document.querySelector('img, b, i')")
    assert [line for line in page.heard if not line.startswith("file:")] == []


def test_storage_that_anybody_wrote_does_no_harm(page, saved):
    key = f"keraswrap:decisions:{saved[2].provenance['data_hash']}:other"
    for bad in ('{"theirs": 7}', "[", '{"name": 1, "theirs": [[0, ["<b>"]]], "mine": []}'):
        page.evaluate("([k, v]) => localStorage.setItem(k, v)", [key, bad])
        page.reload()
        assert len(shown(page)) == len(HOSTILE)
        assert page.locator(".theirs").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark"), (3840, "light")])
def test_it_fits_the_width_and_is_pictured(page, theirs, pictures, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1200})
    decide_and_compare(page, theirs)
    page.click("#settle")
    page.wait_for_timeout(600)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#worklist").screenshot(path=pictures / f"compare-{width}-{scheme}.png")
