"""The rows to judge first, in a real browser: in their order, and with the numbers of Python."""

import json

import numpy as np
import pandas as pd
import pytest
from pages import shown
from planted_ranking import ranked

from keraswrap.issues import review_plan, write_decisions
from keraswrap.report import make_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    issues, wrong = ranked((0.6, 0.2, 0.05, 0.01))
    plan = review_plan(issues, 20)
    path = tmp_path_factory.mktemp("plan") / "report.html"
    make_report(issues, [f"text {i}" for i in range(400)], review=plan).save(path)
    return path, plan, wrong


def figures(page):
    return json.loads(page.locator("#review").get_attribute("data-figures"))


ACTIONS = ("keep", "accept", "drop", "ambiguous", "skip", "relabel")


def decide(issues, rows, seed, first=None, actions=ACTIONS):
    """Decide at random, in every way; the row `first` is kept, and judged with that."""
    rng = np.random.default_rng(seed)
    actions = rng.choice(actions, len(rows))
    actions[rows == first] = "keep"
    same = issues.suggested[rows] == issues.given[rows]
    actions[(actions == "accept") & same] = "keep"
    new = np.where(actions == "accept", issues.suggested[rows], 1 - issues.given[rows]).astype(str)
    new[~np.isin(actions, ["accept", "relabel"])] = ""
    table = {"row_id": rows, "given_label": issues.given[rows], "action": actions}
    table |= {"new_label": new, "data_hash": issues.provenance["data_hash"]}
    return pd.DataFrame(table).astype(str)


def same_as(found, known):
    told = [known.n_errors, known.precision_next, known.stop_after]
    for name, ours in zip(("errors", "next_share", "stop"), told, strict=True):
        theirs = [np.nan if value is None else value for value in found[name]]
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9)
    ours = known.strata[["share_wrong", "low", "high"]].to_numpy()
    np.testing.assert_allclose(found["shares"], ours, rtol=1e-9, atol=1e-9)
    assert found["next_rows"] == known.next_rows
    assert found["falling"] == known.falling


@pytest.mark.parametrize("seed", range(8))
def test_its_numbers_are_those_of_python(planted, open_page, tmp_path, seed):
    path, plan, _ = planted
    rng = np.random.default_rng(seed)
    others = rng.permutation(400)[: rng.integers(0, 380)]
    rows = np.unique(np.concatenate([plan.rows[: rng.integers(1, 21)], others]))
    rows = plan.rows[: seed + 1] if seed < 3 else rows
    decided = decide(plan.issues, rows, seed, first=plan.rows[0])
    known = plan.estimate(decided)
    assert known.judged >= 1
    write_decisions(decided, tmp_path / "decisions.json")
    page = open_page(path)
    page.set_input_files("#import-file", tmp_path / "decisions.json")
    page.locator("#saved", has_text="Loaded").wait_for()
    same_as(figures(page), known)


def test_rows_that_nobody_judged_give_no_numbers(planted, open_page, tmp_path):
    path, plan, _ = planted
    decided = decide(plan.issues, plan.rows, 0, actions=["ambiguous", "skip"])
    assert plan.estimate(decided).judged == 0
    write_decisions(decided, tmp_path / "decisions.csv")
    page = open_page(path)
    page.set_input_files("#import-file", tmp_path / "decisions.csv")
    page.locator("#saved", has_text="Loaded 20 decisions").wait_for()
    assert figures(page) is None
    assert "Not known until some rows are judged" in page.locator("#review").inner_text()


def test_rows_that_refute_the_assumption_are_believed_there_too(open_page, tmp_path):
    issues, wrong = ranked((0, 0, 1, 1))
    plan = review_plan(issues, 50)
    make_report(issues, review=plan).save(tmp_path / "report.html")
    rows = np.arange(400)[np.isin(np.arange(400), plan.rows)]
    table = {"row_id": rows, "given_label": "0", "new_label": ""}
    table |= {"action": np.where(wrong[rows], "drop", "keep")}
    decided = pd.DataFrame(table | {"data_hash": issues.provenance["data_hash"]}).astype(str)
    write_decisions(decided, tmp_path / "decisions.json")
    page = open_page(tmp_path / "report.html")
    page.set_input_files("#import-file", tmp_path / "decisions.json")
    page.locator("#saved", has_text="Loaded").wait_for()
    same_as(figures(page), plan.estimate(decided))
    assert not figures(page)["falling"]
    assert page.locator("#review-refuted").is_visible()


def test_the_rows_come_in_the_plans_order_and_numbers_from_the_first_on(
    planted, open_page, pictures
):
    path, plan, wrong = planted
    page = open_page(path)
    assert "Not known until some rows are judged" in page.locator("#review").inner_text()
    page.get_by_role("button", name="Judge them").click()
    assert shown(page) == plan.rows.tolist()
    for n, row in enumerate(plan.rows, 1):
        page.keyboard.press("d" if wrong[row] else "k")
        assert f"{n} of 20 judged" in page.locator("#review").inner_text()
    same_as(figures(page), plan.estimate({row: wrong[row] for row in plan.rows}))
    page.locator("#review").screenshot(path=pictures / "plan.png")
    for _ in plan.rows:
        page.keyboard.press("u")
    assert figures(page) is None
    assert page.heard == []


def test_a_filter_ends_the_plan(planted, open_page):
    page = open_page(planted[0])
    page.get_by_role("button", name="Judge them").click()
    page.select_option("#list", "")
    assert page.locator("#found").inner_text() == "400 rows"
    page.get_by_role("button", name="Judge them").click()
    page.get_by_role("button", name="Only the rows to judge first").click()
    assert page.locator("#found").inner_text() == "400 rows"


def test_rows_of_the_plan_are_on_a_page_that_holds_few(planted, open_page, tmp_path):
    from keraswrap.report._page import render_html
    from keraswrap.report._summary import Additions, summarize

    _, plan, wrong = planted
    (tmp_path / "few.html").write_text(
        render_html(summarize(plan.issues, None, Additions(review=plan), max_rows=30))
    )
    page = open_page(tmp_path / "few.html")
    page.get_by_role("button", name="Judge them").click()
    assert shown(page) == plan.rows.tolist()
    for row in plan.rows:
        page.keyboard.press("d" if wrong[row] else "k")
    same_as(figures(page), plan.estimate({row: wrong[row] for row in plan.rows}))
