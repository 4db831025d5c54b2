"""What a summary says of a review: lists that add up, and numbers only where they are known."""

import numpy as np
import pytest
from planted_ranking import ranked

from keraswrap.issues import review_plan
from keraswrap.report import make_report
from keraswrap.report._summary import Additions, summarize


@pytest.fixture(scope="module")
def planted():
    issues, wrong = ranked((0.5, 0.1, 0.02, 0.0))
    plan = review_plan(issues)
    return issues, plan, plan.estimate({row: wrong[row] for row in plan.rows})


def test_lists_add_up_to_all_rows(planted):
    issues, _, known = planted
    for review in (None, known):
        summary = summarize(issues, None, Additions(review=review))
        assert sum(summary["lists"].values()) == len(issues)
        assert summary["worklist"]["list"].count(1) == summary["lists"]["look"]


def test_nothing_is_said_to_be_likely_before_a_look(planted):
    text = make_report(planted[0]).to_text()
    assert "Not known until some rows are judged: 0 to" in text
    assert "likely wrong" not in text


def test_after_a_look_text_and_estimate_say_the_same(planted):
    issues, _, known = planted
    text = make_report(issues, review=known).to_text()
    assert f"After 30 judged rows: about {known.n_errors[0]:,.0f} label" in text
    assert "likely wrong" in text


def test_a_plan_is_described_by_the_places_of_its_rows(planted):
    issues, plan, _ = planted
    summary = summarize(issues, None, Additions(review=plan), max_rows=20)
    positions = np.array(summary["worklist"]["position"])
    assert positions[summary["review"]["rows"]].tolist() == plan.rows.tolist()
    assert len(summary["review"]["ranks"]) == len(positions) - 20
    assert not summary["worklist"]["complete"]
