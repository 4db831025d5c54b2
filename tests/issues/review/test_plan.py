"""Plans: drawn once and for all, estimated from whatever was judged of them."""

import numpy as np
import pandas as pd
import pytest
from planted_ranking import ranked

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import review_plan


@pytest.fixture(scope="module")
def planted():
    issues, wrong = ranked((0.5, 0.1, 0.02, 0.0))
    return issues, wrong, review_plan(issues)


def decisions(issues, rows, action="keep", new="", data_hash=None):
    table = {"row_id": [str(row) for row in rows], "given_label": "0", "action": action}
    own = data_hash or issues.provenance["data_hash"]
    return pd.DataFrame(table | {"new_label": new, "data_hash": own})


def test_the_same_seed_draws_the_same_rows(planted):
    issues, _, plan = planted
    assert review_plan(issues).rows.tolist() == plan.rows.tolist()
    assert review_plan(issues, random_state=1).rows.tolist() != plan.rows.tolist()
    assert len(set(plan.rows.tolist())) == len(plan) == 30


def test_its_table_says_how_likely_each_row_was_drawn(planted):
    issues, _, plan = planted
    frame = plan.to_frame()
    assert frame.index.tolist() == plan.rows.tolist()
    assert (1 / frame["probability"]).sum() == pytest.approx(len(issues))


def test_estimates_hold_the_truth_from_the_first_row_on(planted):
    _, wrong, plan = planted
    for n in (0, 1, 10, 30):
        found = plan.estimate({row: wrong[row] for row in plan.rows[:n]})
        assert found.judged == n
        assert found.n_errors[1] <= wrong.sum() <= found.n_errors[2] + 1e-6


def test_other_rows_count_for_themselves_alone(planted):
    issues, _, plan = planted
    others = [row for row in issues.ranking()[:60] if row not in plan.rows]
    found = plan.estimate(dict.fromkeys(others, True))
    assert found.n_errors[1] >= len(others) - 0.1
    assert found.n_errors[2] == pytest.approx(len(issues), abs=0.1)
    assert (found.p_wrong[others] == 1).all()


@pytest.mark.parametrize(
    ("action", "new", "low"),
    [("keep", "", 0), ("accept", "1", 9), ("relabel", "0", 0), ("drop", "", 9)],
)
def test_actions_say_whether_a_label_was_wrong(planted, action, new, low):
    issues, _, plan = planted
    found = plan.estimate(decisions(issues, plan.rows[:9], action, new))
    assert found.judged == 9
    assert found.p_wrong[plan.rows[:9]].sum() == low


def test_unclear_rows_are_not_judged(planted):
    issues, _, plan = planted
    assert plan.estimate(decisions(issues, plan.rows, "ambiguous")).judged == 0
    assert plan.estimate(dict.fromkeys(plan.rows, None)).n_errors[1] < 1


def test_a_clear_word_goes_before_an_unclear_one(planted):
    issues, _, plan = planted
    both = [decisions(issues, plan.rows[:4], "skip"), decisions(issues, plan.rows[:4], "keep")]
    assert plan.estimate(both).judged == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda i: {"nine": True}, "Expected ids of rows .* got \\['nine'\\]"),
        (lambda i: decisions(i, [1], data_hash="0" * 16), "Expected decisions on the rows"),
        (lambda i: [decisions(i, [1]), decisions(i, [1], "drop")], "row_id 1 as right and as"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(planted, make, message):
    with pytest.raises(InputError, match=message):
        planted[2].estimate(make(planted[0]))


@pytest.mark.parametrize(
    ("settings", "message"), [({"n": 0}, "n ≥ 1, .* got 0"), ({"level": 95}, "level between 0")]
)
def test_settings_are_checked(planted, settings, message):
    with pytest.raises(ParameterError, match=message):
        review_plan(planted[0], **settings)


def test_issues_are_needed():
    with pytest.raises(InputTypeError, match="Expected issues from find_label_issues"):
        review_plan(np.zeros(3))
