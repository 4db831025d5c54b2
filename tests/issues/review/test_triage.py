"""Three lists of rows: nothing is to be fixed that nobody knows to be wrong."""

import numpy as np
import pytest
from planted_ranking import ranked

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.issues import estimate_noise, review_plan, triage


@pytest.fixture(scope="module")
def planted():
    return ranked((0.95, 0.1, 0.0, 0.0))


def test_without_a_look_nothing_is_to_be_fixed(planted):
    issues, _ = planted
    lists = triage(issues, estimate_noise(issues))
    assert set(lists[issues.ranking()[:40]]) == {"look"}
    assert (
        (lists == "look") == (issues.is_issue | np.isin(range(400), issues.ranking()[:40]))
    ).all()
    assert "fix" not in lists


def test_judged_rows_are_where_they_belong(planted):
    issues, wrong = planted
    plan = review_plan(issues)
    known = plan.estimate({row: wrong[row] for row in plan.rows})
    lists = triage(issues, known)
    assert (lists[plan.rows][wrong[plan.rows]] == "fix").all()
    assert (lists[plan.rows][~wrong[plan.rows]] == "fine").all()
    assert wrong[lists == "fix"].mean() > 0.8


@pytest.mark.parametrize("look", [0, 7])
def test_a_budget_is_kept(planted, look):
    issues, _ = planted
    assert (triage(issues, estimate_noise(issues), look=look) == "look").sum() == look


def test_arguments_are_checked(planted):
    issues, _ = planted
    with pytest.raises(ParameterError, match="look ≥ 0"):
        triage(issues, estimate_noise(issues), look=-1)
    with pytest.raises(InputTypeError, match="Expected what estimate_noise"):
        triage(issues, 3)
